using McpHub.Transports.Stdio;
using McpHub.Transports.StreamableHttp;
using McpHub.Transports.WebSocket;

namespace McpHub;

/// <summary>Makes the transports that come with Hub, each usable on its own.</summary>
public static class McpTransports
{
    /// <summary>A child process that speaks over its standard streams. It is started by the first materialisation.</summary>
    public static ITransport Stdio(StdioServerParameters server) => new StdioTransport(server);

    /// <summary>A server behind one URL, Streamable HTTP of both eras.</summary>
    public static ITransport StreamableHttp(StreamableHttpParameters server) => new StreamableHttpTransport(server);

    /// <summary>A server behind a WebSocket.</summary>
    public static ITransport WebSocket(WebSocketServerParameters server) => new WebSocketTransport(server);

    internal static ITransport Open(ServerParameters server) => server switch
    {
        StdioServerParameters stdio => Stdio(stdio),
        StreamableHttpParameters http => StreamableHttp(http),
        WebSocketServerParameters webSocket => WebSocket(webSocket),
        _ => server.OpenTransport() ?? throw new ArgumentException($"there is no transport for {server.GetType().Name}", nameof(server)),
    };
}
