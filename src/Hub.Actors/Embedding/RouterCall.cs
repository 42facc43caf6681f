using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub
{
    /// <summary>
    /// Message to <see cref="ClientSessionGroup.Router"/>: route a call and send it. Its sender gets <see cref="CallToolResult"/>, <see cref="ReadResourceResult"/>,
    /// <see cref="GetPromptResult"/> or <see cref="CompleteResult"/>, or <see cref="Status.Failure"/> with the exception that the group's method of that name throws.
    /// </summary>
    /// <param name="Method"><c>tools/call</c>, <c>resources/read</c>, <c>prompts/get</c> or <c>completion/complete</c>; any other one fails with <c>HUB5114</c>.</param>
    /// <param name="Params">The request's <c>params</c> with names as the group offers them. Not to be changed once it is sent.</param>
    /// <param name="Options">Timeout, progress, metadata of this call. Progress is reported on a thread of the pool.</param>
    public sealed record RouterCall(string Method, JObject Params, CallOptions? Options = null);
}

namespace McpHub.Actors.Embedding
{
    /// <summary>What the router does with a <see cref="RouterCall"/>: it routes with the table in force and tells the session; the answer goes to the sender without it.</summary>
    internal static class RouterCalls
    {
        public static void Send(RouterCall call, RoutingTable table, ActorSystem system, IActorRef sender) => SendAsync(call, table, system).PipeTo(sender);

        private static async Task<object> SendAsync(RouterCall call, RoutingTable table, ActorSystem system) => call.Method switch
        {
            MethodNames.ToolsCall => await SendAsync<CallToolResult>(call, table, system).ConfigureAwait(false),
            MethodNames.ResourcesRead => await SendAsync<ReadResourceResult>(call, table, system).ConfigureAwait(false),
            MethodNames.PromptsGet => await SendAsync<GetPromptResult>(call, table, system).ConfigureAwait(false),
            MethodNames.Complete => await SendAsync<CompleteResult>(call, table, system).ConfigureAwait(false),
            _ => throw HubException.From(HubErrors.UnknownMethod.With(("method", call.Method))),
        };

        private static async Task<T> SendAsync<T>(RouterCall call, RoutingTable table, ActorSystem system)
            where T : McpObject
        {
            var request = TypedRequest.Of(call);
            return CallTargets.TryRead(request.ToEnvelope(), out var target, out var error) && table.TryRoute(target, out var route, out error)
                ? await TypedCalls.SendAsync<T>(system, route, request, call.Options, CancellationToken.None).ConfigureAwait(false)
                : throw HubException.From(error);
        }
    }
}
