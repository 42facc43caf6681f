using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Akka;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;

namespace McpHub.Testing;

/// <summary>
/// A connection whose other end is the test: it sees every message the hub writes, in order, and says whatever it likes.
/// For what is below a <see cref="ScriptedServer"/>, which answers handshakes by itself: raw messages, HTTP exchanges and transport events, in memory.
/// </summary>
/// <param name="kind">Whether it is a channel, or each request has an exchange of its own as over HTTP.</param>
public sealed class ScriptedTransport(TransportKind kind = TransportKind.Channel) : ITransport
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<FrameBatch> _toHub = Channel.CreateUnbounded<FrameBatch>();
    private readonly Channel<OutboundFrame> _fromHub = Channel.CreateUnbounded<OutboundFrame>();
    private readonly TaskCompletionSource<TransportClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _gate;

    /// <inheritdoc/>
    public TransportKind Kind => kind;

    /// <summary>While true the transport takes messages from the hub but writes none: a server that has stopped reading.</summary>
    public bool StopsReading
    {
        get => _gate is not null;
        set
        {
            if (value)
            {
                _gate ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            else
            {
                Interlocked.Exchange(ref _gate, null)?.TrySetResult();
            }
        }
    }

    /// <inheritdoc/>
    public bool ConfirmsWrites => true;

    /// <summary>Whether the hub has closed it.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public Source<FrameBatch, NotUsed> Inbound => ChannelSource.FromReader(_toHub.Reader);

    /// <inheritdoc/>
    public Sink<OutboundFrame, NotUsed> Outbound => Flow.Create<OutboundFrame>()
        .SelectAsync(1, async frame =>
        {
            if (_gate is { } gate)
            {
                await gate.Task.ConfigureAwait(false);
            }

            if (!IsDisposed && (frame is not OutboundFrame.Message message || message.TryBegin()))
            {
                // Not awaited: unbounded, and completed only when nobody reads any more.
                _fromHub.Writer.TryWrite(frame);
            }

            return NotUsed.Instance;
        })
        .To(Sink.Ignore<NotUsed>());

    /// <inheritdoc/>
    public Task<TransportClosed> Closed => _closed.Task;

    /// <summary>The next message of the hub, which must have this method.</summary>
    /// <param name="method">The method; <c>null</c> = a response.</param>
    /// <exception cref="ScriptException">It is another one.</exception>
    public async Task<JsonElement> ExpectAsync(string? method)
    {
        var frame = await NextAsync().ConfigureAwait(false);
        var message = frame as OutboundFrame.Message ?? throw new ScriptException($"expected {method}, got {frame.GetType().Name}");
        var json = JsonDocument.Parse(message.Utf8).RootElement;
        if (message.Method != method)
        {
            throw new ScriptException($"expected {method ?? "a response"}, got {json}");
        }

        return json;
    }

    /// <summary>The next message of the hub, whatever it is.</summary>
    public async Task<JsonElement> NextMessageAsync(CancellationToken ct) =>
        JsonDocument.Parse(((OutboundFrame.Message)await _fromHub.Reader.ReadAsync(ct)).Utf8).RootElement;

    /// <summary>The next thing of the hub, which must be the abort of an exchange.</summary>
    /// <returns>The exchange.</returns>
    /// <exception cref="ScriptException">It is something else.</exception>
    public async Task<long> ExpectAbortAsync() => (await NextAsync().ConfigureAwait(false) as OutboundFrame.Abort ?? throw new ScriptException("expected an abort")).Exchange;

    /// <summary>True if the hub has written nothing that was not yet expected.</summary>
    public bool IsQuiet => _fromHub.Reader.Count == 0;

    /// <summary>Says something to the hub.</summary>
    /// <param name="json">The message.</param>
    /// <param name="exchange">HTTP: the request on whose response it comes.</param>
    public void Send(string json, long? exchange = null) => _toHub.Writer.TryWrite(FrameBatch.Of(new InboundEvent.Frame(Encoding.UTF8.GetBytes(json), exchange)));

    /// <summary>Reports anything else that a transport reports.</summary>
    /// <param name="reported">The event.</param>
    public void Report(InboundEvent reported) => Report(FrameBatch.Of(reported));

    /// <summary>Answers a request with a result.</summary>
    /// <param name="request">The request.</param>
    /// <param name="result">The result object, JSON.</param>
    public void Reply(JsonElement request, string result) =>
        Send($$"""{"jsonrpc":"2.0","id":{{request.GetProperty("id").GetRawText()}},"result":{{result}}}""", ExchangeOf(request));

    /// <summary>Answers a request with an error.</summary>
    /// <param name="request">The request.</param>
    /// <param name="code">The code.</param>
    /// <param name="message">The message.</param>
    /// <param name="data">The member <c>data</c>, JSON; <c>null</c> leaves it out.</param>
    public void ReplyError(JsonElement request, int code, string message = "no", string? data = null) =>
        Send($$$"""{"jsonrpc":"2.0","id":{{{request.GetProperty("id").GetRawText()}}},"error":{"code":{{{code.ToString(CultureInfo.InvariantCulture)}}},"message":"{{{message}}}"{{{(data is null ? "" : ",\"data\":" + data)}}}}}""", ExchangeOf(request));

    /// <summary>The connection breaks.</summary>
    /// <param name="error">Why.</param>
    public void Break(HubError error)
    {
        _closed.TrySetResult(new TransportClosed(error));
        _toHub.Writer.TryComplete(new HubException(error));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        StopsReading = false;
        _fromHub.Writer.TryComplete();
        _toHub.Writer.TryComplete();
        _closed.TrySetResult(new TransportClosed(Error: null));
        return default;
    }

    /// <summary>All that the hub writes, for a server that reads it as it comes.</summary>
    internal IAsyncEnumerable<OutboundFrame> WrittenAsync() => _fromHub.Reader.ReadAllAsync();

    internal void Report(FrameBatch batch) => _toHub.Writer.TryWrite(batch);

    /// <summary>The server ends: what it said before is still read.</summary>
    internal void Break(TransportClosed closed)
    {
        // First: the hub closes the transport when it has read to the end, and that would be a close on purpose.
        _closed.TrySetResult(closed);
        _toHub.Writer.TryComplete();
    }

    private long? ExchangeOf(JsonElement request) => kind == TransportKind.Http ? request.GetProperty("id").GetInt64() : null;

    private async Task<OutboundFrame> NextAsync() => await _fromHub.Reader.ReadAsync().AsTask().WaitAsync(Patience).ConfigureAwait(false);
}
