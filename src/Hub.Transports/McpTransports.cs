using McpHub.Transports.Stdio;
using McpHub.Transports.Sse;
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

    /// <summary>A server that speaks HTTP+SSE, revision 2024-11-05.</summary>
    public static ITransport Sse(SseServerParameters server) => new SseTransport(server);

    /// <summary>A server behind a WebSocket.</summary>
    public static ITransport WebSocket(WebSocketServerParameters server) => new WebSocketTransport(server);

    internal static ITransport Open(ServerParameters server) => server switch
    {
        StdioServerParameters stdio => Stdio(stdio),
        StreamableHttpParameters http => StreamableHttp(http),
        SseServerParameters sse => Sse(sse),
        WebSocketServerParameters webSocket => WebSocket(webSocket),
        _ => server.OpenTransport() ?? throw new ArgumentException($"there is no transport for {server.GetType().Name}", nameof(server)),
    };

    /// <summary>For tables and logs, and <c>type</c> in hub.json.</summary>
    internal static string NameOf(ServerParameters server) => server switch { StdioServerParameters => "stdio", SseServerParameters => "sse", WebSocketServerParameters => "ws", StreamableHttpParameters => "http", _ => "transport" };

    /// <summary>The pinned era, or the only one that the transport can have.</summary>
    internal static Era? EraOf(ServerParameters server) => server is SseServerParameters ? Era.Legacy : server.Era;

    /// <summary>
    /// How else a server may be spoken to whose URL refuses the POST of <c>initialize</c> with 400, 404 or 405 (2025-11-25, transports, "Backwards Compatibility");
    /// <c>null</c> if there is no other way.
    /// </summary>
    internal static Func<ITransport>? Fallback(ServerParameters? server) => server is not StreamableHttpParameters { Era: not Era.Modern } http ? null : () => Sse(new SseServerParameters(http.Url)
    {
        Name = http.Name,
        Headers = http.Headers,
        Auth = http.Auth,
        ConnectTimeout = http.ConnectTimeout,
        Addresses = http.Addresses,
        Proxy = http.Proxy,
        Tls = http.Tls,
        EndpointTimeout = FallbackEndpointTimeout,
    });

    // A guess must not delay for long what is wrong with the URL as it was meant.
    private static readonly TimeSpan FallbackEndpointTimeout = TimeSpan.FromSeconds(5);
}
