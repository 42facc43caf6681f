using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>A raw socket that reads one request a connection and writes what the test wants, right or wrong.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public HostilePeer(Func<Socket, Task> answer)
    {
        _listener.Start();
        _running = RunAsync(answer);
    }

    public Uri Url => new($"http://{_listener.LocalEndpoint}/mcp");

    /// <summary>Bytes as they are, in one piece.</summary>
    public static async Task Send(Socket socket, string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Ends the connection with RST.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(Func<Socket, Task> answer)
    {
        List<Task> peers = [];
        try
        {
            while (true)
            {
                peers.Add(Serve(await _listener.AcceptSocketAsync(_stop.Token), answer));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(peers);
        }
    }

    private async Task Serve(Socket socket, Func<Socket, Task> answer)
    {
        using (socket)
        {
            var request = new StringBuilder();
            var buffer = new byte[4096];
            // The hub's requests in these tests end with "}".
            while (!request.ToString().EndsWith('}'))
            {
                var count = await socket.ReceiveAsync(buffer, _stop.Token);
                if (count == 0)
                {
                    return;
                }

                request.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }

            await answer(socket);
        }
    }
}
