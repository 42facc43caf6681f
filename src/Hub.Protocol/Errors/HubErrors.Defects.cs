using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition Defect = new("HUB9001", "a defect of the hub: {reason}",
        "report this with the hub's log", RpcErrorCodes.InternalError, Retryable: false, "Internal error of the hub");
}
