using System.Collections.Immutable;
using McpHub.Actors.Bridging;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace McpHub.Actors.Routing;

/// <summary>
/// The lists of all servers and whose item owns which name. The router's state without its messages; the work of a change is that of the changed server only.
/// </summary>
internal sealed class Registry
{
    /// <summary>Longest name that is accepted from a server (contract 0.3).</summary>
    public const int LongestAcceptedName = 128;

    private const int NamesInError = 20;

    // Prompts, resources, tools: the order in which duplicates are looked for (contract 1, SG-05).
    private static readonly (ComponentKind Kind, string Words)[] _unique =
        [(ComponentKind.Prompt, "prompts"), (ComponentKind.Resource, "resources"), (ComponentKind.Tool, "tools")];

    private static readonly ComponentKind[] _kinds = Enum.GetValues<ComponentKind>();

    private readonly HubRuntimeOptions _options;
    private readonly ILogger _log;
    private readonly ExposedNames _names;
    private readonly List<RegisteredServer> _servers = [];
    private readonly NameClaims[] _claims;
    private readonly ImmutableDictionary<string, PublishedItem>[] _published;
    private readonly bool[] _isDirty = new bool[_kinds.Length];
    private ImmutableArray<MatchedTemplate> _templates = [];
    private ImmutableArray<HiddenItem> _hidden = [];
    private readonly List<ServerEntry> _departed = [];
    private long _lastOrder;
    private long _lastClaim;

    public Registry(HubRuntimeOptions options)
    {
        _options = options;
        _log = options.Loggers.CreateLogger("McpHub.Routing");
        _names = new ExposedNames(options);
        _claims = [.. _kinds.Select(kind => new NameClaims((claim, name) => Publish(kind, claim, name), claim => HiddenName(kind, claim), (loser, winner) => LogHidden(kind, loser, winner)))];
        _published = [.. _kinds.Select(_ => ImmutableDictionary<string, PublishedItem>.Empty)];
    }

    public IReadOnlyList<RegisteredServer> Servers => _servers;

    /// <summary>Until names were shown to somebody, <c>auto</c> gives them anew in configuration order with every catalog, so that a start does not depend on who is fastest.</summary>
    public bool AreNamesShown { get; set; }

    public RegisteredServer? Find(string serverId) => _servers.Find(server => server.Id == serverId);

    /// <summary>Adds a server, or takes what is new about one that is known.</summary>
    public RegisteredServer Add(ServerDefinition definition, SessionRef session, ServerState state)
    {
        if (Find(definition.Id) is not { } known)
        {
            _servers.Add(new RegisteredServer(definition, session, state, ++_lastOrder));
            return _servers[^1];
        }

        (known.Definition, known.Session, known.State) = (definition, session, state);
        Update(known, previous: known.Catalog, isMoved: true);
        return known;
    }

    public void Remove(RegisteredServer server)
    {
        server.IsHidden = true;
        Update(server, server.Catalog);
        _servers.Remove(server);
        _departed.Add(new ServerEntry(server.Definition, server.Session, server.State, server.Peer, null));
        _names.Forget(server.Id);
    }

    /// <summary>Lists the items of a server, or takes them off the lists without forgetting them.</summary>
    public void Show(RegisteredServer server, bool isShown)
    {
        if (server.IsHidden == isShown)
        {
            server.IsHidden = !isShown;
            Update(server, server.Catalog);
        }
    }

    /// <summary>Takes a server's new catalog. One that is resumed was published before and is never rejected.</summary>
    /// <returns>Why nothing of it is taken; <c>null</c> if it is.</returns>
    public HubError? Read(RegisteredServer server, PeerInfo peer, ServerCatalog catalog, bool isResumed = false)
    {
        var previous = server.Catalog;
        if (_options.Duplicates == DuplicatePolicy.Reject && previous is null && !isResumed && Duplicates(server, peer, catalog) is { } error)
        {
            _names.Forget(server.Id);
            return error;
        }

        foreach (var kind in _kinds)
        {
            if (!ReferenceEquals(previous?[kind], catalog[kind]))
            {
                server.ReadAt[(int)kind] = _options.Time.GetUtcNow();
            }
        }

        (server.Peer, server.Catalog, server.IsHidden) = (peer, catalog, false);
        if (AreNamesShown || !_options.PrefixesOnCollision)
        {
            Update(server, previous);
            return null;
        }

        _names.Reset();
        foreach (var each in _servers)
        {
            Update(each, each == server ? previous : each.Catalog);
        }

        return null;
    }

