using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition UnknownTool = new("HUB5101", "no server offers a tool named \"{name}\"",
        "list the tools and use a name from there", RpcErrorCodes.InvalidParams, Retryable: false, "Unknown tool: {name}");

    public static readonly HubErrorDefinition UnknownPrompt = new("HUB5102", "no server offers a prompt named \"{name}\"",
        "list the prompts and use a name from there", RpcErrorCodes.InvalidParams, Retryable: false, "Unknown prompt: {name}");

    public static readonly HubErrorDefinition UnknownResource = new("HUB5103", "no server offers the resource \"{uri}\"",
        "list the resources and templates", RpcErrorCodes.InvalidParams, Retryable: false, "Resource not found: {uri}");

    public static readonly HubErrorDefinition DeadlinePassed = new("HUB5104", "the server did not answer {method} within {seconds} s",
        "raise the timeout of the call or of the server", RpcErrorCodes.Deadline, Retryable: false, "Server \"{server}\" did not answer in time");

    public static readonly HubErrorDefinition CallCancelled = new("HUB5105", "the caller cancelled the call",
        "", RpcErrorCodes.RequestCancelled, Retryable: false, "The call was cancelled");

    public static readonly HubErrorDefinition TooManyInFlight = new("HUB5106", "{count} calls to this server are in flight, which is its limit",
        "wait for some to end, or raise the limit", RpcErrorCodes.Overloaded, Retryable: true, "Server \"{server}\" is busy");

    public static readonly HubErrorDefinition CapabilityMissing = new("HUB5107", "the server does not support {method}",
        "ask the server's capabilities first", RpcErrorCodes.MethodNotFound, Retryable: false, "Server \"{server}\" does not support {method}");

    public static readonly HubErrorDefinition InvalidCursor = new("HUB5108", "the cursor is unknown or belongs to an older list",
        "list again from the first page", RpcErrorCodes.InvalidParams, Retryable: false, "Invalid or expired cursor");

    public static readonly HubErrorDefinition HubDraining = new("HUB5109", "the hub is stopping",
        "connect again when it is back", RpcErrorCodes.Draining, Retryable: true, "The hub is stopping");

    public static readonly HubErrorDefinition InvalidArguments = new("HUB5110", "{reason}",
        "correct the arguments", RpcErrorCodes.InvalidParams, Retryable: false, "{reason}");

    public static readonly HubErrorDefinition UpstreamBusy = new("HUB5111", "the server did not take the request within {seconds} s: it has stopped reading",
        "look at the server: it may hang", RpcErrorCodes.Overloaded, Retryable: true, "Server \"{server}\" is busy");

    public static readonly HubErrorDefinition RequestTooLarge = new("HUB5112", "the request has more than {limit} bytes",
        "send less at once", RpcErrorCodes.TooLarge, Retryable: false, "The request is too large");

    public static readonly HubErrorDefinition UnknownMethod = new("HUB5114", "the method \"{method}\" is not known",
        "", RpcErrorCodes.MethodNotFound, Retryable: false, "Unknown method: {method}");

    public static readonly HubErrorDefinition AnswerUnreadable = new("HUB5120", "the answer cannot be read as {type}: {reason}",
        "report this to the author of the server; the answer passes through /mcp unchanged", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition SubscriptionRefused = new("HUB5121", "the server does not tell of changes of \"{uri}\"",
        "read the resource again when its content matters", RpcErrorCodes.InvalidParams, Retryable: false, "Server \"{server}\" does not tell of changes of this resource");

    // The one address that a client is told: the server means it for the user (contract 3.11, row -32042).
    public static readonly HubErrorDefinition UrlVisitNeeded = new("HUB5115", "the server asks the user to open {address} first",
        "open the address in a browser, then call again", RpcErrorCodes.InternalError, Retryable: false, "Server \"{server}\" needs the user to open {address} first, then call again");

    public static readonly HubErrorDefinition InputNotRelayed = new("HUB5116", "the server needs from its client: {capabilities}, which the hub does not relay",
        "connect to this server directly for this call", RpcErrorCodes.InternalError, Retryable: false, "Server \"{server}\" needs a client feature that the hub does not relay: {capabilities}");

    public static readonly HubErrorDefinition TooManyCallsAMinute = new("HUB5130", "this server was given {count} calls within a minute, which is its limit",
        "wait, or raise x-hub.limits.perMinute", RpcErrorCodes.Overloaded, Retryable: true, "Server \"{server}\" is busy");

    public static readonly HubErrorDefinition ResultTooLarge = new("HUB5131", "the answer has {bytes} bytes, and at most {limit} are taken from this server",
        "ask for less at once, or raise x-hub.limits.maxResultBytes", RpcErrorCodes.TooLarge, Retryable: false, "The answer of server \"{server}\" is too large");

    public static readonly HubErrorDefinition StructuredContentMissing = new("HUB5141", "the tool \"{tool}\" has an output schema, but its result has no structuredContent",
        "report this to the author of the server; OutputValidation.Warn or Off takes such results", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid result");

    public static readonly HubErrorDefinition StructuredContentInvalid = new("HUB5142", "the structuredContent of the tool \"{tool}\" does not fit its output schema: {reason}",
        "report this to the author of the server; OutputValidation.Warn or Off takes such results", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid result");

    public static readonly HubErrorDefinition InputRoundLimit = new("HUB5144", "{method} was not done after {rounds} rounds of input",
        "look at the server: it asks again and again", RpcErrorCodes.InputRounds, Retryable: false, "Server \"{server}\" asked for input too often");

    public static readonly HubErrorDefinition InputNotGiven = new("HUB5145", "the input \"{key}\" ({method}) that the server asked for was not given: {reason}",
        "look at the callback of that method", RpcErrorCodes.InternalError, Retryable: false, "An input that server \"{server}\" asked for was not given");

    public static readonly HubErrorDefinition InputRequired = new("HUB5146", "the server asks for input: {inputs}",
        "answer the requests, then call again with InputResponses and RequestState", RpcErrorCodes.InputRounds, Retryable: false, "Server \"{server}\" asks for input");

    public static readonly HubErrorDefinition OutputNotValidated = new("HUB5143", "the structuredContent of the tool \"{tool}\" cannot be validated: {reason}",
        "report this to the author of the server; OutputValidation.Warn or Off takes such results", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an output schema that cannot be used");
}
