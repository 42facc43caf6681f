using System.Net;
using System.Net.WebSockets;
using Akka;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.Transports.Credentials;
using McpHub.Transports.OutboundHttp;
using McpHub.Transports.StreamableHttp;
using Websocket.Client;
using Socket = System.Net.WebSockets.WebSocket;

namespace McpHub.Transports.WebSocket;

/// <summary>
/// A connection over a WebSocket (contract 2.5): one text message is one frame. One socket only: a lost one is replaced by a new transport with a new handshake, never by the
/// library, so that nothing is replayed ahead of <c>initialize</c>.
/// </summary>
internal sealed class WebSocketTransport : ITransport, IFrameOrigin, IWebSocketGuard
{
    /// <summary>How many bytes may wait for the session before the socket is not read any more; one message may pass it.</summary>
    internal const int MaxQueuedBytes = 1024 * 1024;

    // What a message costs at least, so that a flood of empty ones is bounded too.
    private const int MessageCost = 256;

    private static readonly TimeSpan FlushLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly WebSocketServerParameters _server;
    private readonly TimeProvider _time;
    private readonly WebsocketClient _client;
    private readonly HttpMessageInvoker _http;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<Socket> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outboundDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TransportClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClientWebSocket? _dialled;
    private IReadOnlyDictionary<string, string> _sent = new Dictionary<string, string>();
    private GuardedWebSocket? _socket;
    private TransportClosed? _end;
    private TaskCompletionSource? _room;
    private Task? _running;
    private Task? _closing;
    private long _queued;
    private bool _writerTaken;
    private bool _endless;

    public WebSocketTransport(WebSocketServerParameters server, TimeProvider? time = null, TimeSpan? upgradeLimit = null)
    {
        server.Validate();
        (_server, _time) = (server, time ?? TimeProvider.System);
        _http = new HttpMessageInvoker(HttpHandlers.WithoutCredentials(server));
        _client = Client(server.Url, upgradeLimit ?? TimeSpan.FromSeconds(30), DialAsync);
        _client.MessageReceived.Subscribe(OnMessage);
        Inbound = Source.FromGraph(new FrameSource(this)).Select(Taken);
        Outbound = Sink.FromGraph(new WebSocketOutboundStage(this));
    }

    public TransportKind Kind => TransportKind.Channel;

    public bool ConfirmsWrites => true;

    public Source<FrameBatch, NotUsed> Inbound { get; }

    public Sink<OutboundFrame, NotUsed> Outbound { get; }

    public Task<TransportClosed> Closed => _closed.Task;

    public FrameOutput Output { get; } = new(capacity: 2 * MaxQueuedBytes / MessageCost);

    /// <summary>The open socket; fails with the connect error.</summary>
    internal Task<Socket> Started => _started.Task;

    /// <summary>Completes when nothing can be written any more.</summary>
    internal Task Ending => _ending.Task;

    /// <summary>What waits for the session, in bytes.</summary>
    internal long Queued => Volatile.Read(ref _queued);

    public ValueTask DisposeAsync() => new(CloseAsync());

    public void ClaimInbound()
    {
        lock (_gate)
        {
            if (_running is not null || _closing is not null)
            {
                throw UsedTwice();
            }

            _running = Task.Run(RunAsync);
        }
    }

    public void Stopped() => _ = CloseAsync();

    ValueTask IWebSocketGuard.RoomAsync(CancellationToken cancel) => Queued < MaxQueuedBytes ? default : WaitForRoomAsync(cancel);

    void IWebSocketGuard.OnTooLarge()
    {
        _endless = true;
        Queue(new InboundEvent.Rejected(TooLarge()));
    }

    void IWebSocketGuard.OnEnded(Exception? failure)
    {
        var (code, text) = (_dialled?.CloseStatus, _dialled?.CloseStatusDescription);
        var reason = failure is not null ? Reason(failure)
            // Contract 2, 5-7: 1000 and 1001 are how a connection ends that has done its work.
            : code is WebSocketCloseStatus.NormalClosure or WebSocketCloseStatus.EndpointUnavailable ? null
            : $"the server closed the WebSocket with code {(int?)code ?? 1005}{(string.IsNullOrEmpty(text) ? "" : ": " + HttpFailures.Excerpt(System.Text.Encoding.UTF8.GetBytes(text)))}";
        End(failure is not null && _endless ? TooLarge() : reason is null ? null : Lost(reason), (int?)code);
    }

