using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Transports.StreamableHttp;

/// <summary>One message of the hub: a POST, and for a request the messages of its answer.</summary>
internal sealed class PostExchange(HttpConnection connection, OutboundFrame.Message message, Action<HttpExchange> stepped) : HttpExchange(connection, stepped)
{
    private const int TrustedLength = 1024 * 1024;
    private const int MaxErrorText = 4096;
    private const int MaxResumeTries = 5;
    private static readonly TimeSpan FirstResume = TimeSpan.FromMilliseconds(500);

    private readonly FrameContent _content = new(message.Utf8);
    private HubError? _abortReason;
    private byte[]? _lastMessage;
    private string? _resumeFrom;
    private int _resumeTries;
    private bool _withSession;

    public OutboundFrame.Message Message => message;

    /// <summary>Whether the server took the message with a status of 2xx.</summary>
    public bool Accepted { get; private set; }

    /// <summary>When it began, for messages that no session deadline watches.</summary>
    public long Started { get; } = connection.Time.GetTimestamp();

    /// <summary>Ends the exchange because its connection ends.</summary>
    public void Abort(string reason)
    {
        _abortReason = HttpFailures.Make(Connection.ServerName, HubErrors.ConnectionLost, Delivery.NotSent, ("reason", reason));
        Abort();
    }

    public override void Dispose()
    {
        _content.Dispose();
        base.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask OpenAsync()
    {
        if (_resumeFrom is not null)
        {
            await ResumeAsync().ConfigureAwait(false);
            return;
        }

        var response = await Connection.SendAsync(Request(target: null), Aborted).ConfigureAwait(false);
        if (Connection.Redirect(response) is { } target)
        {
            response.Dispose();
            response = await Connection.SendAsync(Request(target), Aborted).ConfigureAwait(false);
        }

        Hold(response);
        if (message.Method == MethodNames.Initialize)
        {
            if (response.IsSuccessStatusCode && Connection.TakeSessionId(response) is { } unusable)
            {
                Finish(unusable);
                return;
            }
        }
        else if (Connection.NoteSessionId(response) is { } changed)
        {
            // Not of this exchange: what is reported as its own fails the request.
            Emit(new InboundEvent.Rejected(changed));
        }

        if (!response.IsSuccessStatusCode)
        {
            await RefusedAsync(response).ConfigureAwait(false);
            return;
        }

        Accepted = true;
        if (message.Exchange is null)
        {
            End();
            return;
        }

        await AnswerAsync(response).ConfigureAwait(false);
    }

    protected override void OnMessage(byte[] utf8)
    {
        _lastMessage = utf8;
        _resumeTries = 0;
        Emit(new InboundEvent.Frame(utf8, message.Exchange));
    }

    /// <summary>
    /// A legacy server may end the response of a request early and go on with it on a GET that names the last event (2025-11-25, transports,
    /// "Resumability and Redelivery"); only if it gave an event id, and only while the answer is still to come (contract 2, 3-13 and 3-14).
    /// </summary>
    protected override TimeSpan? Resumes()
    {
        _resumeFrom = Sse!.LastEventId ?? _resumeFrom;
        if (_resumeFrom is null || Connection.SessionId is null || message.Exchange is null || !HttpHeaderNames.IsValue(_resumeFrom)
            || (_lastMessage is not null && EnvelopeScanner.TryScan(_lastMessage, ScanLimits.FromServer, out var last, out _) && last.Method is null))
        {
            return null;
        }

        // Contract 2, 3-20: the server's wish or a doubling wait; given up after five tries that brought nothing.
        var wait = FirstResume * Math.Pow(2, _resumeTries++);
        return _resumeTries > MaxResumeTries ? null : Sse.Retry ?? wait;
    }

    protected override void OnStreamEnd() => Finish(error: null);

    protected override void OnTooLarge() => Finish(TooLarge());

    protected override void OnFailure(Exception failure)
    {
        if (!Aborted.IsCancellationRequested)
        {
            Finish(HttpFailures.Broken(Connection.ServerName, failure, _content.Sent));
        }
        else if (_abortReason is not null && _content.Sent)
        {
            Finish(HttpFailures.Make(Connection.ServerName, HubErrors.OutcomeUnknown, Delivery.Unknown, ("reason", _abortReason.Message)));
        }
        else
        {
            Finish(_abortReason);
        }
    }

    private static string? MediaType(HttpResponseMessage response)
    {
        var text = HttpFailures.Header(response.Content.Headers, "Content-Type");
        var end = text?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return (end < 0 ? text : text![..end])?.Trim();
    }

    private static bool Is(string? mediaType, string wanted) => string.Equals(mediaType, wanted, StringComparison.OrdinalIgnoreCase);

    private HttpRequestMessage Request(Uri? target)
    {
        var request = Connection.Request(HttpMethod.Post, target);
        request.Content = _content;
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        for (var i = 0; i < message.Headers.Count; i++)
        {
            request.Headers.TryAddWithoutValidation(message.Headers[i].Key, message.Headers[i].Value);
        }

        // Only a legacy session has an id, so modern messages never carry one; initialize begins a new session.
        if (message.Method != MethodNames.Initialize && Connection.SessionId is { } id)
        {
            request.Headers.TryAddWithoutValidation(HttpHeaderNames.SessionId, id);
            _withSession = true;
        }

        return request;
    }

    private async Task ResumeAsync()
    {
        using var request = Connection.SessionRequest(HttpMethod.Get);
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        request.Headers.TryAddWithoutValidation(HttpHeaderNames.LastEventId, _resumeFrom);
        var response = await Connection.SendAsync(request, Aborted).ConfigureAwait(false);
        Hold(response);
        if (response.IsSuccessStatusCode && Is(MediaType(response), "text/event-stream"))
        {
            await BeginEventsAsync().ConfigureAwait(false);
        }
        else
        {
            Finish(HttpFailures.Make(Connection.ServerName, HubErrors.OutcomeUnknown, Delivery.Unknown, ("reason", $"it ended the response early and refused to go on with it (HTTP {(int)response.StatusCode})")));
        }
    }

    private async ValueTask AnswerAsync(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.Accepted)
        {
            Finish(HttpFailures.Violation(Connection.ServerName, "it answered a request with HTTP 202 and no message", Delivery.Unknown));
            return;
        }

        var mediaType = MediaType(response);
        if (HttpFailures.Header(response.Content.Headers, "Content-Encoding") is { } encoding && !Is(encoding, "identity"))
        {
            Finish(HttpFailures.Violation(Connection.ServerName, "it compressed an answer although that was not offered"));
        }
        else if (Is(mediaType, "application/json"))
        {
            var body = await ReadBodyAsync(response).ConfigureAwait(false);
            if (body is { Length: > 0 })
            {
                Answer(body, message.Exchange!.Value);
            }
            else
            {
                Finish(body is null ? TooLarge() : HttpFailures.Violation(Connection.ServerName, "it answered a request with an empty body"));
            }
        }
        else if (Is(mediaType, "text/event-stream"))
        {
            await BeginEventsAsync().ConfigureAwait(false);
        }
        else
        {
            Finish(HttpFailures.Violation(Connection.ServerName, $"it answered with HTTP {(int)response.StatusCode} and content type \"{HttpFailures.Excerpt(System.Text.Encoding.UTF8.GetBytes(mediaType ?? ""))}\""));
        }
    }

