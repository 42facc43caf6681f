using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;

namespace McpHub.Actors.Routing;

/// <summary>A server in the registry. Touched by the router only.</summary>
internal sealed class RegisteredServer(ServerDefinition definition, SessionRef session, ServerState state, long order)
{
    private static readonly int _kinds = Enum.GetValues<ComponentKind>().Length;

    public string Id => Definition.Id;

    public ServerDefinition Definition { get; set; } = definition;

    public SessionRef Session { get; set; } = session;

    public ServerState State { get; set; } = state;

    /// <summary>Its place in the configuration.</summary>
    public long Order => order;

    public PeerInfo? Peer { get; set; }

    public ServerCatalog? Catalog { get; set; }

    /// <summary>It was down for so long that its items are not listed any more.</summary>
    public bool IsHidden { get; set; }

    /// <summary>When each list was read.</summary>
    public DateTimeOffset[] ReadAt { get; } = new DateTimeOffset[_kinds];

    /// <summary>What it claims, in its own order, by own name; indexed by kind.</summary>
    public Dictionary<string, NameClaim>[] Claims { get; } = [.. Enumerable.Range(0, _kinds).Select(_ => new Dictionary<string, NameClaim>(StringComparer.Ordinal))];

    /// <summary>What of that is published; indexed by kind.</summary>
    public ListSegment[] Segments { get; } = [.. Enumerable.Range(0, _kinds).Select(_ => new ListSegment(Era.Legacy, []))];

    public bool IsUp => State.Phase is ServerPhase.Ready or ServerPhase.Degraded;

    /// <summary>Nothing more is to be waited for: it has a catalog, failed once, or is not started at all.</summary>
    public bool IsSettled => Catalog is not null
        || Definition.Disabled || Definition.Misconfigured is not null || State.LastError is not null
        || State.Phase is not (ServerPhase.Connecting or ServerPhase.Ready or ServerPhase.Degraded)
        || (!Definition.KeepCatalog && IsUp);

    /// <summary>The hub is of no use without it, and it is not ready but can still become so.</summary>
    public bool IsAwaited => Definition is { Required: true, Disabled: false, Misconfigured: null } && State.Phase != ServerPhase.Stopped && !(IsUp && (Catalog is not null || !Definition.KeepCatalog));
}

/// <summary>A server's claim to a name.</summary>
/// <param name="server">Who claims it.</param>
/// <param name="name">The exposed name, or the URI.</param>
/// <param name="rank">Of several claims the lowest rank wins.</param>
internal sealed class NameClaim(RegisteredServer server, string name, long rank)
{
    public RegisteredServer Server => server;

    public string Name => name;

    public long Rank => rank;

    public required CatalogItem Item { get; set; }

    /// <summary>The item as published; <c>null</c> while another server's claim hides it.</summary>
    public PublishedItem? Published { get; set; }

    /// <summary>That it is hidden was logged.</summary>
    public bool IsHiddenLogged { get; set; }
}