    /// <summary>A new client of the library with everything turned off by which it acts on its own.</summary>
    /// <remarks>
    /// Its defaults break MCP: a minute without a message is taken for a loss, a lost socket is replaced without back-off and without a handshake, a failed first connect is
    /// tried again in silence. No logger: it logs messages in full.
    /// </remarks>
    internal static WebsocketClient Client(Uri url, TimeSpan upgradeLimit, Func<Uri, CancellationToken, Task<Socket>> dial) => new(url, logger: null, dial)
    {
        IsReconnectionEnabled = false,
        ReconnectTimeout = null,
        ErrorReconnectTimeout = null,
        LostReconnectTimeout = null,
        ConnectTimeout = upgradeLimit,
        IsTextMessageConversionEnabled = false,
    };

    /// <summary>Takes the writing side. False if it was taken before.</summary>
    internal bool TryTakeWriter()
    {
        lock (_gate)
        {
            var free = !_writerTaken;
            _writerTaken = true;
            return free;
        }
    }

    internal InvalidOperationException UsedTwice()
    {
        var error = Make(HubErrors.TransportUsedTwice, Delivery.NotSent);
        return new InvalidOperationException(error.Message, HubException.From(error));
    }

    internal void OutboundStopped() => _outboundDone.TrySetResult();

    internal void WriteFailed(Exception failure) => End(Lost($"writing to the WebSocket failed: {Reason(failure)}"), closeCode: null);

    /// <summary>Everything was written and the owner completed the writing side: the server learns it by a close message.</summary>
    internal void CloseOutput(Socket socket) => _ = CloseOutputAsync(socket);

