using System.Collections.Immutable;
using System.Collections.ObjectModel;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;

namespace McpHub.Actors.Embedding;

/// <summary>The typed view of one routing table, in the order of servers and of each server's list. Its parts are made when they are asked for, those that did not change are kept.</summary>
/// <param name="table">The table.</param>
/// <param name="previous">The view of an earlier table.</param>
/// <param name="ownerOf">The session that stands for a server; <c>null</c> if the server does not belong to the group any more.</param>
internal sealed class GroupSnapshot(RoutingTable table, GroupSnapshot? previous, Func<ServerEntry, ClientSession?> ownerOf)
{
    private readonly Part<GroupTool> _tools = Part<GroupTool>.Of(table, ComponentKind.Tool, previous?._tools, (item, session) => new GroupTool(item, session));
    private readonly Part<GroupPrompt> _prompts = Part<GroupPrompt>.Of(table, ComponentKind.Prompt, previous?._prompts, (item, session) => new GroupPrompt(item, session));
    private readonly Part<GroupResource> _resources = Part<GroupResource>.Of(table, ComponentKind.Resource, previous?._resources, (item, session) => new GroupResource(item, session));
    private readonly Part<GroupResourceTemplate> _templates = Part<GroupResourceTemplate>.Of(table, ComponentKind.ResourceTemplate, previous?._templates, (item, session) => new GroupResourceTemplate(item, session));

    public RoutingTable Table => table;

    /// <summary>The servers that have been connected, in order.</summary>
    public IReadOnlyList<ClientSession> Sessions { get; } = Array.AsReadOnly([.. table.Servers.Where(entry => entry.Peer is not null).Select(ownerOf).OfType<ClientSession>()]);

    public IReadOnlyList<HiddenItem> Hidden => table.Hidden;

    public IReadOnlyDictionary<string, GroupTool> Tools => _tools.Items(table, ownerOf);

    public IReadOnlyDictionary<string, GroupPrompt> Prompts => _prompts.Items(table, ownerOf);

    public IReadOnlyDictionary<string, GroupResource> Resources => _resources.Items(table, ownerOf);

    public IReadOnlyDictionary<string, GroupResourceTemplate> ResourceTemplates => _templates.Items(table, ownerOf);

    private sealed class Part<T>(PublishedList list, ImmutableDictionary<string, PublishedItem> published, Func<PublishedItem, ClientSession, T> make)
        where T : GroupItem
    {
        private volatile IReadOnlyDictionary<string, T>? _items;

        public static Part<T> Of(RoutingTable table, ComponentKind kind, Part<T>? previous, Func<PublishedItem, ClientSession, T> make)
        {
            var (list, published) = (table.Lists[(int)kind], table[kind]);
            return previous is not null && previous.IsOf(list, published) ? previous : new Part<T>(list, published, make);
        }

        public IReadOnlyDictionary<string, T> Items(RoutingTable table, Func<ServerEntry, ClientSession?> ownerOf) => _items ??= Make(table, ownerOf);

        // A list of the same content may belong to somebody else by now.
        private bool IsOf(PublishedList otherList, ImmutableDictionary<string, PublishedItem> otherItems) => ReferenceEquals(list, otherList) && ReferenceEquals(published, otherItems);

        private ReadOnlyDictionary<string, T> Make(RoutingTable table, Func<ServerEntry, ClientSession?> ownerOf)
        {
            var sessions = new Dictionary<ServerDefinition, ClientSession?>(ReferenceEqualityComparer.Instance);
            foreach (var entry in table.Servers)
            {
                sessions[entry.Definition] = ownerOf(entry);
            }

            var items = new OrderedDictionary<string, T>(list.Count, StringComparer.Ordinal);
            foreach (var name in list.Segments.SelectMany(segment => segment.Items).Select(item => item.Name))
            {
                if (published.GetValueOrDefault(name) is { } item && sessions.GetValueOrDefault(item.Route.Server) is { } session)
                {
                    items.TryAdd(name, make(item, session));
                }
            }

            return new ReadOnlyDictionary<string, T>(items);
        }
    }
}
