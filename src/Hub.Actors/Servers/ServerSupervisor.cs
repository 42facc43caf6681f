using System.Globalization;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Servers;

/// <summary>
/// Actor, one per server; parent HubSupervisor, stops when the server is removed. Holds the server's state, its era verdict, back-off and breaker, and its session.
/// It restarts connections and never replays a request.
/// </summary>
internal sealed class ServerSupervisor : UntypedActor, IWithTimers
{
    // Long before the handshake is given up (npx is slow), a user who looks must learn which server the rest waits for.
    private static readonly TimeSpan SlowConnect = TimeSpan.FromSeconds(5);

    private readonly ServerDefinition _server;
    private readonly SessionRef _session;
    private readonly IActorRef _router;
    private readonly HubSettings _settings;
    private readonly TaskCompletionSource<SessionRef> _connected;
    private readonly RestartBackoff _backoff;
    private readonly SchedulerClock _clock;
    private readonly ILoggingAdapter _log;
    private IActorRef _actor = ActorRefs.Nobody;
    private ServerState _state;
    private GroupRouter.CatalogRead? _catalog;
    private TransportClosed? _lastEnd;
    private HubError? _gaveUp;
    private TimeSpan _connectStarted;
    private TimeSpan _readySince;
    private bool _wasConnected;
    private (HubErrorDefinition, ServerPhase)? _lastLogged;
    private bool _usedVerdict;
    private bool _sessionStarted;
    private bool _isStopping;

