using Envelope = McpHub.Protocol.Wire.Envelope;
using System.Collections.Concurrent;
using Akka.Actor;
using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Actors.Subscriptions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>The long-lived streams: a legacy session's GET, a modern client's <c>subscriptions/listen</c>; and the actors that feed them.</summary>
internal sealed class ClientStreams(HubRuntime runtime, Func<Props, Task<IActorRef>> openClient, LegacySessions sessions, DownstreamLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<NotificationStream, byte> _open = new();
    private int _subscriptions;
    private volatile bool _draining;

    /// <summary>Streams that are open.</summary>
    public int Open => _open.Count;

    /// <summary>Gives a new session its actor.</summary>
    public async Task StartSessionAsync(LegacySession session)
    {
        var settings = new DownstreamSession.Settings(session.Activity, limits.SessionIdle, limits.SessionLife, limits.StreamsPerSession, () => sessions.End(session));
        session.Actor = await openClient(DownstreamSession.Props(runtime.Router, settings));
    }

    /// <summary>The client ended its session.</summary>
    public void EndSession(LegacySession session)
    {
        if (sessions.End(session))
        {
            session.Actor.Tell(new DownstreamSession.Close(StreamEnd.Closed));
        }
    }

    /// <summary>
    /// Serves a GET stream until the client goes, the session ends or the hub stops. <paramref name="lastEventId"/> says which stream the client goes on with, and from
    /// where; if that is not known any more, a new stream begins (2025-11-25, transports, Resumability and Redelivery 2).
    /// </summary>
    public async Task ServeSessionAsync(HttpContext context, LegacySession session, string? lastEventId)
    {
        session.Activity.Enter();
        try
        {
            if (!session.Events.TryFind(lastEventId, out var events, out var after))
            {
                (events, after) = (session.Events.Open(isCall: false), 0);
            }

            await (events.IsCall ? ServeCallAsync(context, session, events, after) : ServeNotificationsAsync(context, session, events, after));
        }
        finally
        {
            session.Activity.Exit();
        }
    }

    // The rest of a call whose POST broke: what is kept of it, then what comes, up to the answer.
    private async Task ServeCallAsync(HttpContext context, LegacySession session, EventStream events, long after)
    {
        var holder = session.Events.Hold(events);
        var output = new SseWriter(context, limits, time);
        if (!await output.OpenAsync())
        {
            return;
        }

        using var ticks = new PeriodicTimer(limits.KeepAlive, time);
        var tick = ticks.WaitForNextTickAsync().AsTask();
        while (true)
        {
            while (session.Events.IsHeldBy(events, holder) && session.Events.TryRead(events, ref after, out var id, out var frame))
            {
                if (!await output.EventAsync(frame, id))
                {
                    return;
                }
            }

            var more = session.Events.WaitAsync(events, holder, after).WaitAsync(context.RequestAborted);
            while (await Task.WhenAny(more, tick) == tick && !more.IsCompleted)
            {
                if (!await output.CommentAsync())
                {
                    return;
                }

                tick = ticks.WaitForNextTickAsync().AsTask();
            }

            if (!await more)
            {
                return;
            }
        }
    }

    private async Task ServeNotificationsAsync(HttpContext context, LegacySession session, EventStream events, long after)
    {
        var stream = new NotificationStream(ListKinds.All);
        session.Events.Hold(events, stream.Abandon);
        try
        {
            session.Actor.Tell(new DownstreamSession.AddStream(stream));
            await using var ended = session.Ended.UnsafeRegister(static state => ((NotificationStream)state!).Complete(StreamEnd.Closed), stream);
            await ServeAsync(context, stream, new ResumedStream(session, events, after));
        }
        finally
        {
            session.Actor.Tell(new DownstreamSession.StreamClosed(stream));
        }
    }

    /// <summary>Serves a <c>subscriptions/listen</c> to its end; or returns why it is refused.</summary>
    public async Task<Reply?> ListenAsync(HttpContext context, Envelope request)
    {
        if (!SubscriptionFilter.TryRead(request.Bytes(request.Find(MemberOf.Params, "notifications"u8)), out var wanted, out var uris, out var reason))
        {
            return Reply.Error(HubErrors.InvalidArguments.With(("reason", reason)));
        }

        if (Interlocked.Increment(ref _subscriptions) > limits.Subscriptions)
        {
            Interlocked.Decrement(ref _subscriptions);
            return Reply.Error(HubErrors.TooManySubscriptions.With(("count", limits.Subscriptions)) with { RetryAfter = TimeSpan.FromSeconds(1) }, StatusCodes.Status429TooManyRequests);
        }

        try
        {
            var stream = new NotificationStream(wanted, request.Bytes(request.Id));
            var actor = await openClient(ListenSubscription.Props(runtime.Router, runtime.Subscriptions, stream, uris));
            try
            {
                if (uris.Count > 0)
                {
                    var admitted = new TaskCompletionSource<HubError?>(TaskCreationOptions.RunContinuationsAsynchronously);
                    runtime.Subscriptions.Tell(new ResourceSubscriptions.Listen(actor, uris, admitted), ActorRefs.NoSender);
                    if (await admitted.Task.WaitAsync(context.RequestAborted) is { } tooMany)
                    {
                        return Reply.Error(tooMany with { RetryAfter = TimeSpan.FromSeconds(1) }, StatusCodes.Status429TooManyRequests);
                    }
                }

                await ServeAsync(context, stream);
            }
            finally
            {
                actor.Tell(ListenSubscription.Close.Instance);
            }

            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _subscriptions);
        }
    }

    /// <summary>Ends all streams politely; those that come later end at once.</summary>
    public void Drain()
    {
        _draining = true;
        foreach (var stream in _open.Keys)
        {
            stream.Complete(StreamEnd.Drained);
        }
    }

    /// <summary>Ends all sessions.</summary>
    public void CloseSessions()
    {
        foreach (var session in sessions.All())
        {
            EndSession(session);
        }
    }

    private async Task ServeAsync(HttpContext context, NotificationStream stream, ResumedStream? resumed = null)
    {
        _open[stream] = 0;
        if (_draining)
        {
            stream.Complete(StreamEnd.Drained);
        }

        try
        {
            // What is not written to it yet is for another stream.
            await using var gone = context.RequestAborted.UnsafeRegister(static state => ((NotificationStream)state!).Abandon(), stream);
            await PumpAsync(new SseWriter(context, limits, time), stream, resumed);
        }
        finally
        {
            stream.Complete(StreamEnd.Closed);
            _open.TryRemove(stream, out _);
        }
    }

    private async Task PumpAsync(SseWriter output, NotificationStream stream, ResumedStream? resumed)
    {
        if (!await output.OpenAsync() || (resumed is not null && !await resumed.ReplayAsync(output)))
        {
            return;
        }

        using var ticks = new PeriodicTimer(limits.KeepAlive, time);
        var tick = ticks.WaitForNextTickAsync().AsTask();
        var ready = stream.WaitToReadAsync().AsTask();
        while (true)
        {
            if (!ready.IsCompleted && await Task.WhenAny(ready, tick) == tick)
            {
                if (!await output.CommentAsync())
                {
                    return;
                }

                tick = ticks.WaitForNextTickAsync().AsTask();
                continue;
            }

            if (!await ready)
            {
                break;
            }

            while (stream.TryRead(out var frame))
            {
                if (!await (resumed?.WriteAsync(output, frame) ?? output.EventAsync(frame)))
                {
                    return;
                }
            }

            ready = stream.WaitToReadAsync().AsTask();
        }

        await SayEndAsync(output, stream);
    }

    // Contract 3.7-10: a result says that the end is graceful, a cancelled notification that something was lost. Legacy streams just end.
    private static async Task SayEndAsync(SseWriter output, NotificationStream stream)
    {
        var id = stream.SubscriptionId;
        if (id.IsEmpty)
        {
            return;
        }

        if (stream.End == StreamEnd.Drained)
        {
            await output.AnswerAsync(id, isError: false, SubscriptionFilter.EndResult(id.Span));
        }
        else if (stream.End == StreamEnd.Overflowed)
        {
            await output.EventAsync(FrameWriter.Notification(MethodNames.Cancelled, [.. "{\"requestId\":"u8, .. id.Span, (byte)'}']));
        }
    }

    /// <summary>The GET stream of a legacy session, new or gone on with.</summary>
    private sealed class ResumedStream(LegacySession session, EventStream events, long after)
    {
        private long _place = after;

        /// <summary>Sends what is new. What an earlier connection of this stream took at its very end goes with it.</summary>
        public async ValueTask<bool> WriteAsync(SseWriter output, ReadOnlyMemory<byte> frame)
        {
            var eventId = session.Events.Append(events, frame);
            return await ReplayRestAsync(output) && (frame.Length <= SessionEvents.MaxBytes || await output.EventAsync(frame, eventId));
        }

        /// <summary>Sends what came after the event that the client has. False if the client is gone.</summary>
        public async ValueTask<bool> ReplayAsync(SseWriter output) =>
            (!session.IsPrimed || await output.PrimeAsync(SessionEvents.Id(events, _place))) && await ReplayRestAsync(output);

        private async ValueTask<bool> ReplayRestAsync(SseWriter output)
        {
            while (session.Events.TryRead(events, ref _place, out var id, out var frame))
            {
                if (!await output.EventAsync(frame, id))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
