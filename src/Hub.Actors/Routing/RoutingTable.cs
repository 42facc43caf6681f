using System.Collections.Immutable;
using McpHub.Actors.Servers;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Routing;

/// <summary>The published, immutable form of the registry. <see cref="TryRoute"/> is the only routing code of the hub.</summary>
internal sealed class RoutingTable
{
    // A name in an error is a client's text: it is cut.
    private const int LongestNameInError = 256;

    /// <summary>More than a start with a bad configuration can lose at once.</summary>
    public const int RememberedDepartures = 64;

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

    /// <summary>The lists, indexed by kind.</summary>
    public ImmutableArray<PublishedList> Lists { get; init; } = [.. Enum.GetValues<ComponentKind>().Select(PublishedList.Empty)];

    /// <summary>Cache hints of the lists, indexed by kind.</summary>
    public ImmutableArray<ListFreshness> Freshness { get; init; } = [.. Enum.GetValues<ComponentKind>().Select(_ => ListFreshness.Unknown)];

    /// <summary>The templates that a URI is matched with, most specific first.</summary>
    public ImmutableArray<MatchedTemplate> Templates { get; init; } = [];

    /// <summary>The items that have no name here, because another server's item has it.</summary>
    public ImmutableArray<HiddenItem> Hidden { get; init; } = [];

    /// <summary>The servers that left last, at most <see cref="RememberedDepartures"/>: one may come and go between two looks of a watcher.</summary>
    public ImmutableArray<Departure> Departed { get; init; } = [];

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The items of a kind by exposed name.</summary>
    public ImmutableDictionary<string, PublishedItem> this[ComponentKind kind] => kind switch
    {
        ComponentKind.Tool => Tools,
        ComponentKind.Prompt => Prompts,
        ComponentKind.Resource => Resources,
        _ => ResourceTemplates,
    };

    /// <summary>Finds the owner of what a call is aimed at.</summary>
    public bool TryRoute(CallTarget target, out CallRoute route, out HubError error)
    {
        var found = target.Kind switch
        {
            ComponentKind.Tool or ComponentKind.Prompt => this[target.Kind].GetValueOrDefault(target.Name)?.Route,
            ComponentKind.Resource => ReadingRoute(target.Name),
            _ => ResourceTemplates.GetValueOrDefault(target.Name)?.Route ?? Resources.GetValueOrDefault(target.Name)?.Route ?? MatchingRoute(target.Name),
        };
        (route, error) = (found!, null!);
        if (found is not null)
        {
            return true;
        }

        var name = target.Name.Length <= LongestNameInError ? target.Name : target.Name[..LongestNameInError] + "…";
        error = target.Kind switch
        {
            ComponentKind.Tool => HubErrors.UnknownTool.With(("name", name)),
            ComponentKind.Prompt => HubErrors.UnknownPrompt.With(("name", name)),
            _ => HubErrors.UnknownResource.With(("uri", name)),
        };
        return false;
    }

    /// <summary>One page of a list as the result object for a client of this era and revision. Served from memory; never asks a server.</summary>
    public ListAnswer List(ComponentKind kind, Era era, string revision, string? cursor)
    {
        _ = revision; // Items look alike in all revisions of an era; unknown members are kept (contract 3.12).
        var freshness = Freshness[(int)kind];
        return Lists[(int)kind].PageAt(era, cursor, era == Era.Modern ? freshness.RemainingMs(Time.GetUtcNow()) : 0, freshness.IsPublic);
    }

    /// <summary>The result object of <c>initialize</c> for a legacy client that asked for <paramref name="requestedRevision"/> (contract 3.9).</summary>
    public ReadOnlyMemory<byte> InitializeResult(string? requestedRevision, out string negotiated) => Introduction.Initialize(this, requestedRevision, out negotiated);

    /// <summary>The result object of <c>server/discover</c> (contract 3.9).</summary>
    public ReadOnlyMemory<byte> DiscoverResult() => Introduction.Discover(this);

    // Contract 3.14: exact URI, then the owner of the most specific matching template, then the only server that has resources.
    private CallRoute? ReadingRoute(string uri)
    {
        if (Resources.TryGetValue(uri, out var exact))
        {
            return exact.Route;
        }

        if (PrefixedUri.TryStrip(uri, Servers, out var owner, out var ownUri))
        {
            return RouteTo(owner, ownUri);
        }

        return MatchingRoute(uri) ?? (Servers.Where(entry => entry.Peer is { HasResources: true }).Take(2).ToList() is [var only] ? RouteTo(only, uri) : null);
    }

    private CallRoute? MatchingRoute(string uri)
    {
        foreach (var template in Templates)
        {
            if (template.Template.Matches(uri))
            {
                return template.Item.Route with { OriginalName = JsonText.Quote(uri) };
            }
        }

        return null;
    }

    private static CallRoute RouteTo(ServerEntry entry, string uri) => new(entry.Definition, entry.Session, JsonText.Quote(uri));
}

/// <summary>A template with its item.</summary>
internal sealed record MatchedTemplate(UriTemplate Template, PublishedItem Item);

/// <summary>A server that left.</summary>
/// <param name="Version">The first table without it.</param>
/// <param name="Server">The server, without its catalog.</param>
internal sealed record Departure(long Version, ServerEntry Server);