    private async Task CloseOutputAsync(Socket socket)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            WriteFailed(failure);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await _client.StartOrFail().ConfigureAwait(false);
            _started.TrySetResult(_socket!);
        }
        catch (Exception failure)
        {
            FailToStart(failure);
        }
    }

    private void FailToStart(Exception failure)
    {
        var onPurpose = _closing is not null;
        var error = onPurpose ? Lost("the connection was closed") : ConnectError((failure as Websocket.Client.Exceptions.WebsocketException)?.InnerException ?? failure);
        var reported = HubException.From(error, failure);
        _started.TrySetException(reported);
        _ = _started.Task.Exception;    // a transport without a writer has nobody who looks at it
        Output.Complete(onPurpose ? null : reported);
        End(onPurpose ? null : error, closeCode: null);
    }

    private async Task<Socket> DialAsync(Uri url, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        _dialled = socket;
        socket.Options.AddSubProtocol(_server.Subprotocol);
        socket.Options.CollectHttpResponseDetails = true;
        // Without an own limit for the pong a dead peer would never be noticed.
        socket.Options.KeepAliveInterval = socket.Options.KeepAliveTimeout = _server.KeepAlive;
        _sent = _server.Auth is null ? _server.Headers
            : _server.Headers.Concat(await CredentialHandler.HeadersAsync(_server, cancel).ConfigureAwait(false)).GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase).ToDictionary(same => same.Key, same => same.Last().Value);
        foreach (var (name, value) in _sent)
        {
            socket.Options.SetRequestHeader(name, value);
        }

        await socket.ConnectAsync(url, _http, cancel).ConfigureAwait(false);
        if (string.IsNullOrEmpty(socket.SubProtocol))
        {
            var none = Make(HubErrors.NoSubprotocol, Delivery.NotSent, ("subprotocol", _server.Subprotocol));
            if (_server.RequireSubprotocol)
            {
                socket.Abort();
                throw HubException.From(none);
            }

            Queue(new InboundEvent.Rejected(none));
        }

        return _socket = new GuardedWebSocket(socket, _server.MaxMessageBytes, this);
    }

    private HubError ConnectError(Exception failure)
    {
        if (failure is HubException known)
        {
            return known.Error;
        }

        var status = _dialled?.HttpStatusCode ?? 0;
        if (status == HttpStatusCode.SwitchingProtocols)
        {
            return HttpFailures.Violation(_server.Name, $"its WebSocket upgrade is invalid: {failure.Message}", Delivery.NotSent);
        }

        if (status == 0)
        {
            return failure is OperationCanceledException
                ? Make(HubErrors.ConnectFailed, Delivery.NotSent, ("reason", "the WebSocket upgrade was not answered in time"))
                : HttpFailures.Broken(_server.Name, failure is WebSocketException { InnerException: { } inner } ? inner : failure, sent: false);
        }

        using var response = new HttpResponseMessage(status) { RequestMessage = new HttpRequestMessage() };
        foreach (var (name, values) in _dialled!.HttpResponseHeaders ?? new Dictionary<string, IEnumerable<string>>())
        {
            response.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (name, value) in _sent)
        {
            response.RequestMessage.Headers.TryAddWithoutValidation(name, value);
        }

        return HttpFailures.Status(_server.Name, response, [], _time.GetUtcNow()) with { Delivery = Delivery.NotSent };
    }

    private void OnMessage(ResponseMessage message)
    {
        var utf8 = message.Binary ?? [];
        if (_socket!.LastDropped)
        {
            _endless = false;
        }
        else if (_socket.LastType == WebSocketMessageType.Text)
        {
            Queue(new InboundEvent.Frame(utf8), utf8.Length);
        }
        else
        {
            Queue(new InboundEvent.Rejected(Make(HubErrors.BinaryMessage, Delivery.Answered, ("bytes", utf8.Length))));
        }
    }

    private void Queue(InboundEvent happened, int bytes = 0)
    {
        Interlocked.Add(ref _queued, bytes + MessageCost);
        Output.Offer(FrameBatch.Of(happened));
    }

    private FrameBatch Taken(FrameBatch batch)
    {
        long bytes = 0;
        foreach (var happened in batch.Events)
        {
            bytes += MessageCost + (happened is InboundEvent.Frame frame ? frame.Utf8.Length : 0);
        }

        if (Interlocked.Add(ref _queued, -bytes) < MaxQueuedBytes)
        {
            TaskCompletionSource? room;
            lock (_gate)
            {
                (room, _room) = (_room, null);
            }

            room?.TrySetResult();
        }

        return batch;
    }

    private ValueTask WaitForRoomAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (Queued < MaxQueuedBytes)
            {
                return default;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task.WaitAsync(cancel));
        }
    }

    private void End(HubError? error, int? closeCode)
    {
        lock (_gate)
        {
            // The first cause counts; what breaks after the owner closed is of no interest.
            _end ??= new TransportClosed(_closing is null ? error : null) { CloseCode = closeCode };
        }

        _ending.TrySetResult();
        Output.Complete();
    }

    private Task CloseAsync()
    {
        lock (_gate)
        {
            return _closing ??= Task.Run(CloseOnceAsync);
        }
    }

    private async Task CloseOnceAsync()
    {
        if (_running is { } running)
        {
            if (_started.Task.IsCompletedSuccessfully)
            {
                await PoliteEndAsync().ConfigureAwait(false);
            }

            _client.Dispose();
            await running.ConfigureAwait(false);
        }

        _dialled?.Abort();
        _client.Dispose();
        _http.Dispose();
        End(error: null, closeCode: null);
        _closed.TrySetResult(_end!);
    }

    private async Task PoliteEndAsync()
    {
        if (_writerTaken)
        {
            await ((Task)Task.WhenAny(_outboundDone.Task, _ending.Task)).WaitAsync(FlushLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_ending.Task.IsCompleted)
        {
            // A server that ignores the close would hold the library for ever.
            await ((Task)_client.Stop(WebSocketCloseStatus.NormalClosure, "")).WaitAsync(CloseLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private HubError TooLarge() => Make(HubErrors.FrameTooLarge, Delivery.Answered, ("limit", _server.MaxMessageBytes));

    private HubError Lost(string reason) => Make(HubErrors.ConnectionLost, Delivery.NotSent, ("reason", reason));

    private HubError Make(HubErrorDefinition definition, Delivery delivery, params ReadOnlySpan<(string Name, object? Value)> values) =>
        HttpFailures.Make(_server.Name, definition, delivery, values);

    private static string Reason(Exception failure) => failure.InnerException is { } inner ? $"{failure.Message} {inner.Message}" : failure.Message;
}
