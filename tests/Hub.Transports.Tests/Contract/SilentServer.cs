using System.Net;
using System.Net.Sockets;

namespace McpHub.Transports.Tests.Contract;

/// <summary>Takes connections and never says a word.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SilentServer() => _listener.Start();

    public Uri Url => new($"http://{_listener.LocalEndpoint}/mcp");

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return default;
    }
}
