using McpHub.Actors.Embedding;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <content>What a session asks of its server, one request at a time.</content>
public sealed partial class ClientSession
{
    /// <summary>Calls a tool (<c>tools/call</c>).</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="arguments">Its arguments; <c>null</c> sends none.</param>
    /// <param name="options">Timeout, progress, metadata of this call.</param>
    /// <param name="ct">Gives the call up: the server is told, and <see cref="OperationCanceledException"/> is thrown.</param>
    /// <exception cref="PeerException">The server answered with an error, for an unknown tool usually -32602.</exception>
    /// <exception cref="RequestTimeoutException"><c>HUB5104</c>: no answer in time; the server was told that none is wanted any more.</exception>
    /// <exception cref="ServerUnavailableException">The server is not connected (<c>HUB2112</c>, <c>HUB2113</c>).</exception>
    /// <exception cref="OutputSchemaException">The result does not keep the tool's output schema (<c>HUB5141</c> to <c>HUB5143</c>; <see cref="ClientSessionOptions.OutputValidation"/>).</exception>
    /// <exception cref="HubException"><c>HUB2111</c>: the connection ended before the answer, so the outcome is unknown. <c>HUB5106</c>: too many calls in flight. <c>HUB5107</c>: the server has no tools.
    /// <c>HUB5110</c>, <c>HUB5112</c>: it cannot be sent. <c>HUB5120</c>: the answer fits no type.</exception>
    public Task<CallToolResult> CallToolAsync(string name, JObject? arguments = null, CallOptions? options = null, CancellationToken ct = default) =>
        TypedCalls.SendAsync<CallToolResult>(Place.System, Place.RouteToTool(name), TypedRequest.CallTool(name, arguments, options), options, ct);

    /// <summary>Calls a tool with any object that is a JSON object: anonymous types, records, dictionaries, nodes of either JSON library.</summary>
    /// <inheritdoc cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>
    /// <exception cref="ArgumentException"><paramref name="arguments"/> is no JSON object, or is options or a token that was meant for another parameter.</exception>
    public Task<CallToolResult> CallToolAsync(string name, object arguments, CallOptions? options = null, CancellationToken ct = default) =>
        CallToolAsync(name, TypedRequest.Arguments(arguments), options, ct);

    /// <summary>Reads a resource (<c>resources/read</c>).</summary>
    /// <param name="uri">Its URI, sent byte for byte as it is written here.</param>
    /// <param name="options">Timeout, progress, metadata of this call.</param>
    /// <param name="ct">Gives the call up.</param>
    /// <exception cref="PeerException">The server answered with an error; <see cref="PeerException.IsResourceNotFound"/> says whether there is no such resource.</exception>
    /// <exception cref="HubException">As for <see cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>.</exception>
    public Task<ReadResourceResult> ReadResourceAsync(string uri, CallOptions? options = null, CancellationToken ct = default) =>
        SendAsync<ReadResourceResult>(TypedRequest.ReadResource(uri, options), uri, options, ct);

    /// <summary>Gets a prompt (<c>prompts/get</c>).</summary>
    /// <param name="name">The prompt's name.</param>
    /// <param name="arguments">Its arguments: text by name.</param>
    /// <param name="options">Timeout, progress, metadata of this call.</param>
    /// <param name="ct">Gives the call up.</param>
    /// <exception cref="PeerException">The server answered with an error, for an unknown prompt or a missing argument usually -32602.</exception>
    /// <exception cref="HubException">As for <see cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>.</exception>
    public Task<GetPromptResult> GetPromptAsync(string name, IReadOnlyDictionary<string, string>? arguments = null, CallOptions? options = null, CancellationToken ct = default) =>
        SendAsync<GetPromptResult>(TypedRequest.GetPrompt(name, arguments, options), name, options, ct);

    /// <summary>Asks for values of an argument that is being typed (<c>completion/complete</c>).</summary>
    /// <param name="reference">The prompt or resource template that the argument belongs to.</param>
    /// <param name="argument">The argument and what has been typed so far.</param>
    /// <param name="context">Other arguments that are filled in already.</param>
    /// <param name="ct">Gives the call up.</param>
    /// <returns>At most 100 values; of more the first 100, with <see cref="Completion.HasMore"/>.</returns>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="HubException">As for <see cref="CallToolAsync(string, JObject, CallOptions, CancellationToken)"/>; <c>HUB5107</c> if the server has no completions.</exception>
    public Task<CompleteResult> CompleteAsync(CompletionReference reference, CompletionArgument argument, IReadOnlyDictionary<string, string>? context = null, CancellationToken ct = default) =>
        SendAsync<CompleteResult>(TypedRequest.Complete(reference, argument, context), reference is PromptReference prompt ? prompt.Name : (reference as ResourceTemplateReference)?.Uri, null, ct);

    /// <summary>Asks whether the server answers: <c>ping</c>, on a modern server, which has none, <c>server/discover</c>.</summary>
    /// <param name="ct">Gives the request up.</param>
    /// <exception cref="HubException">It does not.</exception>
    public Task SendPingAsync(CancellationToken ct = default) =>
        Era == Era.Legacy ? SendAsync<EmptyResult>(TypedRequest.Empty(MethodNames.Ping), null, null, ct) : SendAsync<DiscoverResult>(TypedRequest.Empty(MethodNames.Discover), null, null, ct);

    private Task<T> SendAsync<T>(TypedRequest request, string? name, CallOptions? options, CancellationToken ct)
        where T : McpObject =>
        TypedCalls.SendAsync<T>(Place.System, Place.RouteTo(name), request, options, ct);
}
