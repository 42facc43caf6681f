namespace McpHub;

/// <summary>Gives an item of a server the name under which a group offers it.</summary>
/// <param name="kind">What it is. Resources and templates keep their URI as key; of theirs this makes <see cref="GroupResource.DisplayName"/>.</param>
/// <param name="name">Its own name.</param>
/// <param name="serverId">The server's id in the group: <see cref="ServerParameters.Name"/>, or what was made in its place.</param>
/// <param name="server">What the server says of itself, <c>null</c> if nothing: neither unique nor stable, so better no part of a name.</param>
/// <returns>The name; with <c>null</c> or the empty text, or after an exception, which is logged, the own name stays.</returns>
/// <remarks>It is called by the group's router, once for each item, and must return at once.</remarks>
public delegate string ComponentNameHook(ComponentKind kind, string name, string serverId, ServerInfo? server);

/// <summary>What a <see cref="ClientSessionGroup"/> is made with. Hook and naming rule make the names, <see cref="Duplicates"/> decides what is still equal.</summary>
public sealed record ClientSessionGroupOptions
{
    /// <summary>Makes names before the naming rule does.</summary>
    /// <value>Default <c>null</c>: the servers' own names.</value>
    public ComponentNameHook? ComponentNameHook { get; init; }

    /// <summary>How names of tools and prompts are made unique. A prefix is the server's id and two underscores.</summary>
    /// <value>Default <see cref="NamingRule.Never"/>.</value>
    public NamingRule Naming { get; init; } = NamingRule.Never;

    /// <summary>What happens to a name, or a resource's URI, that another server of the group already offers.</summary>
    /// <value>Default <see cref="DuplicatePolicy.Reject"/>. Resources keep their URI as key: where a connect is not rejected, the second of one URI is listed as <c>hub+&lt;server id&gt;:&lt;URI&gt;</c>.</value>
    public DuplicatePolicy Duplicates { get; init; }

    /// <summary>
    /// An owner of disposables that is to dispose the group too: called once, by the constructor, with the group. For example <c>stack.Push</c> of a <c>Stack&lt;IAsyncDisposable&gt;</c>
    /// or <c>httpContext.Response.RegisterForDisposeAsync</c>. The group does nothing else with it: it does not dispose the owner, and disposing the group earlier is no error.
    /// </summary>
    /// <value>Default <c>null</c>.</value>
    public Action<IAsyncDisposable>? RegisterForDispose { get; init; }
}
