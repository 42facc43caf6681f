using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Transports.OutboundHttp;

namespace McpHub.Transports.StreamableHttp;

/// <summary>What the requests of one connection share: the HTTP client, the legacy session id, the way to the session.</summary>
internal sealed class HttpConnection : IFrameOrigin, IAsyncDisposable
{
    /// <summary>Largest message taken from a server.</summary>
    public const int MaxFrameBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan CloseStageLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DeleteLimit = TimeSpan.FromSeconds(2);

    private readonly RemoteServerParameters _server;
    private readonly HttpMessageInvoker _client;
    private readonly KeyValuePair<string, string>[] _headers;
    private readonly TaskCompletionSource<TransportClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stageStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private volatile string? _sessionId;
    private volatile bool _lost;
    private Action? _closeStage;
    private bool _inboundUsed;
    private bool _outboundUsed;
    private int _idChangeReported;
    private Task? _closing;

    public HttpConnection(RemoteServerParameters server, TimeProvider time)
    {
        (_server, Time) = (server, time);
        _headers = [.. server.Headers];
        _client = new HttpMessageInvoker(HttpHandlers.For(server));
    }

    public FrameOutput Output { get; } = new();

    public AbortSources Aborts { get; } = new();

    public TimeProvider Time { get; }

    public string? ServerName => _server.Name;

    public Task<TransportClosed> Closed => _closed.Task;

    /// <summary>The legacy session; a secret.</summary>
    public string? SessionId => _sessionId;

    /// <summary>The revision agreed on, once the session announced it with <c>notifications/initialized</c>.</summary>
    public string? ProtocolVersion { get; set; }

    public ValueTask DisposeAsync() => new(CloseAsync());

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) => _client.SendAsync(request, cancel);

    public HttpRequestMessage Request(HttpMethod method, Uri? target = null)
    {
        var request = new HttpRequestMessage(method, target ?? _server.Url) { VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        if (request.RequestUri!.Scheme == Uri.UriSchemeHttps)
        {
            request.Version = System.Net.HttpVersion.Version20;
        }

        foreach (var (name, value) in _headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>A GET or DELETE of the legacy session.</summary>
    public HttpRequestMessage SessionRequest(HttpMethod method)
    {
        var request = Request(method);
        if (_sessionId is { } id)
        {
            request.Headers.TryAddWithoutValidation(HttpHeaderNames.SessionId, id);
        }

        if (ProtocolVersion is { } version)
        {
            request.Headers.TryAddWithoutValidation(HttpHeaderNames.ProtocolVersion, version);
        }

        return request;
    }

    /// <summary>Where a 307 or 308 sends the request, if that may be followed: same origin only (contract 2, 3-24), or credentials would go elsewhere.</summary>
    public Uri? Redirect(HttpResponseMessage response)
    {
        if ((int)response.StatusCode is not (307 or 308) || response.Headers.Location is not { } location)
        {
            return null;
        }

        var target = new Uri(_server.Url, location);
        return RemoteServerParameters.IsSameOrigin(target, _server.Url) ? target : null;
    }

    /// <summary>Takes the session id of the answer to <c>initialize</c>, the only one that may set it.</summary>
    /// <returns>What is wrong with it.</returns>
    public HubError? TakeSessionId(HttpResponseMessage response)
    {
        var id = HttpFailures.Header(response.Headers, HttpHeaderNames.SessionId);
        // 2025-11-25, transports, Session Management 1: only visible ASCII, 0x21 to 0x7E.
        if (id is not null && (id.Length == 0 || id.AsSpan().ContainsAnyExceptInRange('\x21', '\x7E')))
        {
            return HttpFailures.Violation(ServerName, "the session id has characters that are not visible ASCII");
        }

        _sessionId = id;
        return null;
    }

    /// <summary>A session id that changes later is ignored and reported once. Without a legacy session any is ignored (2026-07-28, transports, "Earlier Revisions").</summary>
    public HubError? NoteSessionId(HttpResponseMessage response) =>
        _sessionId is { } mine && HttpFailures.Header(response.Headers, HttpHeaderNames.SessionId) is { } theirs && theirs != mine && Interlocked.Exchange(ref _idChangeReported, 1) == 0
            ? HttpFailures.Violation(ServerName, "it sent another session id after initialize; it is ignored")
            : null;

    public void ClaimInbound() => Claim(ref _inboundUsed);

    public void ClaimOutbound() => Claim(ref _outboundUsed);

    /// <summary>The running stage leaves the way to ask it to end its exchanges.</summary>
    public void StageRuns(Action close)
    {
        lock (_gate)
        {
            _closeStage = close;
            if (_closing is null)
            {
                return;
            }
        }

        close();
    }

    /// <summary>The stage has ended, and with it all exchanges.</summary>
    public void StageStopped(HubError? lost)
    {
        if (lost is not null)
        {
            _lost = true;
            Output.Complete(HubException.From(lost));
            _closed.TrySetResult(new TransportClosed(lost));
        }

        _stageStopped.TrySetResult();
        Stopped();
    }

    /// <summary>An end of the connection was stopped: the rest goes too. It outlives the actor that ran the graphs.</summary>
    public void Stopped() => _ = CloseAsync();

    // Ends exchanges, then the legacy session, then the HTTP client. Never fails.
    private Task CloseAsync()
    {
        Action? close;
        lock (_gate)
        {
            if (_closing is not null)
            {
                return _closing;
            }

            close = _closeStage;
            _closing = CloseOnceAsync(close is not null);
        }

        close?.Invoke();
        return _closing;
    }

    private async Task CloseOnceAsync(bool running)
    {
        await Task.Yield();    // out of the lock
        if (running)
        {
            // If it does not stop in time its reader is gone, and then nobody misses the last events.
            await _stageStopped.Task.WaitAsync(CloseStageLimit, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_server is StreamableHttpParameters { TerminateOnClose: true } && _sessionId is not null && !_lost)
        {
            await EndSessionAsync().ConfigureAwait(false);
        }

        Output.Complete();
        _client.Dispose();
        _closed.TrySetResult(new TransportClosed(Error: null));
    }

    // 2025-11-25, transports, Session Management 5; 405: the server does not let clients end sessions; 404: it has ended it before.
    private async Task EndSessionAsync()
    {
        using var limit = new CancellationTokenSource(DeleteLimit, Time);
        using var request = SessionRequest(HttpMethod.Delete);
        HubError? failed = null;
        try
        {
            using var response = await SendAsync(request, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode && (int)response.StatusCode is not (404 or 405))
            {
                failed = HttpFailures.Status(ServerName, response, [], Time.GetUtcNow());
            }
        }
        catch (Exception failure)
        {
            failed = HttpFailures.Broken(ServerName, failure, sent: false);
        }

        if (failed is not null)
        {
            Output.Offer(FrameBatch.Of(new InboundEvent.Rejected(failed)));
        }
    }

    private void Claim(ref bool used)
    {
        lock (_gate)
        {
            if (used)
            {
                throw new InvalidOperationException(HubErrors.TransportUsedTwice.Message);
            }

            used = true;
        }
    }
}
