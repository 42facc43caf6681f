using System.Collections.Immutable;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Routing;

/// <summary>The published, immutable form of the registry. <see cref="TryRoute"/> is the only routing code of the hub.</summary>
internal sealed class RoutingTable
{
    public static RoutingTable Empty { get; } = new();

    /// <summary>Grows with every publication.</summary>
    public long Version { get; init; }

    /// <summary>All servers in configuration order.</summary>
    public ImmutableArray<ServerEntry> Servers { get; init; } = [];

    public ImmutableDictionary<string, PublishedItem> Tools { get; init; } = ImmutableDictionary<string, PublishedItem>.Empty;

    public ImmutableDictionary<string, PublishedItem> Prompts { get; init; } = ImmutableDictionary<string, PublishedItem>.Empty;

    /// <summary>By URI.</summary>
    public ImmutableDictionary<string, PublishedItem> Resources { get; init; } = ImmutableDictionary<string, PublishedItem>.Empty;

    /// <summary>By URI template.</summary>
    public ImmutableDictionary<string, PublishedItem> ResourceTemplates { get; init; } = ImmutableDictionary<string, PublishedItem>.Empty;

    /// <summary>True once no server is in its first connect any more, or the hub is older than 5 s (contract 0.3 "start").</summary>
    public bool Settled { get; init; }

    /// <summary>Finds the owner of what a call is aimed at.</summary>
    public bool TryRoute(CallTarget target, out CallRoute route, out HubError error) => throw new NotImplementedException();

    /// <summary>One page of a list as the result object for a client of this era and revision. Served from memory; never asks a server.</summary>
    public ListAnswer List(ComponentKind kind, Era era, string revision, string? cursor) => throw new NotImplementedException();

    /// <summary>The result object of <c>initialize</c> for a legacy client that asked for <paramref name="requestedRevision"/> (contract 3.9).</summary>
    public ReadOnlyMemory<byte> InitializeResult(string? requestedRevision, out string negotiated) => throw new NotImplementedException();

    /// <summary>The result object of <c>server/discover</c> (contract 3.9).</summary>
    public ReadOnlyMemory<byte> DiscoverResult() => throw new NotImplementedException();
}
