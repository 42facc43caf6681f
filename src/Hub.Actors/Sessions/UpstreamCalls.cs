using McpHub.Actors.Bridging;
using McpHub.Actors.Routing;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>A call that was handed to a session, or refused before: its sink then already holds the error.</summary>
/// <param name="Id">The hub's request id; 0 if it was refused.</param>
/// <param name="Session">The session.</param>
/// <param name="Peer">The connection it was made for.</param>
/// <param name="Sink">Where its events arrive.</param>
internal readonly record struct StartedCall(long Id, SessionRef Session, PeerInfo? Peer, CallSink Sink)
{
    /// <summary>Ends the call and tells the server. Nothing happens if it has ended.</summary>
    public void Cancel(string? reason = null)
    {
        if (Id != 0)
        {
            Session.Actor.Tell(new UpstreamSession.CancelCall(Id, reason), Akka.Actor.ActorRefs.NoSender);
        }
    }
}

/// <summary>Sends calls to sessions on the caller's thread: admission, id, frame and headers are made here, the session only keeps the row (ARCHITECTURE 3, steps 3 to 5).</summary>
internal static class UpstreamCalls
{
    /// <param name="request">The scanned request; its id and envelope are replaced.</param>
    /// <param name="clientEra">The era the request is written in.</param>
    /// <param name="route">The way to the owner.</param>
    /// <param name="wantsProgress">Whether anybody will read its progress.</param>
    /// <param name="timeout">Time without progress; <c>null</c> = the server's.</param>
    /// <param name="maximum">Time in all; <c>null</c> = the server's.</param>
    /// <param name="logs">Which log messages of the server its client takes; <c>null</c> = none.</param>
    /// <param name="level">The level that the session's user wants of a modern server; <c>null</c> = the session's.</param>
    public static StartedCall Send(Envelope request, Era clientEra, CallRoute route, bool wantsProgress, TimeSpan? timeout = null, TimeSpan? maximum = null, LogFloor? logs = null, LoggingLevel? level = null)
    {
        var session = route.Session;
        if (session.Peer is not { } peer)
        {
            return Refused(NotReady(session));
        }

        if (request.Method == MethodNames.Complete && !peer.HasCompletions)
        {
            return Refused(HubErrors.CapabilityMissing.With(("server", session.ServerId), ("method", request.Method)));
        }

        if (session.Rate is { } rate && !rate.TryTake(out var wait))
        {
            return Refused(HubErrors.TooManyCallsAMinute.With(("server", session.ServerId), ("count", rate.PerMinute)) with { RetryAfter = wait });
        }

        if (!session.TryAdmit())
        {
            return Refused(HubErrors.TooManyInFlight.With(("server", session.ServerId), ("count", session.MaxInFlight)));
        }

        try
        {
            return Admitted(request, clientEra, route, peer, wantsProgress, timeout, maximum, peer.HasLogging ? logs : null, peer.HasLogging ? level ?? session.LogLevel : null);
        }
        catch
        {
            // A defect must not cost the server a place for ever.
            session.Release();
            throw;
        }

        StartedCall Refused(HubError error)
        {
            var refused = new CallSink(wantsProgress: false);
            refused.TryFail(error);
            return new StartedCall(0, session, null, refused);
        }
    }

    private static StartedCall Admitted(Envelope request, Era clientEra, CallRoute route, PeerInfo peer, bool wantsProgress, TimeSpan? timeout, TimeSpan? maximum, LogFloor? logs, LoggingLevel? level)
    {
        var session = route.Session;
        // The upstream token is the request's own id: unique on the connection, and the row is found by it (contract 3.6).
        var id = session.NextId();
        var token = wantsProgress ? JsonText.Quote(id.ToString(System.Globalization.CultureInfo.InvariantCulture)) : [];
        var parameters = Bridge.Between(clientEra, peer.Era).RequestParams(request, route, peer, token, (logs?.Level ?? level) is { } stamped ? LoggingLevels.Token(stamped) : default);
        var isModernHttp = peer.Transport == TransportKind.Http && peer.Era == Era.Modern;
        var headers = ProtocolHeaders.For(peer, request.Method, isModernHttp ? JsonText.Unescape(route.OriginalName.Span) : null);
        if (isModernHttp && route.Mirrored.Count > 0)
        {
            headers = [.. headers, .. ProtocolHeaders.Mirrored(route.Mirrored, request)];
        }

        var frame = new OutboundFrame.Message(FrameWriter.Request(id, request.Method!, parameters.Span), id, request.Method, headers);
        var sink = new CallSink(wantsProgress, logs);
        session.Actor.Tell(new UpstreamSession.Call(session, peer, request.Method!, frame, sink, timeout ?? route.Server.CallTimeout, maximum ?? route.Server.CallMaximum), Akka.Actor.ActorRefs.NoSender);
        return new StartedCall(id, session, peer, sink);
    }

    public static HubError NotReady(SessionRef session)
    {
        var state = session.State;
        if (state is { Phase: Servers.ServerPhase.Draining or Servers.ServerPhase.Stopped, Reason: null })
        {
            // On purpose, not given up: it does not come back by itself.
            return HubErrors.ServerDisconnected.With(("server", session.ServerId));
        }

        var error = HubErrors.ServerNotReady.With(("server", session.ServerId), ("state", state?.Word ?? "connecting"), ("reason", state?.LastError is { } last ? ": " + last.Message : ""));
        // At most the whole wait that was set when it last failed: no clock of its own is needed here.
        var wait = state?.NextRetry is { } next && next > state.Since ? next - state.Since : TimeSpan.FromMilliseconds(500);
        return error with { RetryAfter = wait, Details = state?.LastError?.Details ?? [] };
    }

    /// <summary>Fills in the server of an error that a transport made, which does not know it.</summary>
    public static HubError WithServer(HubError error, string serverId) =>
        error with { ServerId = serverId, ToModel = error.ToModel.Replace("{server}", serverId, StringComparison.Ordinal) };
}