    /// <summary>Takes over the names that an earlier router gave.</summary>
    public void RestoreNames(RoutingTable table)
    {
        foreach (var item in table.Tools.Values.Concat(table.Prompts.Values))
        {
            _names.Restore(item.Kind, item.Route.Server.Id, item.Item.Key, item.Name);
        }
    }

    /// <summary>The next table; <paramref name="changed"/> are the lists whose content is another.</summary>
    public RoutingTable Build(RoutingTable previous, bool settled, out IReadOnlyCollection<ComponentKind> changed)
    {
        var lists = previous.Lists.ToBuilder();
        var different = new List<ComponentKind>();
        var wasDirty = _isDirty.Contains(true);
        foreach (var kind in _kinds.Where(kind => _isDirty[(int)kind]))
        {
            var segments = _servers.Select(server => server.Segments[(int)kind]).Where(segment => segment.Items.Length > 0).ToList();
            if (!lists[(int)kind].HasContentOf(segments))
            {
                lists[(int)kind] = new PublishedList(kind, segments, _options.PageSize);
                different.Add(kind);
            }

            _isDirty[(int)kind] = false;
            if (kind == ComponentKind.ResourceTemplate)
            {
                _templates = SortTemplates();
            }
        }

        if (wasDirty)
        {
            _hidden = [.. _kinds.SelectMany(kind => _claims[(int)kind].Hidden.Select(pair => new HiddenItem(kind, pair.Hidden.Name, pair.Hidden.Item.Key, pair.Hidden.Server.Id, pair.Owner.Server.Id)))];
        }

        var departed = previous.Departed;
        if (_departed.Count > 0)
        {
            departed = [.. departed.Concat(_departed.Select(server => new Departure(previous.Version + 1, server))).TakeLast(RoutingTable.RememberedDepartures)];
            _departed.Clear();
        }

        changed = different;
        return new RoutingTable
        {
            Version = previous.Version + 1,
            Departed = departed,
            Servers = [.. _servers.Select(server => new ServerEntry(server.Definition, server.Session, server.State, server.Peer, server.Catalog))],
            Tools = _published[(int)ComponentKind.Tool],
            Prompts = _published[(int)ComponentKind.Prompt],
            Resources = _published[(int)ComponentKind.Resource],
            ResourceTemplates = _published[(int)ComponentKind.ResourceTemplate],
            Templates = _templates,
            Hidden = _hidden,
            Lists = lists.ToImmutable(),
            Freshness = [.. _kinds.Select(FreshnessOf)],
            Settled = settled,
            Time = _options.Time,
        };
    }

    private static bool IsNamed(ComponentKind kind) => kind is ComponentKind.Tool or ComponentKind.Prompt;

    private static string Words(ComponentKind kind) => kind switch
    {
        ComponentKind.Tool => "tool",
        ComponentKind.Prompt => "prompt",
        ComponentKind.Resource => "resource",
        _ => "resource template",
    };

    // previous: the catalog before; what is new in the current one is checked aloud.
    private void Update(RegisteredServer server, ServerCatalog? previous, bool isMoved = false)
    {
        foreach (var kind in _kinds)
        {
            Update(server, kind, isNew: !ReferenceEquals(previous?[kind], server.Catalog?[kind]), isMoved);
        }
    }

