using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Routing;

/// <summary>What a call is aimed at, before it is routed.</summary>
/// <param name="Kind">Tool, prompt, resource (reading, by URI) or resource template (completion by <c>ref/resource</c>).</param>
/// <param name="Name">The exposed name, or the URI or template as the client wrote it (byte-exact).</param>
internal readonly record struct CallTarget(ComponentKind Kind, string Name);

/// <summary>Where a call goes.</summary>
/// <param name="Server">What was asked of the owning server.</param>
/// <param name="Session">The owning session.</param>
/// <param name="OriginalName">The JSON string token of the name or URI that the server knows.</param>
internal sealed record CallRoute(ServerDefinition Server, SessionRef Session, ReadOnlyMemory<byte> OriginalName)
{
    /// <summary>The tool's output schema has no object at its root: legacy clients are shown <c>{"result": …}</c> (contract 3.12).</summary>
    public bool WrapsOutput { get; init; }

    /// <summary>The tool's parameters that HTTP headers repeat toward a modern server.</summary>
    public IReadOnlyList<MirroredParameter> Mirrored { get; init; } = [];
}

/// <summary>One server as the routing table shows it.</summary>
/// <param name="Definition">What was asked.</param>
/// <param name="Session">Its session.</param>
/// <param name="State">Its live state.</param>
/// <param name="Peer">The last known peer, also while it is down; <c>null</c> if it never connected.</param>
/// <param name="Catalog">The last known catalog, also while it is down; <c>null</c> if it never connected.</param>
internal sealed record ServerEntry(ServerDefinition Definition, SessionRef Session, ServerState State, PeerInfo? Peer, ServerCatalog? Catalog);

/// <summary>One item as the hub exposes it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">The exposed name or URI: its key in the table.</param>
/// <param name="Item">The item as the server wrote it.</param>
/// <param name="Json">The item with the exposed name in place of the server's.</param>
/// <param name="Route">The way to its owner.</param>
internal sealed record PublishedItem(ComponentKind Kind, string Name, CatalogItem Item, ReadOnlyMemory<byte> Json, CallRoute Route)
{
    /// <summary>What the name hook makes of a resource's or template's own name, for the embedding API; <c>null</c> without a hook. Never on the wire: the URI is the key.</summary>
    public string? DisplayName { get; init; }
}

/// <summary>A page of a list: the result object for the client, or why there is none.</summary>
internal readonly record struct ListAnswer(ReadOnlyMemory<byte> Result, HubError? Error);
