namespace McpHub;

/// <summary>A server behind a WebSocket: one JSON-RPC message per text message. MCP does not specify this transport; it is for servers that offer it all the same.</summary>
/// <param name="Url">The server's endpoint, ws or wss.</param>
public sealed record WebSocketServerParameters(Uri Url) : RemoteServerParameters(Url)
{
    /// <summary>The subprotocol that is offered.</summary>
    /// <value>Default <c>mcp</c>.</value>
    public string Subprotocol { get; init; } = "mcp";

    /// <summary>Whether a server that chooses no subprotocol is refused (<c>HUB2121</c>) or only reported. One that chooses another is refused in any case.</summary>
    /// <value>Default false.</value>
    public bool RequireSubprotocol { get; init; }

    /// <summary>A ping is sent so often, and its pong waited for as long; then the connection is lost.</summary>
    /// <value>Default 20 s.</value>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Largest message taken from the server. A larger one is dropped (<c>HUB2108</c>); one that still goes on at four times the limit ends the connection.</summary>
    /// <value>Default 16 MiB. From 1 KiB to 256 MiB.</value>
    public int MaxMessageBytes { get; init; } = 16 * 1024 * 1024;

    internal override void Validate()
    {
        Validate("a WebSocket server", Uri.UriSchemeWs, Uri.UriSchemeWss);
        Within(KeepAlive, "the keep-alive interval");
        if ((Headers.Count > 0 || Auth is not null) && Url.Scheme == Uri.UriSchemeWs && !Url.IsLoopback)
        {
            // Any header may be a credential (contract 2, 5-6).
            throw Invalid("headers and credentials are sent to another host over wss only");
        }

        if (!Transports.StreamableHttp.HttpHeaderNames.IsToken(Subprotocol))
        {
            throw Invalid("the subprotocol is not a token of letters, digits and !#$%&'*+-.^_`|~");
        }

        if (MaxMessageBytes is < 1024 or > 256 * 1024 * 1024)
        {
            throw Invalid("the largest message must be from 1 KiB to 256 MiB");
        }
    }
}
