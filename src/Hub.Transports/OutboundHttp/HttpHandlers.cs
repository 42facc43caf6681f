using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using McpHub.Transports.Credentials;

namespace McpHub.Transports.OutboundHttp;

/// <summary>The one place where HTTP connections to servers are made, WebSocket upgrades included.</summary>
internal static class HttpHandlers
{
    /// <summary>With the server's credentials on each request.</summary>
    public static HttpMessageHandler For(RemoteServerParameters server) => server.Auth is null ? WithoutCredentials(server) : new CredentialHandler(server, WithoutCredentials(server));

    public static SocketsHttpHandler WithoutCredentials(RemoteServerParameters server) => new()
    {
        SslOptions = server.Tls ?? new SslClientAuthenticationOptions(),
        AllowAutoRedirect = false,
        UseCookies = false,
        // Only what was asked for: a variable of the environment must not send a server's secrets through somebody else (contract 5, D-9).
        UseProxy = server.Proxy is not null,
        Proxy = server.Proxy is null ? null : new WebProxy(server.Proxy),
        MaxResponseHeadersLength = 32, // KiB
        ConnectTimeout = server.ConnectTimeout,
        ConnectCallback = (context, cancel) => ConnectAsync(server, context.DnsEndPoint, cancel),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = int.MaxValue,    // response streams hold theirs
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = null,
        // An aborted exchange must close its response, and not read the rest of it first.
        MaxResponseDrainSize = 4096,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
    };

    private static async ValueTask<Stream> ConnectAsync(RemoteServerParameters server, DnsEndPoint target, CancellationToken cancel)
    {
        var addresses = await AddressGuard.ResolveAsync(server, target.Host, cancel).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A response stream may be silent for hours: only probes tell a quiet server from a dead host (contract 2, 3-25).
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(addresses, target.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
