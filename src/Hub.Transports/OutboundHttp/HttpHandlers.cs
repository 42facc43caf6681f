using System.Net.Sockets;

namespace McpHub.Transports.OutboundHttp;

/// <summary>The one place where HTTP connections to servers are made, WebSocket upgrades included.</summary>
internal static class HttpHandlers
{
    public static SocketsHttpHandler For(IRemoteServer server) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = !server.Url.IsLoopback,
        ConnectTimeout = server.ConnectTimeout,
        ConnectCallback = ConnectAsync,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = int.MaxValue,    // response streams hold theirs
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = null,
        // An aborted exchange must close its response, and not read the rest of it first.
        MaxResponseDrainSize = 4096,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A response stream may be silent for hours: only probes tell a quiet server from a dead host (contract 2, 3-25).
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
