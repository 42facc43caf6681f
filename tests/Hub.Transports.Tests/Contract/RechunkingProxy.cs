using System.Net;
using System.Net.Sockets;
using McpHub.Faults;

namespace McpHub.Transports.Tests.Contract;

/// <summary>Relays connections to a server of the test; what the server says reaches the hub in pieces of its own making, heads and chunk sizes included.</summary>
internal sealed class RechunkingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _running;

    public RechunkingProxy(Uri server, int seed)
    {
        _listener.Start();
        Url = new UriBuilder(server) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _running = RunAsync(server.Port, seed);
    }

    /// <summary>The server's address, here.</summary>
    public Uri Url { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
    }

    private async Task RunAsync(int port, int seed)
    {
        List<Task> relays = [];
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(), port, seed == Rechunker.SingleBytes ? seed : seed + relays.Count));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(relays);
        }
    }

    // The end of one direction is the end of both: no test that is cut needs more.
    private static async Task RelayAsync(TcpClient hub, int port, int seed)
    {
        using (hub)
        {
            using var server = new TcpClient { NoDelay = true };
            hub.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, port);
            var (fromHub, fromServer) = (hub.GetStream(), server.GetStream());
            var (said, heard) = (Rechunker.CopyAsync(fromServer, fromHub, seed), fromHub.CopyToAsync(fromServer));
            await Task.WhenAny(said, heard);
            hub.Close();
            server.Close();
            await Task.WhenAll(said, heard).ContinueWith(ended => _ = ended.Exception, TaskScheduler.Default);
        }
    }
}
