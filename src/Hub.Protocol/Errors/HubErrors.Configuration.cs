using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition InvalidParameters = new("HUB1001", "{reason}",
        "correct the server's parameters", RpcErrorCodes.InvalidParams, Retryable: false, "Server \"{server}\" is misconfigured");
}
