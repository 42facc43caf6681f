using System.Net.WebSockets;
using System.Threading.Channels;
using McpHub.Transports.Tests.StreamableHttp;
using McpHub.Transports.Tests.WebSocket;
using McpHub.Transports.WebSocket;
using Microsoft.AspNetCore.Http;
using Socket = System.Net.WebSockets.WebSocket;

namespace McpHub.Transports.Tests.Contract;

/// <summary>One text message is one message. When the bytes are cut, messages are too.</summary>
public sealed class WebSocketContract : TransportContract
{
    private readonly Channel<Peer> _accepted = Channel.CreateUnbounded<Peer>();
    private ScriptedHttpServer? _server;

    protected override bool DiesOfBrokenText => true;    // RFC 6455, 8.1

    protected override int Openings => _server?.Requests.Count ?? 0;

    protected override async Task<ITransport> CreateAsync()
    {
        _server ??= Using(await ScriptedHttpServer.StartAsync(async (http, _) =>
        {
            var peer = new Peer(await http.WebSockets.AcceptWebSocketAsync("mcp"), http, Seed);
            await _accepted.Writer.WriteAsync(peer);
            await Task.WhenAny(peer.Over, http.UntilAborted());
        }));
        return Create(Seed is { } seed ? Using(new RechunkingProxy(_server.Url, seed)).Url : _server.Url);
    }

    protected override ITransport CreateToTheSilent() => Create(Using(new SilentServer()).Url);

    protected override async Task<IContractPeer> AcceptAsync() => await _accepted.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    protected override Task EndWasToldAsync(IContractPeer peer) => ItIsOver(code: null);

    private static WebSocketTransport Create(Uri url) => new(new WebSocketServerParameters(new UriBuilder(url) { Scheme = "ws" }.Uri) { MaxMessageBytes = SmallLimit });

    private sealed class Peer(Socket socket, HttpContext http, int? seed) : IContractPeer
    {
        private readonly Random? _cuts = seed is { } given ? new Random(given) : null;
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _turn = new(1);
        private readonly SemaphoreSlim _listening = new(1);

        public Task Over => _over.Task;

        public async Task SayAsync(ReadOnlyMemory<byte> utf8)
        {
            await _turn.WaitAsync();
            try
            {
                while (true)
                {
                    var length = _cuts is null ? utf8.Length : Math.Min(utf8.Length, _cuts.Next(3) * _cuts.Next(1, 100));    // an empty fragment is one too
                    await socket.SendAsync(utf8[..length], WebSocketMessageType.Text, length == utf8.Length, default);
                    if (length == utf8.Length)
                    {
                        return;
                    }

                    utf8 = utf8[length..];
                }
            }
            finally
            {
                _turn.Release();
            }
        }

        public Task MakeNoiseAsync() => socket.SendAsync(new byte[] { 1, 2, 3 }.AsMemory(), WebSocketMessageType.Binary, true, default).AsTask();

        public async Task<Heard> HearAsync()
        {
            await _listening.WaitAsync();
            try
            {
                return new(await socket.NextText() ?? throw new IOException("the hub says no more"), SayAsync);
            }
            finally
            {
                _listening.Release();
            }
        }

        public Task EndAsync() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", default);

        public void Vanish() => http.Abort();

        // A close is answered, or the other side waits for that.
        public ValueTask DisposeAsync()
        {
            _ = AnswerCloseAsync();
            return default;
        }

        private async Task AnswerCloseAsync()
        {
            await _listening.WaitAsync();
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
                {
                    await socket.Drain();
                }

                if (socket.State == WebSocketState.CloseReceived)
                {
                    await EndAsync();
                }
            }
            catch (Exception gone) when (IsGone(gone))
            {
                // It did not wait.
            }
            finally
            {
                _listening.Release();
                _over.TrySetResult();
            }
        }
    }
}
