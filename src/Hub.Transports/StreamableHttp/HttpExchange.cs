using McpHub.Transports.Framing;

namespace McpHub.Transports.StreamableHttp;

/// <summary>
/// One request and its response. The stage drives it step by step: a step sends, or reads what has come, offers the frames to the output and reports back.
/// The next step begins only when the frames of this one were taken, which is the connection's back-pressure.
/// </summary>
internal abstract class HttpExchange : IDisposable
{
    // So much may gather in one batch while more is there without waiting.
    private const int MaxBatchEvents = 64;
    private const int MaxBatchBytes = 64 * 1024;

    private readonly Action<HttpExchange> _stepped;
    private CancellationTokenSource? _abort;
    private List<InboundEvent>? _events;
    private HttpResponseMessage? _response;
    private Stream? _stream;
    private ValueTask<int> _read;
    private bool _reading;
    private int _gathered;

    /// <param name="connection">The connection it belongs to.</param>
    /// <param name="stepped">Told that a step ended, on any thread.</param>
    protected HttpExchange(HttpConnection connection, Action<HttpExchange> stepped)
    {
        (Connection, _stepped, _abort) = (connection, stepped, connection.Aborts.Rent());
        Aborted = _abort.Token;
    }

    /// <summary>Frames that found no room in the output; the stage offers them again.</summary>
    public FrameBatch? Blocked { get; set; }

    /// <summary>The response broke off and is to be asked for again after this time, by the next step.</summary>
    public TimeSpan? ResumeAfter { get; private set; }

    /// <summary>Nothing more comes; all that was to be said is in the output or in <see cref="Blocked"/>.</summary>
    public bool Ended { get; private set; }

    protected HttpConnection Connection { get; }

    protected CancellationToken Aborted { get; }

    /// <summary>The response as events; <c>null</c> until it is known to be a stream.</summary>
    protected SseFraming? Sse { get; private set; }

    /// <summary>Begins the next step.</summary>
    public void Step()
    {
        ResumeAfter = null;
        _ = StepAsync();
    }

    /// <summary>Gives up: the request is cancelled, its response closed. The exchange still reports its end.</summary>
    public void Abort() => Interlocked.Exchange(ref _abort, null)?.Cancel();

    /// <summary>After the end. Whoever takes the source first, this or <see cref="Abort"/>, has it for itself.</summary>
    public virtual void Dispose()
    {
        if (Interlocked.Exchange(ref _abort, null) is { } unused)
        {
            Connection.Aborts.Return(unused);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Sends the request and deals with all of its answer that is not a stream of events.</summary>
    protected abstract ValueTask OpenAsync();

    /// <summary>One message came on the response.</summary>
    protected abstract void OnMessage(byte[] utf8);

    /// <summary>Something came on the response.</summary>
    protected virtual void OnRead()
    {
    }

    /// <summary>An event came; what is no message is skipped.</summary>
    protected virtual void OnEvent(SseEvent found)
    {
        if (found.IsMessage)
        {
            OnMessage(found.Data);
        }
    }

    /// <summary>The events ended as HTTP says they end.</summary>
    protected abstract void OnStreamEnd();

    /// <summary>Whether events that ended or broke off are to be asked for again, and after what time.</summary>
    protected virtual TimeSpan? Resumes() => null;

    /// <summary>A step failed.</summary>
    protected abstract void OnFailure(Exception failure);

    protected abstract void OnTooLarge();

    protected void Emit(InboundEvent happened) => (_events ??= []).Add(happened);

    protected void End() => Ended = true;

    /// <summary>The whole answer came at once.</summary>
    protected void Answer(byte[] utf8, long number)
    {
        End();
        if (_events is not null || !Connection.Output.TryAnswer(utf8, number))
        {
            Emit(new InboundEvent.Frame(utf8, number));
            Emit(new InboundEvent.ExchangeEnded(number, null));
        }
    }

    protected void Hold(HttpResponseMessage response) => _response = response;

    /// <summary>From here on the response is read as events.</summary>
    protected async ValueTask BeginEventsAsync()
    {
        _stream = await _response!.Content.ReadAsStreamAsync(Aborted).ConfigureAwait(false);
        Sse = new SseFraming(HttpConnection.MaxFrameBytes);
    }

    private async Task StepAsync()
    {
        try
        {
            if (_response is null)
            {
                await OpenAsync().ConfigureAwait(false);
            }

            if (!Ended)
            {
                await ReadEventsAsync().ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            _reading = false;
            if (Sse is null || Aborted.IsCancellationRequested || !TryResume())
            {
                OnFailure(failure);
                Ended = true;
            }
        }

        if (Ended || ResumeAfter is not null)
        {
            Sse?.Dispose();
            _response?.Dispose();
            _response = null;
        }

        if (_events is not null)
        {
            var batch = new FrameBatch(_events);
            _events = null;
            _gathered = 0;
            Blocked = Connection.Output.Offer(batch, Ended) ? null : batch;
        }

        _stepped(this);
    }

    // Ends when something is to be delivered and more would have to be waited for. The read that waits stays open meanwhile.
    private async ValueTask ReadEventsAsync()
    {
        while (!Ended && ResumeAfter is null && (_events?.Count ?? 0) < MaxBatchEvents && _gathered < MaxBatchBytes)
        {
            if (!_reading)
            {
#pragma warning disable CA2012 // Awaited once, but perhaps in the next step.
                _read = _stream!.ReadAsync(Sse!.GetMemory(), Aborted);
#pragma warning restore CA2012
                _reading = true;
            }

            if (_events is not null && !_read.IsCompleted)
            {
                return;
            }

            _reading = false;
            var count = await _read.ConfigureAwait(false);
            if (count == 0)
            {
                // An unfinished last event is dropped (WHATWG HTML 9.2.6).
                if (!TryResume())
                {
                    OnStreamEnd();
                    Ended = true;
                }

                return;
            }

            OnRead();
            Sse!.Advance(count);
            Deliver();
        }
    }

    private bool TryResume()
    {
        ResumeAfter = Resumes();
        return ResumeAfter is not null;
    }

    private void Deliver()
    {
        SseStatus status;
        while ((status = Sse!.Read(out var found)) == SseStatus.Event)
        {
            _gathered += found.Data.Length;
            OnEvent(found);
        }

        if (status == SseStatus.TooLarge)
        {
            OnTooLarge();
            Ended = true;
        }
    }
}
