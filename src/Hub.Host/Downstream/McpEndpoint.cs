using Envelope = McpHub.Protocol.Wire.Envelope;
using Akka.Actor;
using McpHub.Actors;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Downstream;

/// <summary>The MCP endpoint: both eras over Streamable HTTP on one path. Checks a request outside in (headers, size, one scan, era) and hands it to its face.</summary>
internal sealed partial class McpEndpoint
{
    private readonly HubRuntime _runtime;
    private readonly DownstreamLimits _limits;
    private readonly AnswerWriter _answers;
    private readonly ModernFace _modern;
    private readonly LegacyFace _legacy;
    private readonly LegacySessions _sessions;
    private readonly ClientStreams _streams;
    private readonly RequestGate _gate;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <param name="runtime">The hub behind it.</param>
    /// <param name="openClient">Starts an actor under <c>/clients</c>.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="time">Clock of keep-alives and stalls.</param>
    /// <param name="log">For what is no client's fault.</param>
    public McpEndpoint(HubRuntime runtime, Func<Props, Task<IActorRef>> openClient, DownstreamLimits limits, TimeProvider time, ILogger log)
    {
        (_runtime, _limits, _time, _log) = (runtime, limits, time, log);
        _answers = new AnswerWriter(limits, time);
        _modern = new ModernFace(runtime);
        _legacy = new LegacyFace(runtime, limits);
        _sessions = new LegacySessions(limits, runtime.Logs);
        _streams = new ClientStreams(runtime, openClient, _sessions, limits, time);
        _gate = new RequestGate(limits.Requests);
    }

    /// <summary>Legacy sessions that are open.</summary>
    public int Sessions => _sessions.Count;

    public int Streams => _streams.Open;

    /// <summary>Requests being answered; streams are not counted.</summary>
    public int Requests => _gate.Open;

    /// <summary>Admits nothing new, ends the streams politely, and completes when every request has been answered.</summary>
    public Task DrainAsync()
    {
        var drained = _gate.DrainAsync();
        _streams.Drain();
        return drained;
    }

