using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using McpHub.Faults;

namespace McpHub.Scenarios.Faults;

/// <summary>A relay over TCP between a hub and a server, which disturbs each connection as a seed says.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly IPEndPoint _server;
    private readonly int _seed;
    private readonly int _meanBytes;
    private readonly Task _accepting;

    public FaultProxy(Uri server, int seed, int meanBytes)
    {
        (_server, _seed, _meanBytes) = (new IPEndPoint(IPAddress.Loopback, server.Port), seed, meanBytes);
        _listener.Start();
        Url = new UriBuilder(server) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    /// <summary>The server's address, here.</summary>
    public Uri Url { get; }

    /// <summary>What befell how many connections.</summary>
    public ConcurrentDictionary<Disturbance, int> Seen { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var socket in _open.Keys)
        {
            socket.Dispose();
        }

        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                var hub = await _listener.AcceptSocketAsync();
                relays.Add(RelayAsync(hub, new DisturbedRelay(_seed + relays.Count, _meanBytes)));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(Socket hub, DisturbedRelay relay)
    {
        Seen.AddOrUpdate(relay.Kind, 1, (_, count) => count + 1);
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var isReset = true;
        try
        {
            _open[hub] = _open[server] = 0;
            (hub.NoDelay, server.NoDelay) = (true, true);
            await server.ConnectAsync(_server);
            await using var toHub = new NetworkStream(hub);
            await using var toServer = new NetworkStream(server);
            using var ends = relay;
            isReset = await relay.RunAsync((toHub, toHub), (toServer, toServer), () => hub.Shutdown(SocketShutdown.Send), () => server.Shutdown(SocketShutdown.Send));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or IOException)
        {
            // A side went away meanwhile; there is nobody to tell.
        }
        finally
        {
            if (isReset)
            {
                // Closed with nothing to linger for, a socket sends RST.
                foreach (var side in new[] { hub, server })
                {
                    try
                    {
                        side.LingerState = new LingerOption(true, 0);
                    }
                    catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                    {
                        // It is closed already.
                    }
                }
            }

            hub.Dispose();
            server.Dispose();
            _open.TryRemove(hub, out _);
            _open.TryRemove(server, out _);
        }
    }
}
