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

    /// <summary>Serves a GET stream until the client goes, the session ends or the hub stops.</summary>
    public async Task ServeSessionAsync(HttpContext context, LegacySession session)
    {
        var stream = new NotificationStream(ListKinds.All);
        session.Activity.Enter();
        try
        {
            session.Actor.Tell(new DownstreamSession.AddStream(stream));
            await using var ended = session.Ended.UnsafeRegister(static state => ((NotificationStream)state!).Complete(StreamEnd.Closed), stream);
            await ServeAsync(context, stream);
        }
        finally
        {
            session.Actor.Tell(new DownstreamSession.StreamClosed(stream));
            session.Activity.Exit();
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

    private async Task ServeAsync(HttpContext context, NotificationStream stream)
    {
        _open[stream] = 0;
        if (_draining)
        {
            stream.Complete(StreamEnd.Drained);
        }

        try
        {
            await using var gone = context.RequestAborted.UnsafeRegister(static state => ((NotificationStream)state!).Complete(StreamEnd.Closed), stream);
            await PumpAsync(new SseWriter(context, limits, time), stream);
        }
        finally
        {
            stream.Complete(StreamEnd.Closed);
            _open.TryRemove(stream, out _);
        }
    }

    private async Task PumpAsync(SseWriter output, NotificationStream stream)
    {
        if (!await output.OpenAsync())
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
                if (!await output.EventAsync(frame))
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
}