    /// <summary>Ends what is left of the sessions.</summary>
    public void Close() => _streams.CloseSessions();

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var method = context.Request.Method;
            await (HttpMethods.IsPost(method) ? PostAsync(context)
                : HttpMethods.IsGet(method) ? GetAsync(context)
                : HttpMethods.IsDelete(method) ? DeleteAsync(context)
                : NotAllowedAsync(context, "GET, POST, DELETE"));
        }
        catch (BadHttpRequestException malformed)
        {
            Log.Malformed(_log, malformed.StatusCode, malformed.Message);
            await FailAsync(context, malformed.StatusCode, malformed.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge()
                : HubErrors.MalformedMessage.With(("reason", "the HTTP request is malformed")));
        }
        catch (Exception gone) when (context.RequestAborted.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            Log.ClientGone(_log, gone);
        }
        catch (Exception defect)
        {
            Log.Defect(_log, context.TraceIdentifier, defect);
            await FailAsync(context, StatusCodes.Status500InternalServerError, HubErrors.Defect.With(("reason", defect.Message)));
        }
    }

    /// <summary>Refuses a request that is not looked at any further.</summary>
    public Task RefuseAsync(HttpContext context, int status, HubError error) => RefuseAsync(context, default, Reply.Error(error, status));

    // A request that is there as a whole when its headers are, as most are, is answered without a state machine of its own here.
    private Task PostAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.ContentEncoding.Count > 0)
        {
            return RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, HubErrors.UnsupportedMediaType.With(("reason", "Content-Encoding is not supported")));
        }

        if (!MediaTypes.IsJson(context.Request.ContentType))
        {
            return RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, HubErrors.UnsupportedMediaType.With(("reason", "Content-Type must be application/json")));
        }

        if (!MediaTypes.AcceptsBoth(headers.Accept))
        {
            return RefuseAsync(context, StatusCodes.Status406NotAcceptable, HubErrors.NotAcceptable.With(("types", "application/json and text/event-stream")));
        }

        var body = RequestBody.ReadAsync(context.Request, ScanLimits.FromClient.MaxBytes);
        return body.IsCompletedSuccessfully ? MessageAsync(context, body.Result) : ReadAsync(context, body);
    }

    private async Task ReadAsync(HttpContext context, ValueTask<ReadOnlyMemory<byte>?> body) => await MessageAsync(context, await body);

    private Task MessageAsync(HttpContext context, ReadOnlyMemory<byte>? read)
    {
        if (read is not { } body)
        {
            // What is left of the body is not worth reading.
            context.Response.Headers.Connection = "close";
            return RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, TooLarge());
        }

        if (JsonBatch.IsBatch(body.Span))
        {
            return BatchAsync(context, body);
        }

        if (!EnvelopeScanner.TryScan(body, ScanLimits.FromClient, out var envelope, out var error))
        {
            return RefuseAsync(context, error.Id, Malformed(error));
        }

        return ModernRequest.IsModern(context.Request.Headers, envelope) ? ModernAsync(context, envelope) : LegacyAsync(context, envelope);
    }

    private Task ModernAsync(HttpContext context, Envelope envelope)
    {
        if (envelope.Kind == EnvelopeKind.Notification)
        {
            // 2026-07-28 defines none from client to server over HTTP, nor headers for one.
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        }

        if (envelope.Kind != EnvelopeKind.Request)
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, HubErrors.UnexpectedResponse.With());
        }

        var id = envelope.Bytes(envelope.Id);
        if (!ModernRequest.TryValidate(context.Request.Headers, envelope, out var refusal))
        {
            return RefuseAsync(context, id, refusal);
        }

        if (envelope.Method == MethodNames.ToolsCall && _runtime.Table.Tools.TryGetValue(envelope.Text(MemberOf.Params, "name"u8)!, out var tool)
            && !ModernRequest.TryValidateMirrored(context.Request.Headers, envelope, tool.Item.Mirrored, out refusal))
        {
            return RefuseAsync(context, id, refusal);
        }

        if (envelope.Method == MethodNames.SubscriptionsListen)
        {
            return ListenAsync(context, envelope, id);
        }

        if (_gate.Enter() is { } full)
        {
            return RefuseAsync(context, id, Reply.Error(full, StatusCodes.Status503ServiceUnavailable));
        }

        ValueTask<Reply> reply;
        try
        {
            reply = _modern.AnswerAsync(envelope, context);
        }
        catch
        {
            _gate.Exit();
            throw;
        }

        return AnswerAsync(context, id, reply, Era.Modern, null);
    }

    // A stream is no request in flight: a drain ends it instead of waiting for it.
    private async Task ListenAsync(HttpContext context, Envelope envelope, ReadOnlyMemory<byte> id)
    {
        if ((_gate.IsDraining ? Draining() : await _streams.ListenAsync(context, envelope)) is { } refused)
        {
            await RefuseAsync(context, id, refused);
        }
    }

    private Task LegacyAsync(HttpContext context, Envelope envelope)
    {
        var id = envelope.Id.Exists ? envelope.Bytes(envelope.Id) : default;
        if (envelope is { Kind: EnvelopeKind.Request, Method: MethodNames.Initialize })
        {
            return InitializeAsync(context, envelope, id);
        }

        if (!TryFindSession(context.Request.Headers, out var session, out var refusal))
        {
            return RefuseAsync(context, id, refusal);
        }

        if (envelope.Kind != EnvelopeKind.Request)
        {
            // Responses: the hub asks legacy clients nothing yet, so none is awaited.
            if (envelope.Kind == EnvelopeKind.Notification)
            {
                LegacyFace.Take(session, envelope);
            }

            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        }

        if (_gate.Enter() is { } full)
        {
            return RefuseAsync(context, id, Reply.Error(full, StatusCodes.Status503ServiceUnavailable));
        }

        ValueTask<Reply> reply;
        try
        {
            reply = _legacy.AnswerAsync(session, envelope, streams: true, context);
        }
        catch
        {
            _gate.Exit();
            throw;
        }

        return AnswerAsync(context, id, reply, Era.Legacy, session);
    }

    // The place in the gate goes with the reply.
    private Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> id, in ValueTask<Reply> reply, Era era, LegacySession? session) =>
        reply.IsCompletedSuccessfully ? _answers.AnswerAsync(context, id, reply.Result, era, _gate, session) : AwaitAsync(context, id, reply, era, session);

    private async Task AwaitAsync(HttpContext context, ReadOnlyMemory<byte> id, ValueTask<Reply> pending, Era era, LegacySession? session)
    {
        Reply reply;
        try
        {
            reply = await pending;
        }
        catch
        {
            _gate.Exit();
            throw;
        }

        await _answers.AnswerAsync(context, id, reply, era, _gate, session);
    }

    private async Task InitializeAsync(HttpContext context, Envelope request, ReadOnlyMemory<byte> id)
    {
        if (_gate.Enter() is { } full)
        {
            await RefuseAsync(context, id, Reply.Error(full, StatusCodes.Status503ServiceUnavailable));
            return;
        }

        try
        {
            await _runtime.Settled.WaitAsync(context.RequestAborted);
            var result = _runtime.Table.InitializeResult(request.Text(MemberOf.Params, "protocolVersion"u8), out var negotiated);
            if (_sessions.TryOpen(context.Connection.RemoteIpAddress, negotiated, out var session) is { } tooMany)
            {
                await RefuseAsync(context, id, Reply.Error(tooMany, StatusCodes.Status429TooManyRequests));
                return;
            }

            await _streams.StartSessionAsync(session);
            context.Response.Headers[HeaderNames.SessionId] = session.Id;
            await _answers.JsonAsync(context, id, Reply.Result(result));
        }
        finally
        {
            _gate.Exit();
        }
    }

    private async Task GetAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (ModernRequest.IsModernVersion(headers[HeaderNames.ProtocolVersion]))
        {
            await NotAllowedAsync(context, "POST");
            return;
        }

        if (!TryFindSession(headers, out var session, out var refusal))
        {
            await RefuseAsync(context, default, refusal);
            return;
        }

        if (!MediaTypes.Accepts(headers.Accept, MediaTypes.EventStream))
        {
            await RefuseAsync(context, StatusCodes.Status406NotAcceptable, HubErrors.NotAcceptable.With(("types", "text/event-stream")));
            return;
        }

        if (_gate.IsDraining)
        {
            await RefuseAsync(context, default, Draining());
            return;
        }

        var lastEventId = headers[HeaderNames.LastEventId];
        await _streams.ServeSessionAsync(context, session, lastEventId.Count == 1 ? lastEventId.ToString() : null);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (ModernRequest.IsModernVersion(headers[HeaderNames.ProtocolVersion]))
        {
            await NotAllowedAsync(context, "POST");
            return;
        }

        if (!TryFindSession(headers, out var session, out var refusal))
        {
            await RefuseAsync(context, default, refusal);
            return;
        }

        _streams.EndSession(session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // 2025-11-25, transports: Session Management 2 to 4, Protocol Version Header. Without the header the negotiated revision holds.
    private bool TryFindSession(IHeaderDictionary headers, out LegacySession session, out Reply refusal)
    {
        session = null!;
        refusal = default;
        var version = headers[HeaderNames.ProtocolVersion];
        if (version.Count > 1 || (version.Count == 1 && !ProtocolRevision.IsLegacy(version[0])))
        {
            refusal = Reply.Error(HubErrors.UnsupportedRevision.With(("revision", "of the MCP-Protocol-Version header")), StatusCodes.Status400BadRequest);
            return false;
        }

        var id = headers[HeaderNames.SessionId];
        if (id.Count != 1 || StringValues.IsNullOrEmpty(id))
        {
            refusal = Reply.Error(HubErrors.SessionRequired.With(), StatusCodes.Status400BadRequest);
            return false;
        }

        if (_sessions.Find(id.ToString()) is not { } found)
        {
            refusal = Reply.Error(HubErrors.SessionUnknown.With(), StatusCodes.Status404NotFound);
            return false;
        }

        session = found;
        session.Activity.Touch();
        return true;
    }

    private Task NotAllowedAsync(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, HubErrors.MethodNotAllowed.With(("method", ModernFace.Short(context.Request.Method))));
    }

    private Task RefuseAsync(HttpContext context, ReadOnlyMemory<byte> id, in Reply reply) => _answers.JsonAsync(context, id, reply).AsTask();

    private async Task FailAsync(HttpContext context, int status, HubError error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await RefuseAsync(context, status, error);
    }

    private static Reply Malformed(ScanError error) =>
        Reply.Error(HubErrors.MalformedMessage.With(("reason", error.Message)) with { StandardCode = error.Code }, StatusCodes.Status400BadRequest);

    private static Reply Draining() =>
        Reply.Error(HubErrors.HubDraining.With() with { RetryAfter = TimeSpan.FromSeconds(1) }, StatusCodes.Status503ServiceUnavailable);

    private static HubError TooLarge() => HubErrors.RequestTooLarge.With(("limit", ScanLimits.FromClient.MaxBytes));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "A malformed HTTP request was answered {Status}: {Reason}")]
        public static partial void Malformed(ILogger logger, int status, string reason);

        [LoggerMessage(2, LogLevel.Debug, "A client left before its answer")]
        public static partial void ClientGone(ILogger logger, Exception cause);

        [LoggerMessage(3, LogLevel.Error, "Request {RequestId} failed by a defect of the hub")]
        public static partial void Defect(ILogger logger, string requestId, Exception cause);
    }
}
