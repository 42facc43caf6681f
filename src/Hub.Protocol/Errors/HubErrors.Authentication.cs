using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591
public static partial class HubErrors
{
    public static readonly HubErrorDefinition Unauthorized = new("HUB3101", "the server answered HTTP {status} and asks for credentials{challenge}",
        "set the server's credentials (headers or x-hub.bearerToken)", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" needs credentials");

    public static readonly HubErrorDefinition CredentialsUnavailable = new("HUB3102", "the credentials for the server could not be had: {reason}",
        "look at what provides them", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" needs credentials");
}