    private async ValueTask RefusedAsync(HttpResponseMessage response)
    {
        var json = Is(MediaType(response), "application/json");
        var body = json ? await ReadBodyAsync(response).ConfigureAwait(false) ?? [] : await ReadSomeAsync(response).ConfigureAwait(false);
        var error = HttpFailures.Status(Connection.ServerName, response, body, Connection.Time.GetUtcNow());
        if (_withSession && response.StatusCode == HttpStatusCode.NotFound)
        {
            // 2025-11-25, transports, Session Management 4. The message was not executed: it may be sent again in a new session.
            error = HttpFailures.Make(Connection.ServerName, HubErrors.SessionForgotten, Delivery.NotSent) with { HttpStatus = 404, Details = error.Details };
        }
        else if (json && message.Exchange is not null && IsRpc(body) && !AsksForCredentials(response))
        {
            // An error body of JSON-RPC says more than the status does.
            Emit(new InboundEvent.Frame(body, message.Exchange));
        }

        Finish(error);
    }

    private static bool AsksForCredentials(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized || (response.StatusCode == HttpStatusCode.Forbidden && response.Headers.NonValidated.Contains("WWW-Authenticate"));

    // Many frameworks answer errors with some JSON object of their own; that is not the server's MCP answer.
    private static bool IsRpc(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8).StartsWith("{"u8) && body.IndexOf("\"jsonrpc\""u8) >= 0;

    private void Finish(HubError? error)
    {
        if (message.Exchange is { } exchange)
        {
            Emit(new InboundEvent.ExchangeEnded(exchange, error));
        }
        else if (error is not null)
        {
            Emit(new InboundEvent.Rejected(error));
        }

        End();
    }

    private HubError TooLarge() => HttpFailures.Make(Connection.ServerName, HubErrors.FrameTooLarge, Delivery.Answered, ("limit", HttpConnection.MaxFrameBytes));

    /// <returns>The whole body; <c>null</c> if it is past the limit.</returns>
    private async ValueTask<byte[]?> ReadBodyAsync(HttpResponseMessage response)
    {
        var length = response.Content.Headers.ContentLength;
        if (length > HttpConnection.MaxFrameBytes)
        {
            return null;
        }

        var stream = response.Content.ReadAsStream(Aborted);
        if (length <= TrustedLength)
        {
            // One array, which leaves as it is.
            var exact = new byte[(int)length];
            await stream.ReadExactlyAsync(exact, Aborted).ConfigureAwait(false);
            return exact;
        }

        // No length, or one that is too large to take a stranger's word and memory for.
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var filled = 0;
            while (true)
            {
                var count = await stream.ReadAsync(buffer.AsMemory(filled), Aborted).ConfigureAwait(false);
                if (count == 0)
                {
                    return buffer.AsSpan(0, filled).ToArray();
                }

                filled += count;
                if (filled > HttpConnection.MaxFrameBytes)
                {
                    return null;
                }

                if (filled == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(2 * filled);
                    buffer.AsSpan(0, filled).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<byte[]> ReadSomeAsync(HttpResponseMessage response)
    {
        var stream = await response.Content.ReadAsStreamAsync(Aborted).ConfigureAwait(false);
        var some = new byte[MaxErrorText];
        var filled = await stream.ReadAtLeastAsync(some, MaxErrorText, throwOnEndOfStream: false, Aborted).ConfigureAwait(false);
        return some[..filled];
    }
}
