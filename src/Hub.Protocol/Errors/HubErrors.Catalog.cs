using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition DuplicateNames = new("HUB4101", "{names} already exist in the group's {kind}",
        "set a naming rule or a name hook, or disconnect the other server", RpcErrorCodes.InvalidParams, Retryable: false, "{names} already exist in the group's {kind}");

    public static readonly HubErrorDefinition NameHidden = new("HUB4102", "{kind} \"{name}\" of server \"{server}\" is hidden: server \"{other}\" already offers that name",
        "set the naming rule to auto or always (hub.naming.prefix, or Naming of a group)", RpcErrorCodes.InvalidParams, Retryable: false, "{kind} \"{name}\" is not available");

    public static readonly HubErrorDefinition CursorCycle = new("HUB4103", "{method} returned the same cursor again: the list was given up and the last good one kept",
        "report this to the author of the server", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid list");

    public static readonly HubErrorDefinition ListTooLong = new("HUB4104", "{method} has more than {limit} {unit}: the list was given up and the last good one kept",
        "ask the server for less", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave a list that is too long");

    public static readonly HubErrorDefinition ListFailed = new("HUB4105", "{method} failed: {reason}",
        "look at the server's log", RpcErrorCodes.UpstreamViolation, Retryable: true, "Server \"{server}\" could not list its items");

    public static readonly HubErrorDefinition ItemInvalid = new("HUB4106", "an item of {method} was left out: {reason}",
        "report this to the author of the server", RpcErrorCodes.UpstreamViolation, Retryable: false, "An item of server \"{server}\" is invalid");

    public static readonly HubErrorDefinition HookMadeDuplicates = new("HUB4108", "the name hook gives {names} to more than one of the server's {kind}",
        "let the hook keep the item's own name in what it returns", RpcErrorCodes.InvalidParams, Retryable: false, "{names} stand for more than one of the server's {kind}");

    public static readonly HubErrorDefinition NameHookFailed = new("HUB4107", "the name hook gave no name for {kind} \"{name}\": {reason}",
        "correct the hook; the item keeps its own name until it is listed anew", RpcErrorCodes.InternalError, Retryable: false, "{kind} \"{name}\" is not available");
}
