using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using McpHub.TestSupport;
using McpHub.Transports.Stdio;

namespace McpHub.Transports.Tests.Contract;

/// <summary>A child process that joins its standard streams to a socket of the test.</summary>
public class StdioContract : TransportContract
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private StdioTransport _transport = null!;

    // A process each time; C-012 has its own thousand.
    protected override int Cycles => Long ? 1000 : 150;

    protected override int Openings => ChildProcess.Alive;

    protected override string CodeOfVanishing => "HUB2103";

    protected override Task<ITransport> CreateAsync()
    {
        _listener.Start();
        string[] cut = Seed is { } seed ? [$"{seed}"] : [];
        _transport = new StdioTransport(TestPeer.Server(["bridge", $"{((IPEndPoint)_listener.LocalEndpoint).Port}", .. cut]), maxLineBytes: SmallLimit);
        return Task.FromResult<ITransport>(_transport);
    }

    protected override ITransport CreateToTheSilent() => new StdioTransport(new StdioServerParameters("sh", "-c", "cat >/dev/null"));

    protected override async Task<IContractPeer> AcceptAsync() => new Peer(await _listener.AcceptSocketAsync().WaitAsync(Patience), _transport);

    /// <summary>A process that ends in its turn is reported with its exit code.</summary>
    protected override Task EndWasToldAsync(IContractPeer peer) => ItIsOver("HUB2103");

    protected override async Task CycleAsync()
    {
        Connect(new StdioTransport(new StdioServerParameters("cat")));
        await Say(Message("{\"n\":1}"));
        await NextText(Unasked);
        EndOutbound();
        await Transport.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    protected override void Dispose(bool disposing)
    {
        _listener.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Peer : IContractPeer
    {
        private readonly Socket _socket;
        private readonly StdioTransport _transport;
        private readonly StreamReader _lines;

        public Peer(Socket socket, StdioTransport transport)
        {
            socket.NoDelay = true;
            (_socket, _transport, _lines) = (socket, transport, new StreamReader(new NetworkStream(socket, ownsSocket: true)));
        }

        public Task SayAsync(ReadOnlyMemory<byte> utf8) => SendAsync([.. utf8.Span, (byte)'\n']);

        public Task MakeNoiseAsync() => SendAsync([.. "\r\n"u8, .. " \t\r\n"u8, .. "[INFO] still here\n"u8, .. "\n"u8]);

        public async Task<Heard> HearAsync() => new(await _lines.ReadLineAsync() ?? throw new IOException("the hub says no more"), SayAsync);

        public Task EndAsync()
        {
            _socket.Shutdown(SocketShutdown.Send);
            return Task.CompletedTask;
        }

        public void Vanish()
        {
            using var process = Process.GetProcessById(_transport.ProcessId!.Value);
            process.Kill();
        }

        public ValueTask DisposeAsync()
        {
            _lines.Dispose();
            return default;
        }

        private async Task SendAsync(byte[] bytes)
        {
            for (var at = 0; at < bytes.Length;)
            {
                at += await _socket.SendAsync(bytes.AsMemory(at));
            }
        }
    }
}

/// <summary>The same, with the stages that speak with a session themselves.</summary>
public sealed class DirectStdioContract : StdioContract
{
    protected override bool Direct => true;
}
