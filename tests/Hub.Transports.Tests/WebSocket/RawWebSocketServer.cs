using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace McpHub.Transports.Tests.WebSocket;

/// <summary>Answers the upgrade by hand and leaves the bytes behind it to the test: for what a proper WebSocket server never does.</summary>
internal sealed class RawWebSocketServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public RawWebSocketServer(Func<Socket, CancellationToken, Task> script, string? subprotocol = "mcp")
    {
        _listener.Start();
        _running = RunAsync(script, subprotocol);
    }

    public Uri Url => new($"ws://{_listener.LocalEndpoint}/");

    /// <summary>How many sockets were opened.</summary>
    public int Connections { get; private set; }

    /// <summary>A frame of a server: not masked (RFC 6455, 5.2).</summary>
    public static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool final = true)
    {
        byte[] length = payload.Length switch
        {
            < 126 => [(byte)payload.Length],
            <= ushort.MaxValue => [126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        return [(byte)((final ? 0x80 : 0) | opcode), .. length, .. payload];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(Func<Socket, CancellationToken, Task> script, string? subprotocol)
    {
        List<Task> peers = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Connections++;
                peers.Add(ServeAsync(socket, script, subprotocol));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(peers);
        }
    }

    private async Task ServeAsync(Socket socket, Func<Socket, CancellationToken, Task> script, string? subprotocol)
    {
        using (socket)
        {
            try
            {
                var request = new StringBuilder();
                var buffer = new byte[4096];
                while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    request.Append(Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, _stop.Token)));
                }

                var key = request.ToString().Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
#pragma warning disable CA5350 // RFC 6455, 4.2.2 asks for SHA-1.
                var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
                var chosen = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
                await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{chosen}\r\n"), _stop.Token);
                await script(socket, _stop.Token);
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException)
            {
            }
        }
    }
}
