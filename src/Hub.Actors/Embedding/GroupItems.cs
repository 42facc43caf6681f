using McpHub.Actors.Routing;
using McpHub.Protocol.Model;

namespace McpHub;

/// <summary>An item of one of a group's servers. Immutable.</summary>
public abstract class GroupItem
{
    private protected GroupItem(PublishedItem item, ClientSession session) => (Item, Session) = (item, session);

    /// <summary>The session of the server that offers it.</summary>
    public ClientSession Session { get; }

    internal PublishedItem Item { get; }

    private protected T Parse<T>()
        where T : McpObject => McpJson.Parse<T>(Item.Item.Json, Item.Route.Server.Id);
}

/// <summary>A tool of a group.</summary>
public sealed class GroupTool : GroupItem
{
    private Tool? _tool;

    internal GroupTool(PublishedItem item, ClientSession session)
        : base(item, session)
    {
    }

    /// <summary>The name that the group calls it by.</summary>
    public string Name => Item.Name;

    /// <summary>The name at its server.</summary>
    public string OriginalName => Item.Item.Key;

    /// <summary>The tool as its server describes it, with its own name.</summary>
    /// <exception cref="HubException"><c>HUB5120</c>: the description fits no type. The tool can be called all the same.</exception>
    public Tool Tool => _tool ??= Parse<Tool>();
}

/// <summary>A prompt of a group.</summary>
public sealed class GroupPrompt : GroupItem
{
    private Prompt? _prompt;

    internal GroupPrompt(PublishedItem item, ClientSession session)
        : base(item, session)
    {
    }

    /// <summary>The name that the group gets it by.</summary>
    public string Name => Item.Name;

    /// <summary>The name at its server.</summary>
    public string OriginalName => Item.Item.Key;

    /// <summary>The prompt as its server describes it, with its own name.</summary>
    /// <exception cref="HubException"><c>HUB5120</c>: the description fits no type.</exception>
    public Prompt Prompt => _prompt ??= Parse<Prompt>();
}

/// <summary>A resource of a group.</summary>
public sealed class GroupResource : GroupItem
{
    private Resource? _resource;

    internal GroupResource(PublishedItem item, ClientSession session)
        : base(item, session)
    {
    }

    /// <summary>The URI that the group reads it by, normally the server's own.</summary>
    public string Uri => Item.Name;

    /// <summary>The URI at its server.</summary>
    public string OriginalUri => Item.Item.Key;

    /// <summary>A name for people: what the group's hook makes of the resource's name.</summary>
    public string DisplayName => Item.DisplayName ?? Resource.Name;

    /// <summary>The resource as its server describes it, with its own name.</summary>
    /// <exception cref="HubException"><c>HUB5120</c>: the description fits no type.</exception>
    public Resource Resource => _resource ??= Parse<Resource>();
}

/// <summary>A resource template of a group.</summary>
public sealed class GroupResourceTemplate : GroupItem
{
    private ResourceTemplate? _template;

    internal GroupResourceTemplate(PublishedItem item, ClientSession session)
        : base(item, session)
    {
    }

    /// <summary>The template, the key in the group.</summary>
    public string UriTemplate => Item.Name;

    /// <summary>The template at its server.</summary>
    public string OriginalUriTemplate => Item.Item.Key;

    /// <summary>A name for people: what the group's hook makes of the template's name.</summary>
    public string DisplayName => Item.DisplayName ?? ResourceTemplate.Name;

    /// <summary>The template as its server describes it, with its own name.</summary>
    /// <exception cref="HubException"><c>HUB5120</c>: the description fits no type.</exception>
    public ResourceTemplate ResourceTemplate => _template ??= Parse<ResourceTemplate>();
}