    private void Update(RegisteredServer server, ComponentKind kind, bool isNew, bool isMoved)
    {
        var claims = _claims[(int)kind];
        var before = server.Claims[(int)kind];
        var after = new Dictionary<string, NameClaim>(StringComparer.Ordinal);
        foreach (var item in server.IsHidden || server.Catalog is null ? [] : Accepted(server, kind, server.Catalog[kind].Items, isNew))
        {
            var name = ClaimedName(kind, server, server.Peer!, item);
            if (before.Remove(item.Key, out var claim) && claim.Name == name)
            {
                if (isMoved || !claim.Item.Json.Span.SequenceEqual(item.Json.Span))
                {
                    claim.Item = item;
                    claims.Touch(claim);
                }
            }
            else
            {
                if (claim is not null)
                {
                    claims.Remove(claim);
                }

                claim = new NameClaim(server, name, NextRank(server)) { Item = item };
                claims.Add(claim);
            }

            after.Add(item.Key, claim);
        }

        foreach (var gone in before.Values)
        {
            claims.Remove(gone);
        }

        server.Claims[(int)kind] = after;
        _names.Trim(kind, server.Id, after.Count);
        var affected = new HashSet<RegisteredServer> { server };
        _published[(int)kind] = claims.Resolve(_published[(int)kind], affected);
        foreach (var each in affected)
        {
            var items = each.Claims[(int)kind].Values.Select(claim => claim.Published).OfType<PublishedItem>().ToArray();
            each.Segments[(int)kind] = new ListSegment(each.Peer?.Era ?? Era.Legacy, items);
        }

        _isDirty[(int)kind] = true;
    }

    // In a group the time of the claim decides, so that a server which comes back takes nothing from who has it by now.
    private long NextRank(RegisteredServer server) => _options.Duplicates switch
    {
        null => server.Order,
        DuplicatePolicy.LastWins => -++_lastClaim,
        _ => ++_lastClaim,
    };

    private IEnumerable<CatalogItem> Accepted(RegisteredServer server, ComponentKind kind, IReadOnlyList<CatalogItem> items, bool isNew)
    {
        var seen = new HashSet<string>(items.Count, StringComparer.Ordinal);
        foreach (var item in items)
        {
            var reason = item.Key.Length == 0 ? "its name is empty"
                : IsNamed(kind) && item.Key.Length > LongestAcceptedName ? $"its name has {item.Key.Length} characters, at most {LongestAcceptedName} are accepted"
                : seen.Add(item.Key) ? null : $"the server lists \"{item.Key}\" twice";
            if (reason is null)
            {
                yield return item;
            }
            else if (isNew)
            {
                Warn(HubErrors.ItemInvalid.With(("method", Words(kind) + "s"), ("reason", reason), ("server", server.Id)));
            }
        }
    }

    private string ClaimedName(ComponentKind kind, RegisteredServer server, PeerInfo peer, CatalogItem item) => IsNamed(kind)
        ? _names.Recall(kind, server.Id, item.Key) ?? _names.Give(kind, server.Id, item.Key, Hooked(kind, item.Key, server.Id, peer))
        : item.Key;

    // The hook is the embedding service's code on the router's thread.
    private string Hooked(ComponentKind kind, string ownName, string serverId, PeerInfo? peer)
    {
        if (_options.NameHook is not { } hook)
        {
            return ownName;
        }

        try
        {
            if (hook(kind, ownName, serverId, peer?.ServerInfo ?? default) is { Length: > 0 } name)
            {
                return name;
            }

            Warn(HubErrors.NameHookFailed.With(("kind", Words(kind)), ("name", ownName), ("reason", "it returned nothing"), ("server", serverId)));
        }
        catch (Exception e)
        {
            Warn(HubErrors.NameHookFailed.With(("kind", Words(kind)), ("name", ownName), ("reason", e.Message), ("server", serverId)));
        }

        return ownName;
    }

