using System.Globalization;
using McpHub.Actors;

namespace McpHub.Host.Downstream;

/// <summary>
/// Writes the answer of a POST: JSON, or SSE if a notification of the call comes before it (ARCHITECTURE 3, step 6) or a client that can resume would have to wait. The client's id is written as its token came.
/// </summary>
internal sealed class AnswerWriter(DownstreamLimits limits, TimeProvider time)
{
    public ValueTask WriteAsync(HttpContext context, ReadOnlyMemory<byte> id, in Reply reply, Era era, LegacySession? session = null)
    {
        if (reply.Call is { } call)
        {
            return CallAsync(context, id, call, era, session);
        }

        return JsonAsync(context, id, reply);
    }

    /// <summary>A JSON answer: one Content-Length, one write for all but large ones.</summary>
    public ValueTask JsonAsync(HttpContext context, ReadOnlyMemory<byte> id, in Reply reply)
    {
        if (reply.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return JsonAsync(context, id, reply.Status, reply.IsError, reply.Part);
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

    private async ValueTask CallAsync(HttpContext context, ReadOnlyMemory<byte> id, RelayedCall call, Era era, LegacySession? session)
    {
        // Modern: the closed connection is the cancellation (2026-07-28, streamable-http, Cancellation). Legacy: it is not (2025-11-25, transports, Sending Messages 6).
        await using var gone = era == Era.Modern ? context.RequestAborted.UnsafeRegister(static state => ((RelayedCall)state!).Cancel(), call) : default;

        ReadOnlyMemory<byte>? first;
        if (session is { IsPrimed: true })
        {
            var pending = call.NextNotificationAsync().AsTask();
            if (!await IsSoonAsync(pending is { IsCompletedSuccessfully: true, Result: null } ? call.Ended : pending))
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

        var answer = await call.Answer();
        if (answer.Cancelled)
        {
            // Nothing is answered, and HTTP must say something: a stream that ends (2025-11-25, cancellation, Behavior Requirements).
            new SseWriter(context, limits, time).WriteHeaders();
            return;
        }

        await JsonAsync(context, id, StatusOf(answer, era), answer.IsError, answer.Part);
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
        var answer = await call.Answer();
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

    private async ValueTask JsonAsync(HttpContext context, ReadOnlyMemory<byte> id, int status, bool isError, ReadOnlyMemory<byte> part)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = MediaTypes.Json;
        response.ContentLength = ResponseFrame.Length(id.Span, isError, part.Length);
        if (status >= StatusCodes.Status400BadRequest)
        {
            response.Headers["X-Request-Id"] = context.TraceIdentifier;
        }

        var output = new ResponseOutput(context, limits, time);
        output.Write(ResponseFrame.Head);
        output.Write(ResponseFrame.Id(id.Span));
        output.Write(ResponseFrame.Member(isError));
        if (await output.WriteAsync(part))
        {
            output.Write("}"u8);
            await output.FlushAsync();
        }
    }

    // Contract 3.11: whatever a server or the hub says about a call travels as 200; only what is wrong with the request itself has a status.
    private static int StatusOf(in RelayAnswer answer, Era era) =>
        answer.IsError && era == Era.Modern && answer.ErrorCode == Protocol.Revisions.RpcErrorCodes.MissingClientCapability
            ? StatusCodes.Status400BadRequest
            : StatusCodes.Status200OK;
}
