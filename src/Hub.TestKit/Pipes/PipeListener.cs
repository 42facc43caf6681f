using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace McpHub.Testing.Pipes;

/// <summary>Where the children of a server report.</summary>
internal sealed class PipeListener : IAsyncDisposable
{
    private readonly ScriptedServer _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly ConcurrentDictionary<PipeConnection, bool> _open = new();
    private readonly Task _accepting;

    public PipeListener(ScriptedServer server)
    {
        _server = server;
        _listener.Start();
        Command = RelayCommand.For(((IPEndPoint)_listener.LocalEndpoint).Port, _token, server.IsStubborn);
        _accepting = AcceptAsync();
    }

    public IReadOnlyList<string> Command { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting.ConfigureAwait(false);
        foreach (var connection in _open.Keys)
        {
            connection.Drop();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient child)
    {
        using (child)
        {
            child.NoDelay = true;
            // Anybody on this machine can connect; only our children know the token.
            var hello = new byte[_token.Length + 1];
            if (await child.GetStream().ReadAtLeastAsync(hello, hello.Length, throwOnEndOfStream: false).ConfigureAwait(false) < hello.Length || Encoding.ASCII.GetString(hello) != _token + "\n")
            {
                return;
            }

            var connection = new PipeConnection(_server, child);
            _open[connection] = true;
            await connection.RunAsync().ConfigureAwait(false);
            _open.TryRemove(connection, out _);
        }
    }
}