    private HubError? Duplicates(RegisteredServer server, PeerInfo peer, ServerCatalog catalog)
    {
        foreach (var (kind, words) in _unique)
        {
            var names = Accepted(server, kind, catalog[kind].Items, isNew: false).Select(item => ClaimedName(kind, server, peer, item)).ToList();
            var taken = names.Where(name => _claims[(int)kind].Owner(name) is { } owner && owner.Server != server).ToList();
            if (taken.Count > 0)
            {
                return HubErrors.DuplicateNames.With(("names", Some(taken)), ("kind", words), ("server", server.Id));
            }

            // Two items of one server under one name: only a hook does that, and one of them would be lost (contract 1, SG-04).
            var doubled = names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
            if (doubled.Count > 0)
            {
                return HubErrors.HookMadeDuplicates.With(("names", Some(doubled)), ("kind", words), ("server", server.Id));
            }
        }

        return null;
    }

    private static string Some(List<string> names) =>
        string.Join(", ", names.Take(NamesInError)) + (names.Count > NamesInError ? $" and {names.Count - NamesInError} more" : "");

    private PublishedItem Publish(ComponentKind kind, NameClaim claim, string name)
    {
        var (server, item) = (claim.Server, claim.Item);
        if (claim.Published is { } known && known.Name == name && ReferenceEquals(known.Item, item)
            && ReferenceEquals(known.Route.Session, server.Session) && ReferenceEquals(known.Route.Server, server.Definition))
        {
            return known;
        }

        var json = item.Json;
        if (name != item.Key)
        {
            var patches = new JsonPatches(item.Json);
            patches.Replace(item.KeyToken, JsonText.Quote(name));
            json = patches.Apply();
        }

        var route = new CallRoute(server.Definition, server.Session, item.KeyToken.In(item.Json))
        {
            WrapsOutput = kind == ComponentKind.Tool && server.Peer?.Era == Era.Modern && OutputSchema.IsWrapped(item.Json),
            Mirrored = item.Mirrored,
        };
        return new PublishedItem(kind, name, item, json, route) { DisplayName = DisplayName(kind, server, item) };
    }

    private string? DisplayName(ComponentKind kind, RegisteredServer server, CatalogItem item) =>
        _options.NameHook is null || IsNamed(kind) || JsonText.Unescape(JsonParts.Find(item.Json, "name"u8).In(item.Json).Span) is not { Length: > 0 } ownName
            ? null
            : Hooked(kind, ownName, server.Id, server.Peer);

    private static string? HiddenName(ComponentKind kind, NameClaim claim) => IsNamed(kind) ? null : PrefixedUri.Make(claim.Server.Id, claim.Name);

    private void LogHidden(ComponentKind kind, NameClaim loser, NameClaim winner)
    {
        // Where a prefix is given, a name is shared only while names are given anew.
        if (IsNamed(kind) && !_options.PrefixesOnCollision)
        {
            Warn(HubErrors.NameHidden.With(("kind", Words(kind)), ("name", loser.Name), ("server", loser.Server.Id), ("other", winner.Server.Id)));
        }
    }

    private ImmutableArray<MatchedTemplate> SortTemplates() =>
    [
        .. _servers.SelectMany(server => server.Claims[(int)ComponentKind.ResourceTemplate].Values)
            .Where(claim => claim.Published?.Name == claim.Name)
            .Select(claim => (Template: UriTemplate.Parse(claim.Name), claim.Published))
            .Where(pair => pair.Template is not null)
            .OrderByDescending(pair => pair.Template!.LiteralLength)
            .Select(pair => new MatchedTemplate(pair.Template!, pair.Published!)),
    ];

    private ListFreshness FreshnessOf(ComponentKind kind)
    {
        var freshness = ListFreshness.Unknown;
        foreach (var server in _servers)
        {
            if (server is { Peer: { } peer, Catalog: { } catalog } && (kind switch { ComponentKind.Tool => peer.HasTools, ComponentKind.Prompt => peer.HasPrompts, _ => peer.HasResources }))
            {
                freshness = freshness.And(peer, kind, catalog[kind], server.ReadAt[(int)kind]);
            }
        }

        return freshness;
    }

    private void Warn(HubError error) => _log.LogWarning("{Code} server {Server}: {Message}. {Hint}", error.Definition.Code, error.ServerId, error.Message, error.Hint);
}
