using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

// What the session of an embedding service tells its user and its server.
#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition StrayAnswer = new("HUB2160", "the server answered a request that nobody made (id {id})",
        "report this to the author of the server", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition UnusableMessage = new("HUB2161", "the server sent what cannot be used: {reason}: {excerpt}",
        "report this to the author of the server; standard output is for messages only", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition CallbackFailed = new("HUB5160", "the {callback} callback failed (correlation id {correlation}): {reason}",
        "look at the exception in the log or in the message handler", RpcErrorCodes.InternalError, Retryable: false, "Internal error (correlation id {correlation})");

    public static readonly HubErrorDefinition CallbackAnswerInvalid = new("HUB5161", "the answer of the {callback} callback was not sent (correlation id {correlation}): {reason}",
        "correct the callback", RpcErrorCodes.InternalError, Retryable: false, "Internal error (correlation id {correlation})");

    public static readonly HubErrorDefinition TooManyCallbacks = new("HUB5162", "{count} requests of the server are being answered, which is the limit",
        "let callbacks end when their token fires", RpcErrorCodes.Overloaded, Retryable: true, "The client is answering {count} requests already, which is its limit");

    public static readonly HubErrorDefinition MessagesLost = new("HUB5163", "{count} messages of the server were lost: the handler is slower than the server",
        "do less in the logging callback and the message handler, or raise the log level", RpcErrorCodes.Overloaded, Retryable: false, "Messages were lost");

    public static readonly HubErrorDefinition SubscriptionLost = new("HUB5164", "the subscription was ended: {count} events waited to be read",
        "read faster, or listen again and read what was subscribed to anew", RpcErrorCodes.Overloaded, Retryable: true, "The subscription was lost");
}
