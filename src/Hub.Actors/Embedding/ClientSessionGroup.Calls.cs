using McpHub.Actors.Embedding;
using McpHub.Actors.Routing;
using McpHub.Protocol.Errors;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <content>Calls to whichever server owns what they are aimed at.</content>
public sealed partial class ClientSessionGroup
{
    /// <summary>Calls a tool of any server by its name in the group.</summary>
    /// <param name="name">The key in <see cref="Tools"/>.</param>
    /// <param name="arguments">The tool's arguments; <c>null</c> sends none.</param>
    /// <param name="options">Timeout, progress, metadata of this call.</param>
    /// <param name="ct">Gives the call up: the server is told, and <see cref="OperationCanceledException"/> is thrown.</param>
    /// <exception cref="ToolNotFoundException"><c>HUB5101</c>: no server offers it.</exception>
    /// <exception cref="ServerUnavailableException"><c>HUB2112</c>: its server is not connected just now; nothing was sent, and <see cref="HubError.RetryAfter"/> says when to try again.</exception>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="HubException">As for <see cref="ClientSession.CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>.</exception>
    /// <exception cref="ObjectDisposedException">The group was disposed.</exception>
    public Task<CallToolResult> CallToolAsync(string name, JObject? arguments = null, CallOptions? options = null, CancellationToken ct = default) =>
        SendAsync<CallToolResult>(TypedRequest.CallTool(name, arguments, options), new CallTarget(ComponentKind.Tool, name), options, ct);

    /// <summary>Calls a tool with any object that is a JSON object: anonymous types, records, dictionaries, nodes of either JSON library.</summary>
    /// <inheritdoc cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>
    /// <exception cref="ArgumentException"><paramref name="arguments"/> is no JSON object, or is options or a token that was meant for another parameter.</exception>
    public Task<CallToolResult> CallToolAsync(string name, object arguments, CallOptions? options = null, CancellationToken ct = default) =>
        CallToolAsync(name, TypedRequest.Arguments(arguments), options, ct);

    /// <summary>Reads a resource of any server: one that is listed with this URI, else of the server with the template that fits best, else of the only server that has resources.</summary>
    /// <param name="uri">The URI, compared and sent byte for byte.</param>
    /// <param name="options">Timeout, progress, metadata of this call.</param>
    /// <param name="ct">Gives the call up.</param>
    /// <exception cref="HubException"><c>HUB5103</c>: no server offers it. Otherwise as for <see cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>.</exception>
    public Task<ReadResourceResult> ReadResourceAsync(string uri, CallOptions? options = null, CancellationToken ct = default) =>
        SendAsync<ReadResourceResult>(TypedRequest.ReadResource(uri, options), new CallTarget(ComponentKind.Resource, uri), options, ct);

    /// <summary>Gets a prompt of any server by its name in the group.</summary>
    /// <param name="name">The key in <see cref="Prompts"/>.</param>
    /// <param name="arguments">Its arguments: text by name.</param>
    /// <param name="options">Timeout, progress, metadata of this call.</param>
    /// <param name="ct">Gives the call up.</param>
    /// <exception cref="HubException"><c>HUB5102</c>: no server offers it. Otherwise as for <see cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>.</exception>
    public Task<GetPromptResult> GetPromptAsync(string name, IReadOnlyDictionary<string, string>? arguments = null, CallOptions? options = null, CancellationToken ct = default) =>
        SendAsync<GetPromptResult>(TypedRequest.GetPrompt(name, arguments, options), new CallTarget(ComponentKind.Prompt, name), options, ct);

    /// <summary>Asks the owner of a prompt or resource template for values of an argument that is being typed.</summary>
    /// <param name="reference">The prompt by its name in the group, or the template.</param>
    /// <param name="argument">The argument and what has been typed so far.</param>
    /// <param name="context">Other arguments that are filled in already.</param>
    /// <param name="ct">Gives the call up.</param>
    /// <exception cref="HubException"><c>HUB5102</c>, <c>HUB5103</c>: no server offers it. <c>HUB5107</c>: its server has no completions. Otherwise as for <see cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>.</exception>
    public Task<CompleteResult> CompleteAsync(CompletionReference reference, CompletionArgument argument, IReadOnlyDictionary<string, string>? context = null, CancellationToken ct = default) =>
        SendAsync<CompleteResult>(
            TypedRequest.Complete(reference, argument, context),
            reference is PromptReference prompt ? new CallTarget(ComponentKind.Prompt, prompt.Name) : new CallTarget(ComponentKind.ResourceTemplate, ((ResourceTemplateReference)reference).Uri),
            null,
            ct);

    private async Task<T> SendAsync<T>(TypedRequest request, CallTarget target, CallOptions? options, CancellationToken ct)
        where T : McpObject
    {
        ObjectDisposedException.ThrowIf(_closing is not null, this);
        return Table.TryRoute(target, out var route, out var error)
            ? await TypedCalls.SendAsync<T>(_lease!.System, route, request, options, ct).ConfigureAwait(false)
            : throw HubException.From(error);
    }
}
