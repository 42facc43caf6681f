using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition HostRefused = new("HUB6101", "the Host header does not name this hub",
        "use the URL that the hub prints", RpcErrorCodes.InvalidRequest, Retryable: false, "The Host header does not name this hub");

    public static readonly HubErrorDefinition OriginRefused = new("HUB6102", "the Origin header names a foreign web page",
        "call the hub from a program, or from a page that the hub itself serves", RpcErrorCodes.InvalidRequest, Retryable: false, "This Origin is not allowed");

    public static readonly HubErrorDefinition MethodNotAllowed = new("HUB6103", "HTTP {method} is not offered here",
        "send messages by POST", RpcErrorCodes.InvalidRequest, Retryable: false, "HTTP {method} is not offered here");

    public static readonly HubErrorDefinition NotAcceptable = new("HUB6104", "the Accept header must list {types}",
        "send Accept: application/json, text/event-stream", RpcErrorCodes.InvalidRequest, Retryable: false, "The Accept header must list {types}");

    public static readonly HubErrorDefinition UnsupportedMediaType = new("HUB6105", "{reason}",
        "send Content-Type: application/json without Content-Encoding", RpcErrorCodes.InvalidRequest, Retryable: false, "{reason}");

    public static readonly HubErrorDefinition MalformedMessage = new("HUB6106", "{reason}",
        "send one JSON-RPC 2.0 message", RpcErrorCodes.InvalidRequest, Retryable: false, "{reason}");

    public static readonly HubErrorDefinition BatchRefused = new("HUB6107", "{reason}",
        "send one message per POST", RpcErrorCodes.InvalidRequest, Retryable: false, "{reason}");

    public static readonly HubErrorDefinition HeaderMismatch = new("HUB6108", "header mismatch: {reason}",
        "make the MCP headers repeat what the body says", RpcErrorCodes.HeaderMismatch, Retryable: false, "Header mismatch: {reason}");

    public static readonly HubErrorDefinition MetaMissing = new("HUB6109", "params._meta must have {key}",
        "send protocolVersion and clientCapabilities with every request", RpcErrorCodes.InvalidParams, Retryable: false, "params._meta must have {key}");

    public static readonly HubErrorDefinition UnsupportedRevision = new("HUB6110", "protocol version {revision} is not supported",
        "use a version that the hub lists", RpcErrorCodes.InvalidRequest, Retryable: false, "Unsupported protocol version");

    public static readonly HubErrorDefinition UnexpectedResponse = new("HUB6111", "a response was posted, but the hub asked nothing",
        "post requests and notifications only", RpcErrorCodes.InvalidRequest, Retryable: false, "Responses are not accepted");

    public static readonly HubErrorDefinition SessionRequired = new("HUB6112", "the request needs one Mcp-Session-Id header",
        "send initialize first and repeat the session id of its answer", RpcErrorCodes.InvalidRequest, Retryable: false, "Mcp-Session-Id header required: initialize first");

    public static readonly HubErrorDefinition SessionUnknown = new("HUB6113", "the session is unknown or has ended",
        "send initialize again", RpcErrorCodes.InvalidRequest, Retryable: false, "Session not found: initialize again");

    public static readonly HubErrorDefinition DuplicateRequestId = new("HUB6114", "a request with this id is in flight",
        "use each id once per session", RpcErrorCodes.InvalidRequest, Retryable: false, "A request with this id is in flight");

    public static readonly HubErrorDefinition TooManyCalls = new("HUB6115", "{count} calls of this client are in flight, which is its limit",
        "wait for some to end", RpcErrorCodes.Overloaded, Retryable: true, "Too many calls are in flight");

    public static readonly HubErrorDefinition TooManySessions = new("HUB6116", "{count} client sessions are open, which is the limit",
        "end sessions with DELETE when they are no longer used", RpcErrorCodes.Overloaded, Retryable: true, "Too many sessions are open");

    public static readonly HubErrorDefinition TooManySubscriptions = new("HUB6117", "{count} subscriptions are open, which is the limit",
        "end subscriptions that are no longer used, or ask for more kinds in one", RpcErrorCodes.Overloaded, Retryable: true, "Too many subscriptions are open");

    public static readonly HubErrorDefinition HubOverloaded = new("HUB6118", "{count} calls are in flight in the whole hub, which is its limit",
        "wait for some to end", RpcErrorCodes.Overloaded, Retryable: true, "The hub is busy");

    public static readonly HubErrorDefinition TooManyResources = new("HUB6119", "{count} resources are subscribed to, which is the limit",
        "unsubscribe from resources that are no longer watched", RpcErrorCodes.Overloaded, Retryable: true, "Too many resources are subscribed to");
}
