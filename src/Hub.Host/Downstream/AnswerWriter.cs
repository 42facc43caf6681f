using System.Buffers;
using System.Globalization;
using McpHub.Actors;

namespace McpHub.Host.Downstream;

/// <summary>
/// Writes the answer of a POST: JSON, or SSE if a notification of the call comes before it (ARCHITECTURE 3, step 6) or a client that can resume would have to wait. The client's id is written as its token came.
/// </summary>
internal sealed class AnswerWriter(DownstreamLimits limits, TimeProvider time)
{
    private readonly SlowCalls _slow = new(limits.StreamAfter, time);

    /// <summary>Answers a request and gives back the place it had.</summary>
    public Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> id, in Reply reply, Era era, RequestGate gate, LegacySession? session = null)
    {
        var place = new RequestPlace(gate, reply.Running);
        return reply.Call is { } call ? CallAsync(context, id, call, era, session, place) : JsonAsync(context, id, reply, place);
    }

    /// <summary>A JSON answer: one Content-Length, one write for all but large ones.</summary>
    public ValueTask JsonAsync(HttpContext context, ReadOnlyMemory<byte> id, in Reply reply)
    {
        if (reply.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return JsonAsync(context, id, reply.Status, reply.IsError, new ReadOnlySequence<byte>(reply.Part));
    }

    /// <summary>A body that is JSON already.</summary>
    public async ValueTask BodyAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = MediaTypes.Json;
        context.Response.ContentLength = body.Length;
        var output = new ResponseOutput(context, limits, time);
        if (await output.WriteAsync(body))
        {
            await output.FlushAsync();
        }
    }

    private async Task JsonAsync(HttpContext context, ReadOnlyMemory<byte> id, Reply reply, RequestPlace place)
    {
        using (place)
        {
            await JsonAsync(context, id, reply);
        }
    }

    // Every call goes through here: one await, as few variables as can be across it.
    private async Task CallAsync(HttpContext context, ReadOnlyMemory<byte> id, RelayedCall call, Era era, LegacySession? session, RequestPlace place)
    {
        using var held = place;

        // Modern: the closed connection is the cancellation (2026-07-28, streamable-http, Cancellation). Legacy: it is not (2025-11-25, transports, Sending Messages 6).
        using var gone = era == Era.Modern ? context.RequestAborted.UnsafeRegister(static state => ((RelayedCall)state!).Cancel(), call) : default;
        if (!call.HasNotifications)
        {
            if (session is { IsPrimed: true } && !call.First.IsCompleted)
            {
                _slow.Watch(place.Running!);
            }

            await call.First;
            if (call.Ended.IsCompleted)
            {
                await AnswerAsync(context, id, call.Answer(), era);
                return;
            }
        }

        await WaitAsync(context, id, call, era, session);
    }

    // Something may come before the answer, or its client has waited long.
    private async Task WaitAsync(HttpContext context, ReadOnlyMemory<byte> id, RelayedCall call, Era era, LegacySession? session)
    {
        ReadOnlyMemory<byte>? first;
        if (session is { IsPrimed: true })
        {
            var pending = call.NextNotificationAsync().AsTask();
            if (!call.HasNotifications || !await IsSoonAsync(pending is { IsCompletedSuccessfully: true, Result: null } ? call.Ended : pending))
            {
                await ResumableAsync(context, id, call, pending, session);
                return;
            }

            first = await pending;
        }
        else
        {
            first = await call.NextNotificationAsync();
        }

        if (first is not null)
        {
            var begun = Task.FromResult(first);
            await (session is null ? StreamAsync(context, id, call, begun, null) : ResumableAsync(context, id, call, begun, session));
            return;
        }

        await call.Ended;
        await AnswerAsync(context, id, call.Answer(), era);
    }

    private ValueTask AnswerAsync(HttpContext context, ReadOnlyMemory<byte> id, in RelayAnswer answer, Era era)
    {
        if (answer.Cancelled)
        {
            // Nothing is answered, and HTTP must say something: a stream that ends (2025-11-25, cancellation, Behavior Requirements).
            new SseWriter(context, limits, time).WriteHeaders();
            return default;
        }

        return JsonAsync(context, id, StatusOf(answer, era), answer.IsError, answer.Body);
    }

    // From here on the client can break the connection and get the rest by a GET (2025-11-25, transports, Resumability and Redelivery).
    private async ValueTask ResumableAsync(HttpContext context, ReadOnlyMemory<byte> id, RelayedCall call, Task<ReadOnlyMemory<byte>?> first, LegacySession session)
    {
        var events = new CallEvents(session.Events);
        try
        {
            await StreamAsync(context, id, call, first, events, session.IsPrimed);
        }
        finally
        {
            events.End();
        }
    }

    private async ValueTask StreamAsync(HttpContext context, ReadOnlyMemory<byte> id, RelayedCall call, Task<ReadOnlyMemory<byte>?> next, CallEvents? events, bool primes = false)
    {
        var stream = new SseWriter(context, limits, time);
        stream.WriteHeaders();
        var open = !primes || await stream.PrimeAsync(events!.FirstId);
        using var ticks = new PeriodicTimer(limits.KeepAlive, time);
        var tick = ticks.WaitForNextTickAsync().AsTask();
        async ValueTask KeepAliveUntilAsync(Task awaited)
        {
            while (!awaited.IsCompleted)
            {
                if (await Task.WhenAny(awaited, tick) == tick)
                {
                    open = open && await stream.CommentAsync();
                    tick = ticks.WaitForNextTickAsync().AsTask();
                }
            }
        }

        string? eventId;
        while (true)
        {
            await KeepAliveUntilAsync(next);
            if (await next is not { } notification)
            {
                break;
            }

            // A client that is gone still has its call running if it is a legacy one: it is read to its end and dropped.
            // The same goes for one that went on with the stream on another connection.
            eventId = events?.Append(notification);
            open = open && events is not { IsTakenOver: true } && await stream.EventAsync(notification, eventId);
            next = call.NextNotificationAsync().AsTask();
        }

        await KeepAliveUntilAsync(call.Ended);
        var answer = call.Answer();
        if (answer.Cancelled)
        {
            return;
        }

        eventId = events?.Append(id, answer);
        if (open && events is not { IsTakenOver: true })
        {
            await stream.AnswerAsync(id, answer.IsError, answer.Part, eventId);
        }
    }

    private async ValueTask<bool> IsSoonAsync(Task awaited)
    {
        try
        {
            await awaited.WaitAsync(limits.StreamAfter, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private ValueTask JsonAsync(HttpContext context, ReadOnlyMemory<byte> id, int status, bool isError, in ReadOnlySequence<byte> part)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = MediaTypes.Json;
        response.ContentLength = ResponseFrame.Length(id.Span, isError, part.Length);
        if (status >= StatusCodes.Status400BadRequest)
        {
            response.Headers["X-Request-Id"] = context.TraceIdentifier;
        }

        // Begun before the body is written, it is not copied once more behind the headers.
        var started = response.StartAsync();
        if (!started.IsCompletedSuccessfully || part.Length > ResponseOutput.Piece)
        {
            return LargeAsync(started, context, id, isError, part);
        }

        var output = new ResponseOutput(context, limits, time);
        output.Write(ResponseFrame.Head);
        output.Write(ResponseFrame.Id(id.Span));
        output.Write(ResponseFrame.Member(isError));
        foreach (var piece in part)
        {
            output.Write(piece.Span);
        }

        output.Write("}"u8);
        var flushed = output.FlushAsync();
        return flushed.IsCompletedSuccessfully ? default : new ValueTask(flushed.AsTask());
    }

    private async ValueTask LargeAsync(Task started, HttpContext context, ReadOnlyMemory<byte> id, bool isError, ReadOnlySequence<byte> part)
    {
        await started;
        var output = new ResponseOutput(context, limits, time);
        output.Write(ResponseFrame.Head);
        output.Write(ResponseFrame.Id(id.Span));
        output.Write(ResponseFrame.Member(isError));
        foreach (var piece in part)
        {
            if (!await output.WriteAsync(piece))
            {
                return;
            }
        }

        output.Write("}"u8);
        await output.FlushAsync();
    }

    // Contract 3.11: whatever a server or the hub says about a call travels as 200; only what is wrong with the request itself has a status.
    private static int StatusOf(in RelayAnswer answer, Era era) =>
        answer.IsError && era == Era.Modern && answer.ErrorCode == Protocol.Revisions.RpcErrorCodes.MissingClientCapability
            ? StatusCodes.Status400BadRequest
            : StatusCodes.Status200OK;
}
