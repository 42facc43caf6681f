using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub;

/// <content>The four lists of a server: one page, or all of them.</content>
public sealed partial class ClientSession
{
    /// <summary>One page of the server's tools (<c>tools/list</c>).</summary>
    /// <param name="cursor">The page's cursor from <see cref="PaginatedResult.NextCursor"/>, the empty text included; <c>null</c> = the first page.</param>
    /// <param name="ct">Gives the request up.</param>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="HubException"><c>HUB5107</c>: the server has no tools. Otherwise as for <see cref="CallToolAsync(string, Newtonsoft.Json.Linq.JObject, CallOptions, CancellationToken)"/>.</exception>
    public async Task<ListToolsResult> ListToolsAsync(string? cursor = null, CancellationToken ct = default)
    {
        var page = await ListAsync<ListToolsResult>(MethodNames.ToolsList, cursor, ct).ConfigureAwait(false);
        if (Place is not { Server: var server, Session: { Peer: { } peer, Tools: var known } })
        {
            return page;
        }

        var items = new List<CatalogItem>();
        CatalogItems.Read(JsonParts.Find(page.Raw, "tools"u8).In(page.Raw), "name"u8, ComponentKind.Tool, peer, items, reason => server.Features.Hear(
            HubErrors.ItemInvalid.With(("server", server.Id), ("method", MethodNames.ToolsList), ("reason", reason))));
        if (!server.KeepCatalog)
        {
            // What its caller has seen anyway is all that such a session knows of its tools: output schemas, parameters for headers.
            known.Learn(items, isWhole: cursor is null && page.NextCursor is null);
        }

        // A tool that can't be called as the protocol asks is not offered (2026-07-28, streamable-http, "Custom Headers").
        var names = items.Select(item => item.Key).ToHashSet(StringComparer.Ordinal);
        return page.Tools.All(tool => names.Contains(tool.Name)) ? page : page with { Tools = [.. page.Tools.Where(tool => names.Contains(tool.Name))] };
    }

    /// <summary>
    /// All tools, page after page. A page that fails fails the whole; so do a cursor that comes twice (<c>HUB4103</c>) and more than 1,000 pages or 100,000 items
    /// (<c>HUB4104</c>; <c>hub.session.max-list-pages</c>, <c>max-list-items</c>).
    /// </summary>
    /// <param name="ct">Gives the walk up.</param>
    public IAsyncEnumerable<Tool> ListAllToolsAsync(CancellationToken ct = default) =>
        ListAllAsync<ListToolsResult, Tool>(MethodNames.ToolsList, ListToolsAsync, page => page.Tools, ct);

    /// <summary>One page of the server's resources (<c>resources/list</c>).</summary>
    /// <inheritdoc cref="ListToolsAsync"/>
    public Task<ListResourcesResult> ListResourcesAsync(string? cursor = null, CancellationToken ct = default) =>
        ListAsync<ListResourcesResult>(MethodNames.ResourcesList, cursor, ct);

    /// <summary>All resources, page after page.</summary>
    /// <inheritdoc cref="ListAllToolsAsync"/>
    public IAsyncEnumerable<Resource> ListAllResourcesAsync(CancellationToken ct = default) =>
        ListAllAsync<ListResourcesResult, Resource>(MethodNames.ResourcesList, ListResourcesAsync, page => page.Resources, ct);

    /// <summary>One page of the server's resource templates (<c>resources/templates/list</c>).</summary>
    /// <inheritdoc cref="ListToolsAsync"/>
    public Task<ListResourceTemplatesResult> ListResourceTemplatesAsync(string? cursor = null, CancellationToken ct = default) =>
        ListAsync<ListResourceTemplatesResult>(MethodNames.ResourceTemplatesList, cursor, ct);

    /// <summary>All resource templates, page after page.</summary>
    /// <inheritdoc cref="ListAllToolsAsync"/>
    public IAsyncEnumerable<ResourceTemplate> ListAllResourceTemplatesAsync(CancellationToken ct = default) =>
        ListAllAsync<ListResourceTemplatesResult, ResourceTemplate>(MethodNames.ResourceTemplatesList, ListResourceTemplatesAsync, page => page.ResourceTemplates, ct);

    /// <summary>One page of the server's prompts (<c>prompts/list</c>).</summary>
    /// <inheritdoc cref="ListToolsAsync"/>
    public Task<ListPromptsResult> ListPromptsAsync(string? cursor = null, CancellationToken ct = default) =>
        ListAsync<ListPromptsResult>(MethodNames.PromptsList, cursor, ct);

    /// <summary>All prompts, page after page.</summary>
    /// <inheritdoc cref="ListAllToolsAsync"/>
    public IAsyncEnumerable<Prompt> ListAllPromptsAsync(CancellationToken ct = default) =>
        ListAllAsync<ListPromptsResult, Prompt>(MethodNames.PromptsList, ListPromptsAsync, page => page.Prompts, ct);

    private Task<T> ListAsync<T>(string method, string? cursor, CancellationToken ct)
        where T : PaginatedResult =>
        SendAsync<T>(TypedRequest.List(method, cursor), null, null, ct);

    private IAsyncEnumerable<T> ListAllAsync<TPage, T>(string method, Func<string?, CancellationToken, Task<TPage>> read, Func<TPage, IReadOnlyList<T>> itemsOf, CancellationToken ct)
        where TPage : PaginatedResult =>
        ListWalk.AllAsync(read, itemsOf, ServerId, method, HubSettings.Of(Place.System), ct);
}
