using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Akka;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;

namespace McpHub.TestSupport;

/// <summary>
/// A connection whose other end is the test: it sees every message the hub writes, in order, and says whatever it likes.
/// For what needs virtual time or an order that no real peer can be made to keep; everything else runs over real pipes and sockets.
/// </summary>
public sealed class ScriptedTransport(TransportKind kind = TransportKind.Channel) : ITransport
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<FrameBatch> _toHub = Channel.CreateUnbounded<FrameBatch>();
    private readonly Channel<OutboundFrame> _fromHub = Channel.CreateUnbounded<OutboundFrame>();
    private readonly TaskCompletionSource<TransportClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TransportKind Kind => kind;

    /// <summary>While true the transport takes messages from the hub but writes none: a server that has stopped reading.</summary>
    public bool StopsReading { get; set; }

    public bool ConfirmsWrites => true;

    public bool IsDisposed { get; private set; }

    public Source<FrameBatch, NotUsed> Inbound => ChannelSource.FromReader(_toHub.Reader);

    public Sink<OutboundFrame, NotUsed> Outbound => Flow.Create<OutboundFrame>()
        .SelectAsync(1, async frame =>
        {
            if (StopsReading)
            {
                await _gate.Task;
            }

            if (!IsDisposed && (frame is not OutboundFrame.Message message || message.TryBegin()))
            {
                await _fromHub.Writer.WriteAsync(frame);
            }

            return NotUsed.Instance;
        })
        .To(Sink.Ignore<NotUsed>());

    public Task<TransportClosed> Closed => _closed.Task;

    /// <summary>The next message of the hub, which must have this method (<c>null</c> = a response).</summary>
    public async Task<JsonElement> ExpectAsync(string? method)
    {
        var frame = await NextAsync();
        var message = frame as OutboundFrame.Message ?? throw new InvalidOperationException($"expected {method}, got {frame.GetType().Name}");
        var json = JsonDocument.Parse(message.Utf8).RootElement;
        if (message.Method != method)
        {
            throw new InvalidOperationException($"expected {method ?? "a response"}, got {json}");
        }

        return json;
    }

    /// <summary>The next message of the hub, whatever it is.</summary>
    public async Task<JsonElement> NextMessageAsync(CancellationToken ct) =>
        JsonDocument.Parse(((OutboundFrame.Message)await _fromHub.Reader.ReadAsync(ct)).Utf8).RootElement;

    /// <summary>The next thing of the hub, which must be the abort of an exchange.</summary>
    public async Task<long> ExpectAbortAsync() => (await NextAsync() as OutboundFrame.Abort ?? throw new InvalidOperationException("expected an abort")).Exchange;

    /// <summary>True if the hub has written nothing that was not yet expected.</summary>
    public bool IsQuiet => _fromHub.Reader.Count == 0;

    public void Send(string json, long? exchange = null) => _toHub.Writer.TryWrite(FrameBatch.Of(new InboundEvent.Frame(Encoding.UTF8.GetBytes(json), exchange)));

    public void Report(InboundEvent reported) => _toHub.Writer.TryWrite(FrameBatch.Of(reported));

    public void Reply(JsonElement request, string result) =>
        Send($$"""{"jsonrpc":"2.0","id":{{request.GetProperty("id").GetRawText()}},"result":{{result}}}""", ExchangeOf(request));

    public void ReplyError(JsonElement request, int code, string message = "no", string? data = null) =>
        Send($$$"""{"jsonrpc":"2.0","id":{{{request.GetProperty("id").GetRawText()}}},"error":{"code":{{{code.ToString(CultureInfo.InvariantCulture)}}},"message":"{{{message}}}"{{{(data is null ? "" : ",\"data\":" + data)}}}}}""", ExchangeOf(request));

    /// <summary>The connection breaks.</summary>
    public void Break(HubError error)
    {
        _toHub.Writer.TryComplete(new HubException(error));
        _closed.TrySetResult(new TransportClosed(error));
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _gate.TrySetResult();
        _toHub.Writer.TryComplete();
        _closed.TrySetResult(new TransportClosed(Error: null));
        return default;
    }

    private long? ExchangeOf(JsonElement request) => kind == TransportKind.Http ? request.GetProperty("id").GetInt64() : null;

    private async Task<OutboundFrame> NextAsync() => await _fromHub.Reader.ReadAsync().AsTask().WaitAsync(Patience);
}
