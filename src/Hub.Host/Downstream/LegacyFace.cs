using Akka.Actor;
using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Actors.Subscriptions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Host.Downstream;

/// <summary>Answers the requests and takes the notifications of legacy sessions (2025-11-25 and before).</summary>
internal sealed class LegacyFace(HubRuntime runtime, DownstreamLimits limits)
{
    /// <summary>Answers a request of a session, but for <c>initialize</c>. If the reply has a call, its place must be given back by <see cref="LegacySession.RunningCall.Release"/>.</summary>
    public ValueTask<Reply> AnswerAsync(LegacySession session, Envelope request, bool streams, HttpContext context)
    {
        var method = request.Method!;
        if (Lists.IsRelayed(method))
        {
            return new ValueTask<Reply>(Relay(session, request, streams));
        }

        if (Lists.KindOf(method) is { } kind)
        {
            return runtime.Settled.IsCompleted
                ? new ValueTask<Reply>(Lists.Page(runtime, kind, request, Era.Legacy, session.Revision))
                : SettledAsync(session, request, kind, context.RequestAborted);
        }

        if (method == MethodNames.ResourcesSubscribe)
        {
            return SubscribeAsync(session, request, context.RequestAborted);
        }

        return new ValueTask<Reply>(method switch
        {
            MethodNames.Ping => Reply.Result("{}"u8.ToArray()),
            MethodNames.ResourcesUnsubscribe => Unsubscribe(session, request),
            MethodNames.SetLevel => SetLevel(session, request),
            _ => Reply.Error(HubErrors.UnknownMethod.With(("method", ModernFace.Short(method)))),
        });
    }

    /// <summary>Takes a notification. Those that nothing depends on are ignored.</summary>
    public static void Take(LegacySession session, Envelope notification)
    {
        if (notification.Method == MethodNames.Cancelled && notification.Find(MemberOf.Params, "requestId"u8) is { Exists: true } requestId)
        {
            session.Cancel(notification.Bytes(requestId));
        }
    }

    // Answered here: what servers are told depends on all clients (contract 3.3, rule 14).
    private static Reply SetLevel(LegacySession session, Envelope request)
    {
        if (!LoggingLevels.TryRead(request.Find(MemberOf.Params, "level"u8).In(request.Frame.Span), out var level))
        {
            return Reply.Error(HubErrors.InvalidArguments.With(("reason", "params.level must be debug, info, notice, warning, error, critical, alert or emergency")));
        }

        session.Logs.Set(level);
        return Reply.Result("{}"u8.ToArray());
    }

    private Reply Relay(LegacySession session, Envelope request, bool streams)
    {
        if (session.TryStart(request.Bytes(request.Id), limits.CallsPerSession, out var place) is { } refused)
        {
            return Reply.Error(refused, refused.Definition == HubErrors.TooManyCalls ? StatusCodes.Status429TooManyRequests : StatusCodes.Status200OK);
        }

        try
        {
            var call = runtime.Relay(new RelayRequest(request, Era.Legacy, session.Revision, streams) { Logs = session.Logs });
            place.Attach(call);
            return Reply.Of(call, place);
        }
        catch
        {
            place.Release();
            throw;
        }
    }

    // Answered after its server agreed (contract 3.7, rule 5).
    private async ValueTask<Reply> SubscribeAsync(LegacySession session, Envelope request, CancellationToken gone)
    {
        var answer = await runtime.SubscribeAsync(session.Actor, new RelayRequest(request, Era.Legacy, session.Revision, Streams: false)).WaitAsync(gone);
        return answer.IsError ? Reply.Error(answer.Part, StatusCodes.Status200OK) : Reply.Result(answer.Part);
    }

    private Reply Unsubscribe(LegacySession session, Envelope request)
    {
        if (request.Text(MemberOf.Params, "uri"u8) is not { } uri)
        {
            return Reply.Error(HubErrors.InvalidArguments.With(("reason", "params.uri is missing or not a string")));
        }

        runtime.Subscriptions.Tell(new ResourceSubscriptions.Unsubscribe(session.Actor, uri), ActorRefs.NoSender);
        return Reply.Result("{}"u8.ToArray());
    }

    private async ValueTask<Reply> SettledAsync(LegacySession session, Envelope request, ComponentKind kind, CancellationToken gone)
    {
        await runtime.Settled.WaitAsync(gone);
        return Lists.Page(runtime, kind, request, Era.Legacy, session.Revision);
    }
}