    public ServerSupervisor(ServerDefinition server, SessionRef session, IActorRef router, HubSettings settings, TaskCompletionSource<SessionRef> connected)
    {
        (_server, _session, _router, _settings, _connected) = (server, session, router, settings, connected);
        _backoff = new RestartBackoff(server.RestartMin, server.RestartMax, Random.Shared.NextDouble, server.RestartJitter);
        _clock = new SchedulerClock(Context.System.Scheduler);
        _log = Context.GetLogger();
        _state = session.State ?? new ServerState(ServerPhase.Connecting, _clock.Now);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Command, from the parent: drain, close, stop. The last one's grace counts.</summary>
    public sealed record Stop(TimeSpan Grace);

    /// <summary>Command, from the parent: say again what the router must know; it was restarted.</summary>
    public sealed record ReportAgain
    {
        public static ReportAgain Instance { get; } = new();
    }

    /// <summary>Event, to the parent: this server cannot be used and wants to be removed.</summary>
    public sealed record GaveUp(string ServerId);

    private sealed record ConnectIsSlow
    {
        public static ConnectIsSlow Instance { get; } = new();
    }

    private sealed record Retry
    {
        public static Retry Instance { get; } = new();
    }

    public static Props Props(ServerDefinition server, SessionRef session, IActorRef router, HubSettings settings, TaskCompletionSource<SessionRef> connected) =>
        Akka.Actor.Props.Create(() => new ServerSupervisor(server, session, router, settings, connected));

    /// <summary>The state of a server that was just added.</summary>
    public static ServerState FirstState(ServerDefinition server, DateTimeOffset now) =>
        server.Misconfigured is { } error ? new ServerState(ServerPhase.Misconfigured, now) { LastError = error, Reason = error.Message }
        : server.Disabled ? new ServerState(ServerPhase.Disabled, now) { Reason = "disabled in the configuration" }
        : new ServerState(ServerPhase.Connecting, now);

    protected override void PreStart()
    {
        if (_server.Misconfigured is null && !_server.Disabled)
        {
            _actor = Context.Watch(Context.ActorOf(UpstreamSession.Props(_server, _session, _settings), "shared"));
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // It was restarted by an exception, which ended all that was pending, and knows nothing of a drain that had begun.
            case UpstreamSession.Started when _isStopping:
                _actor.Tell(new UpstreamSession.Drain(TimeSpan.Zero));
                break;

            case UpstreamSession.Started when _sessionStarted:
                OnRestarted(HubErrors.Defect.With(("server", _server.Id), ("reason", "the session failed and was restarted; the log says why")));
                break;

            case UpstreamSession.Started:
                _sessionStarted = true;
                Connect();
                break;

            case Retry when !_isStopping:
                Connect();
                break;

            case ConnectIsSlow when _state.Phase == ServerPhase.Connecting:
                OnSlowConnect();
                break;

            case UpstreamSession.Connected connected when !_isStopping:
                OnConnected(connected);
                break;

            case UpstreamSession.CatalogChanged changed when !_isStopping:
                PublishCatalog(changed.Peer, changed.Catalog);
                break;

            case UpstreamSession.ConnectFailed failed when !_isStopping:
                OnConnectFailed(failed.Error);
                break;

            case UpstreamSession.ConnectionLost lost:
                _lastEnd = lost.Details with { Error = lost.Error ?? lost.Details.Error };
                if (!_isStopping)
                {
                    OnLost(lost.Error ?? HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", "the server ended it")));
                }

                break;

            case UpstreamSession.FellAsleep when !_isStopping:
                OnAsleep();
                break;

            case UpstreamSession.Woken when !_isStopping:
                Connect(isWaking: true);
                break;

            case GroupRouter.CatalogPublished:
                _connected.TrySetResult(_session);
                break;

            case GroupRouter.CatalogRejected rejected:
                GiveUp(rejected.Error);
                break;

            case ReportAgain:
                _router.Tell(new GroupRouter.ServerStateChanged(_server.Id, _state));
                if (_catalog is not null)
                {
                    _router.Tell(_catalog);
                }

                break;

            case Stop stop:
                OnStop(stop);
                break;

            case Terminated:
                End();
                break;

            // It is stopping, or connected meanwhile.
            case Retry or ConnectIsSlow or UpstreamSession.Connected or UpstreamSession.CatalogChanged or UpstreamSession.ConnectFailed or UpstreamSession.FellAsleep or UpstreamSession.Woken:
                break;

            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        // An end that was made good since is not why the session ends.
        _session.End(_lastEnd ?? new TransportClosed(_gaveUp));
        _connected.TrySetException(HubException.From(_state.LastError ?? HubErrors.ServerDisconnected.With(("server", _server.Id))));
    }

    // Its lists are served and calls are taken: to everybody else it is ready, also while it is woken.
    private void OnAsleep()
    {
        ForgetFailuresOfLongAgo();
        Show(_state with { Reason = "idle: its connection is closed until the next call", ProcessId = null });
    }

    private void Connect(bool isWaking = false)
    {
        _connectStarted = _clock.Elapsed;
        var verdict = EraVerdicts.Find(_server.VerdictKey, _clock.Now);
        _usedVerdict = verdict is not null;
        _actor.Tell(new UpstreamSession.Connect(_server.Era ?? verdict?.Era, verdict?.ByFallback ?? false));
        if (isWaking)
        {
            Show(_state with { Reason = "its connection is being opened again for a call" });
            return;
        }

        Timers.StartSingleTimer(ConnectIsSlow.Instance, ConnectIsSlow.Instance, SlowConnect);
        Show(_state with { Phase = ServerPhase.Connecting, Since = _clock.Now, Reason = _state.LastError?.Message, Hint = null, NextRetry = null });
    }

    private void OnSlowConnect() => Show(_state with
    {
        Reason = string.Create(CultureInfo.InvariantCulture, $"the server has not ended its handshake after {SlowConnect.TotalSeconds} s"),
        Hint = HubErrors.HandshakeTimeout.With().Hint,
    });

    private void OnConnected(UpstreamSession.Connected connected)
    {
        _wasConnected = true;
        _lastEnd = null;
        _readySince = _clock.Elapsed;
        _lastLogged = null;
        EraVerdicts.Keep(_server.VerdictKey, new EraVerdicts.Verdict(connected.Peer.Era, connected.ByFallback), _clock.Now);
        Show(new ServerState(ServerPhase.Ready, _clock.Now)
        {
            LastError = _state.LastError,
            ProcessId = connected.ProcessId,
            ConnectTime = _clock.Elapsed - _connectStarted,
        });
        if (_server.KeepCatalog)
        {
            PublishCatalog(connected.Peer, connected.Catalog);
        }
        else
        {
            _connected.TrySetResult(_session);
        }
    }

    private void PublishCatalog(PeerInfo peer, ServerCatalog catalog)
    {
        _catalog = new GroupRouter.CatalogRead(_server.Id, peer, _server.Tools is { } filter ? catalog with { Tools = filter.Of(catalog.Tools) } : catalog);
        _router.Tell(_catalog);
    }

    private void OnConnectFailed(HubError error)
    {
        if (_usedVerdict)
        {
            // It may have changed its era: probe next time (2026-07-28, versioning, "Backward Compatibility").
            EraVerdicts.Forget(_server.VerdictKey);
            if (_server.StopOnFirstFailure && !_wasConnected && (error.HttpStatus is not null || error.Definition == HubErrors.PeerAnsweredError))
            {
                // Somebody else may answer there now; whoever connects is not to pay for what the hub remembered.
                Connect();
                return;
            }
        }

        if (_server.StopOnFirstFailure && !_wasConnected)
        {
            GiveUp(error);
        }
        else
        {
            TryLater(error);
        }
    }

    private void OnRestarted(HubError error)
    {
        if (_state.Phase == ServerPhase.Connecting)
        {
            OnConnectFailed(error);
        }
        else
        {
            OnLost(error);
        }
    }

    private void OnLost(HubError error)
    {
        ForgetFailuresOfLongAgo();
        if (_server.Reconnect)
        {
            TryLater(error);
        }
        else
        {
            GiveUp(error);
        }
    }

    private void ForgetFailuresOfLongAgo()
    {
        if (_clock.Elapsed - _readySince >= _server.RestartResetAfter)
        {
            _backoff.Reset();
        }
    }

    private void TryLater(HubError error)
    {
        var (wait, isOpen) = _backoff.Failed(_clock.Elapsed);
        if (error.RetryAfter is { } asked && asked > wait)
        {
            wait = asked;
        }

        if (_server.RestartAttempts > 0 && _backoff.Attempt >= _server.RestartAttempts)
        {
            LeaveAlone(error);
            return;
        }

        var phase = error.Definition == HubErrors.Unauthorized ? ServerPhase.AwaitingAuth : isOpen ? ServerPhase.CrashLoop : ServerPhase.BackingOff;
        Timers.StartSingleTimer(Retry.Instance, Retry.Instance, wait);
        Show(new ServerState(phase, _clock.Now) { LastError = error, Reason = error.Message, NextRetry = _clock.Now + wait });
        if (_lastLogged != (error.Definition, phase))
        {
            // The same again is no news.
            _lastLogged = (error.Definition, phase);
            _log.Warning("Server {0} is {1}: {2} {3}", _server.Id, _state.Word, error.Definition.Code, error.Message);
        }
    }

    /// <summary>It stays in the hub, so that everybody can see why it does not run.</summary>
    private void LeaveAlone(HubError error)
    {
        var end = HubErrors.RestartsUsedUp.With(("server", _server.Id), ("attempts", _server.RestartAttempts), ("reason", error.Message)) with { Details = error.Details };
        Show(new ServerState(ServerPhase.Stopped, _clock.Now) { LastError = end, Reason = end.Message, Hint = end.Hint });
        _log.Warning("Server {0} is {1}: {2} {3}", _server.Id, _state.Word, end.Definition.Code, end.Message);
    }

    private void GiveUp(HubError error)
    {
        _gaveUp = error;
        Show(new ServerState(ServerPhase.Stopped, _clock.Now) { LastError = error, Reason = error.Message });
        _connected.TrySetException(HubException.From(error));
        Context.Parent.Tell(new GaveUp(_server.Id));
    }

    private void OnStop(Stop stop)
    {
        if (_actor.IsNobody())
        {
            End();
            return;
        }

        if (!_isStopping)
        {
            _isStopping = true;
            Timers.CancelAll();
            Show(_state with { Phase = ServerPhase.Draining, Since = _clock.Now });
        }

        // A second one may leave less time.
        _actor.Tell(new UpstreamSession.Drain(stop.Grace));
    }

    private void End()
    {
        Show(_state with { Phase = ServerPhase.Stopped, Since = _clock.Now });
        Context.Stop(Self);
    }

    private void Show(ServerState state)
    {
        _state = state;
        _session.State = state;
        _router.Tell(new GroupRouter.ServerStateChanged(_server.Id, state));
    }
}
