using System.Collections.Concurrent;
using System.Threading.Channels;
using McpHub.Transports.StreamableHttp;
using McpHub.Transports.Tests.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.Contract;

/// <summary>What transports over HTTP have in common: a response on which the peer speaks unasked, and POSTs that it answers when it is asked what it heard.</summary>
public abstract class HttpContract : TransportContract
{
    private readonly Channel<Voice> _voices = Channel.CreateUnbounded<Voice>();
    private readonly Channel<Heard> _heard = Channel.CreateBounded<Heard>(1);
    private readonly ConcurrentDictionary<HttpContext, byte> _open = new();
    private ScriptedHttpServer? _server;

    protected override int? MessageLimit => HttpConnection.MaxFrameBytes;

    protected override bool KeepsOrderOfWrites => false;

    protected override int Openings => _server?.Requests.Count ?? 0;

    protected override int OpeningsOfACall => 1;

    protected abstract ITransport Create(Uri url);

    /// <summary>Deals with one request of the hub.</summary>
    protected abstract Task ServeAsync(HttpContext http, SeenRequest request);

    protected override async Task<ITransport> CreateAsync()
    {
        _server ??= Using(await ScriptedHttpServer.StartAsync(async (http, request) =>
        {
            _open[http] = 0;
            try
            {
                await ServeAsync(http, request);
            }
            finally
            {
                _open.TryRemove(http, out _);
            }
        }));
        return Create(Seed is { } seed ? Using(new RechunkingProxy(_server.Url, seed)).Url : _server.Url);
    }

    protected override ITransport CreateToTheSilent() => Create(Using(new SilentServer()).Url);

    protected override async Task<IContractPeer> AcceptAsync()
    {
        var peer = new Peer(this);
        await peer.SpeakAnewAsync();
        return peer;
    }

    /// <summary>The peer speaks on another response than before.</summary>
    protected static Task SpeaksAnew(IContractPeer peer) => ((Peer)peer).SpeakAnewAsync();

    /// <summary>The response on which the peer speaks from now on.</summary>
    protected async Task SpeakOn(HttpContext http, string greeting)
    {
        await http.Events(greeting);
        var voice = new Voice(http.Response.Body, http.RequestAborted);
        await _voices.Writer.WriteAsync(voice);
        await Task.WhenAny(http.UntilAborted(), voice.Ended.Task);
    }

    /// <summary>Lets the test hear the message, and answers a request as it says: one kind of answer, then the other.</summary>
    protected async Task HearOn(HttpContext http, SeenRequest request)
    {
        if (!request.Text.Contains("\"id\":", StringComparison.Ordinal))
        {
            await _heard.Writer.WriteAsync(new Heard(request.Text, _ => throw new InvalidOperationException("that is no request")), http.RequestAborted);
            http.Response.StatusCode = 202;
            return;
        }

        var (answered, written) = (new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await _heard.Writer.WriteAsync(new Heard(request.Text, answer =>
        {
            answered.SetResult(answer);
            return written.Task;
        }), http.RequestAborted);
        try
        {
            var answer = await answered.Task.WaitAsync(http.RequestAborted);
            await (long.Parse(IdOf(request), null) % 2 == 0 ? http.Json(answer.ToArray()) : http.Events($"data: {System.Text.Encoding.UTF8.GetString(answer.Span)}\n\n"));
        }
        finally
        {
            written.SetResult();
        }
    }

    /// <summary>Lets the test hear the message, and accepts it; the answer comes on the one stream.</summary>
    protected async Task AcceptOn(HttpContext http, SeenRequest request, Func<ReadOnlyMemory<byte>, Task> answerAsync)
    {
        await _heard.Writer.WriteAsync(new Heard(request.Text, answerAsync), http.RequestAborted);
        http.Response.StatusCode = 202;
    }

    /// <summary>A response that stays open. Taken while the request lives: its context is not to be asked afterwards.</summary>
    private sealed record Voice(Stream Body, CancellationToken Gone)
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Peer(HttpContract contract) : IContractPeer
    {
        private readonly SemaphoreSlim _turn = new(1);
        private readonly CancellationTokenSource _over = new();
        private Voice _voice = null!;

        public async Task SpeakAnewAsync() => _voice = await contract._voices.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public Task SayAsync(ReadOnlyMemory<byte> utf8) => WriteAsync([.. "data: "u8, .. utf8.Span, .. "\n\n"u8]);

        public Task MakeNoiseAsync() => WriteAsync("\n\n: a comment\n\nevent: other\ndata: x\n\nretry: 100\n\ndata:\n\nunknown: field\n\nevent: message\n\r\n"u8.ToArray());

        public async Task<Heard> HearAsync() => await contract._heard.Reader.ReadAsync(_over.Token);

        public Task EndAsync()
        {
            _voice.Ended.TrySetResult();
            return Task.CompletedTask;
        }

        public void Vanish()
        {
            foreach (var http in contract._open.Keys)
            {
                try
                {
                    http.Abort();
                }
                catch (ObjectDisposedException)
                {
                    // It has just ended by itself.
                }
            }
        }

        // Its responses end when the hub goes away from them.
        public ValueTask DisposeAsync() => new(_over.CancelAsync());

        private async Task WriteAsync(byte[] bytes)
        {
            await _turn.WaitAsync();
            try
            {
                _voice.Gone.ThrowIfCancellationRequested();
                await _voice.Body.WriteAsync(bytes, _voice.Gone);
                await _voice.Body.FlushAsync(_voice.Gone);
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
