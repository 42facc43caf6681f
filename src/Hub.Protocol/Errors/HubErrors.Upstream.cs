using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Errors;

#pragma warning disable CS1591 // The message of each entry is its documentation; docs/errors.md is made from it.
public static partial class HubErrors
{
    public static readonly HubErrorDefinition SpawnFailed = new("HUB2101", "cannot start \"{command}\" in \"{cwd}\": {reason} (PATH used: {path})",
        "check the command, its working directory and the PATH", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" cannot be started");

    public static readonly HubErrorDefinition ServerExited = new("HUB2103", "the server process ended ({exit})",
        "run its command by hand and read what it prints", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" is restarting");

    public static readonly HubErrorDefinition HandshakeTimeout = new("HUB2104", "the server did not answer {method} within {seconds} s",
        "run its command by hand and see whether it speaks MCP on standard output", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" is not answering");

    public static readonly HubErrorDefinition ConnectFailed = new("HUB2105", "cannot connect to the server: {reason}",
        "check the URL and that the server is running", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" cannot be reached");

    public static readonly HubErrorDefinition HttpStatus = new("HUB2106", "the server answered HTTP {status}{excerpt}",
        "check the URL, the credentials and the server's log", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" refused the request");

    public static readonly HubErrorDefinition UpstreamViolation = new("HUB2107", "the server broke the protocol: {reason}",
        "report this to the author of the server", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition FrameTooLarge = new("HUB2108", "the server sent a message of more than {limit} bytes",
        "ask the server for less at once", RpcErrorCodes.TooLarge, Retryable: false, "The answer of server \"{server}\" is too large");

    public static readonly HubErrorDefinition NoCommonRevision = new("HUB2109", "no protocol revision in common: the server speaks {serverRevisions}, the hub speaks {hubRevisions}",
        "update the server or pin x-hub.era", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" speaks an unknown protocol revision");

    public static readonly HubErrorDefinition ConnectionLost = new("HUB2110", "the connection to the server was lost: {reason}",
        "the hub reconnects by itself; try again", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" is restarting");

    public static readonly HubErrorDefinition OutcomeUnknown = new("HUB2111", "the connection ended after the request was sent and before its answer came: {reason}",
        "the server may have run it: check before you send it again", RpcErrorCodes.OutcomeUnknown, Retryable: false, "Server \"{server}\" stopped before it answered: the outcome is unknown");

    public static readonly HubErrorDefinition ServerNotReady = new("HUB2112", "the server is {state}{reason}",
        "try again later, or look at its state with hub status", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition ServerDisconnected = new("HUB2113", "the server was disconnected from the hub",
        "connect it again", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" was disconnected");

    public static readonly HubErrorDefinition PeerAnsweredError = new("HUB2114", "the server answered with error {code}: {message}",
        "", RpcErrorCodes.InternalError, Retryable: false, "{message}");

    public static readonly HubErrorDefinition TransportUsedTwice = new("HUB2115", "this transport already carries a connection",
        "make a new one: a transport is one connection", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition TransportDiedOnProbe = new("HUB2116", "the transport ended on the era probe, and a borrowed transport cannot be opened again",
        "pin the era, or connect from parameters", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition StrayLine = new("HUB2117", "the server wrote a line that is no JSON-RPC message: {excerpt}",
        "make the server log to standard error: standard output is for messages only", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition UnfinishedLine = new("HUB2118", "the server's output ended in the middle of a line, after {bytes} bytes of it",
        "the server died while it was writing: look at what it wrote to standard error", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition ProcessAbandoned = new("HUB2119", "the server process {pid} did not end after SIGKILL and was given up",
        "look at the process: it hangs in the kernel, on a device or a network file system", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition RestartsUsedUp = new("HUB2130", "the server was given up after {attempts} failures in a row: {reason}",
        "mend the server, then start the hub again; x-hub.restart.attempts says how often it is tried", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition BinaryMessage = new("HUB2120", "the server sent a binary WebSocket message of {bytes} bytes",
        "MCP over WebSocket uses text messages: report this to the author of the server", RpcErrorCodes.UpstreamViolation, Retryable: false, "Server \"{server}\" gave an invalid answer");

    public static readonly HubErrorDefinition NoSubprotocol = new("HUB2121", "the server chose no WebSocket subprotocol although \"{subprotocol}\" was offered",
        "check that the URL is an MCP endpoint", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition EndpointOriginMismatch = new("HUB2122", "the server wants its messages at {endpoint}, which is another origin than its URL",
        "if that is right, allow it with AllowedOrigins, or set the URL with MessageUrl (x-hub.messageUrl)", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition AddressNotAllowed = new("HUB2131", "the host {host} has an address that is not allowed for this server",
        "use a host with public addresses only, or allow the others for this server", RpcErrorCodes.Unavailable, Retryable: false, "Server \"{server}\" is not available");

    public static readonly HubErrorDefinition SessionForgotten = new("HUB2132", "the server no longer knows the session",
        "call again; if it happens often, the server keeps its sessions too short or has several instances that do not share them", RpcErrorCodes.Unavailable, Retryable: true, "Server \"{server}\" is not available");
}
