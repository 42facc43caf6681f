using System.Buffers.Text;
using Akka;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Servers;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using McpHub.Transports;

namespace McpHub.Actors.Sessions;

/// <summary>
/// Actor, one per server and scope; parent ServerSupervisor. It lives as long as its server is in the hub: a lost transport takes it back to waiting for
/// the next connect and replaces only its TransportOwner. Owns handshake, correlation, deadlines, cancellation and the server's lists.
/// A running call is a row in its table, not an actor.
/// </summary>
internal sealed partial class UpstreamSession : UntypedActor, IWithTimers
{
    // Contract 0.3: an over-long line fails what it can be attributed to; three of them in a minute replace the connection.
    private const int MaxOversizedFrames = 3;
    private static readonly TimeSpan OversizedFramesWindow = TimeSpan.FromSeconds(60);

    // Answers to a server that asks and asks but does not read them; its own requests are bounded by admission.
    private const int MaxUnreadAnswers = 512;

    private readonly ServerDefinition _server;
    private readonly SessionRef _self;
    private readonly HubSettings _settings;
    private readonly SchedulerClock _clock;
    private readonly ILoggingAdapter _log;
    private readonly Dictionary<long, PendingRequest> _pending = [];
    private readonly List<PendingRequest> _expired = [];
    private int _connections;
    private int _rejectedShown;
    private bool _ticking;
    private bool _draining;

    /// <param name="server">What was asked.</param>
    /// <param name="self">The handle that callers hold; this actor fills it in.</param>
    /// <param name="settings">Actor-system settings.</param>
    public UpstreamSession(ServerDefinition server, SessionRef self, HubSettings settings)
    {
        (_server, _self, _settings) = (server, self, settings);
        _clock = new SchedulerClock(Context.System.Scheduler);
        _log = Context.GetLogger();
        self.Features.LogTo(_log);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>
    /// Command, from any caller's thread: send this request. The caller has taken a place in <see cref="SessionRef"/>; <see cref="End"/> gives it back.
    /// </summary>
    public sealed class Call(SessionRef session, PeerInfo peer, string method, OutboundFrame.Message frame, CallSink sink, TimeSpan timeout, TimeSpan maximum)
    {
        public long Id => frame.Exchange!.Value;

        /// <summary>The connection's peer that the frame was made for; a connection of another revision must not get it.</summary>
        public PeerInfo Peer => peer;

        public string Method => method;

        public OutboundFrame.Message Frame => frame;

        public CallSink Sink => sink;

        public TimeSpan Timeout => timeout;

        public TimeSpan Maximum => maximum;

        public void End(in CallOutcome outcome)
        {
            if (sink.TryComplete(outcome))
            {
                session.Release();
            }
        }

        /// <summary>The session was gone before it could take the call.</summary>
        public void EndUndelivered() => End(new CallOutcome(null, HubErrors.ServerDisconnected.With(("server", session.ServerId))));
    }

    /// <summary>Command, from the caller of a call: it is not wanted any more.</summary>
    public sealed record CancelCall(long Id, string? Reason);

    /// <summary>Command, from the parent: open a connection. <paramref name="Era"/> = pinned or known from before; <c>null</c> = probe.
    /// <paramref name="ByFallback"/> = the server is known to refuse its own transport.</summary>
    public sealed record Connect(Era? Era, bool ByFallback = false);

    /// <summary>Command, from the parent: take nothing new, end what runs by <paramref name="Grace"/>, close, stop.</summary>
    public sealed record Drain(TimeSpan Grace);

    /// <summary>Event, to the parent: this incarnation of the session waits for <see cref="Connect"/>.</summary>
    public sealed record Started
    {
        public static Started Instance { get; } = new();
    }

    /// <summary>Event, to the parent: handshake done and lists read.</summary>
    public sealed record Connected(PeerInfo Peer, ServerCatalog Catalog, int? ProcessId, bool ByFallback = false);

    /// <summary>Event, to the parent: a list changed.</summary>
    public sealed record CatalogChanged(PeerInfo Peer, ServerCatalog Catalog);

    /// <summary>Event, to the parent: no usable connection came about.</summary>
    public sealed record ConnectFailed(HubError Error);

    /// <summary>Event, to the parent: the connection is gone. <paramref name="Error"/> is <c>null</c> if the server ended it politely.</summary>
    public sealed record ConnectionLost(HubError? Error, TransportClosed Details);

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record DrainOverdue;

    public static Props Props(ServerDefinition server, SessionRef self, HubSettings settings) =>
        Akka.Actor.Props.Create(() => new UpstreamSession(server, self, settings));

    protected override void PreStart()
    {
        _self.Actor = Self;
        Become(Waiting);
        Context.Parent.Tell(Started.Instance);
    }

    // Also on a restart by exception: nobody may hang.
    protected override void PostStop()
    {
        _self.Peer = null;
        CancelAllInbound();
        ForgetListenStreams();
        RefuseAllAsked(HubErrors.ServerDisconnected.With(("server", _server.Id)));
        RefuseHeld(HubErrors.ServerDisconnected.With(("server", _server.Id)));
        EndAll(call => HubErrors.ServerDisconnected.With(("server", _server.Id)), "the session was stopped");
    }

    protected override void PreRestart(Exception reason, object message)
    {
        TellWatchers(new ConnectionLost(HubErrors.Defect.With(("server", _server.Id), ("reason", "the session failed and was restarted")), new TransportClosed(Error: null)));
        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    // An owner is never restarted: its transport is one connection.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <summary>No connection; the parent decides when the next one is tried.</summary>
    private void Waiting(object message)
    {
        switch (message)
        {
            case Connect connect:
                Open(connect.Era, fallback: connect.ByFallback ? new FallbackUse(null) : null);
                break;

            case Drain:
                Context.Stop(Self);
                break;

            default:
                ReceiveAnywhere(message);
                break;
        }
    }

    private void Open(Era? era, bool handshakeOnly = false, FallbackUse? fallback = null)
    {
        ITransport transport;
        try
        {
            transport = fallback is not null && _server.OpenFallback is { } older ? older() : _server.OpenTransport!();
        }
        catch (HubException failure)
        {
            OnNotAwake(OfThisServer(failure.Error));
            Context.Parent.Tell(new ConnectFailed(OfThisServer(failure.Error)));
            return;
        }

        // A name just stopped cannot be reused at once, and no name comes from configuration.
        var owner = Context.ActorOf(TransportOwner.Props(transport, Self, _settings), $"transport-{++_connections}");
        Context.Watch(owner);
        Become(Opening(owner, transport, era, handshakeOnly, fallback));
    }

    private UntypedReceive Opening(IActorRef owner, ITransport transport, Era? era, bool handshakeOnly, FallbackUse? fallback) => message =>
    {
        switch (message)
        {
            case TransportOwner.Opened opened:
                var connection = new Connection(owner, transport, opened.Outbound, opened.Kind) { Era = era, HandshakeOnly = handshakeOnly, Fallback = fallback };
                Become(Open(connection));
                StartHandshake(connection);
                break;

            case Drain:
                // Nothing runs yet that could end by itself.
                BeginDrain(new Drain(TimeSpan.Zero), owner);
                break;

            case Terminated { ActorRef: var ended } when ended.Equals(owner):
                OnClosed(null, new TransportOwner.Closed(OwnerFailed(), new TransportClosed(Error: null)));
                break;

            default:
                ReceiveAnywhere(message);
                break;
        }
    };

    /// <summary>A connection exists, from the first byte of the handshake to the last of the drain.</summary>
    private UntypedReceive Open(Connection connection) => message =>
    {
        switch (message)
        {
            case TransportOwner.FramesRead read when read.Owner.Equals(connection.Owner):
                try
                {
                    foreach (ref readonly var scanned in read.Events.AsSpan())
                    {
                        OnEvent(connection, scanned);
                    }

                    StartQueued(connection);
                    FlushWaiting(connection);
                }
                finally
                {
                    read.Acknowledge();
                }

                break;

            case TransportOwner.AnswerRead read when read.Owner.Equals(connection.Owner):
                OnAnswerRead(connection, read);
                StartQueued(connection);
                FlushWaiting(connection);
                break;

            case var _ when Holds(message):
                break;

            case Call call:
                OnCall(connection, call);
                break;

            case CancelCall cancel:
                if (TryTakeCall(cancel.Id, out var cancelled))
                {
                    GiveUp(connection, cancelled, cancel.Reason ?? "the client cancelled the request");
                    cancelled.Fail(About(HubErrors.CallCancelled.With(), cancelled));
                    Touch();
                }

                StartQueued(connection);
                CloseIfDrained(connection);
                break;

            case Tick:
                OnTick(connection);
                StartQueued(connection);
                CloseIfDrained(connection);
                break;

            case IdleDue:
                OnIdleDue(connection);
                break;

            case RefreshDue due:
                ReadListAgain(connection, due.Kind);
                break;

            case ListenAgain:
                StartListening(connection);
                break;

            case WatchCatalog watch:
                OnWatchCatalog(connection, watch.Watcher);
                break;

            case SubscribeResource or UnsubscribeResource or ClaimResource or ReleaseResource:
                OnResourceCommand(connection, message, Sender);
                break;

            case ResourceListenAgain:
                ListenToResources(connection);
                break;

            case OpenListen open:
                OnOpenListen(connection, open.Sink);
                break;

            case CloseListen close:
                OnCloseListen(connection, close.Sink);
                Touch();
                break;

            case ListenSinkAgain again:
                Listen(connection, again.Sink);
                break;

            case PingDue:
                OnPingDue(connection);
                break;

            case Answered answered:
                OnAnswered(connection, answered);
                break;

            case ReportProgress report:
                OnReportProgress(connection, report);
                break;

            case SendNotification notification:
                OnSendNotification(connection, notification);
                break;

            case TransportOwner.Closed closed:
                OnClosed(connection, closed);
                break;

            case Terminated { ActorRef: var ended } when ended.Equals(connection.Owner):
                OnClosed(connection, new TransportOwner.Closed(OwnerFailed(), new TransportClosed(Error: null)));
                break;

            case Drain drain:
                BeginDrain(drain, connection.Owner);
                CloseIfDrained(connection);
                break;

            case DrainOverdue:
                EndAll(_ => HubErrors.ServerDisconnected.With(("server", _server.Id)), "the server was disconnected from the hub");
                connection.Owner.Tell(TransportOwner.Close.Instance);
                break;

            default:
                ReceiveAnywhere(message);
                break;
        }
    };

    private void ReceiveAnywhere(object message)
    {
        switch (message)
        {
            case var _ when Holds(message):
                break;

            case Call call:
                call.End(new CallOutcome(null, NotReady()));
                break;

            case TransportOwner.FramesRead late:
                late.Acknowledge();
                break;

            case TransportOwner.Closed closed:
                OnClosed(null, closed);
                break;

            case Tick:
                OnTick(null);
                break;

            case CancelCall cancel:
                if (TryTakeCall(cancel.Id, out var waiting))
                {
                    waiting.Fail(About(HubErrors.CallCancelled.With(), waiting));
                }

                break;

            case WatchCatalog watch:
                _self.CatalogWatchers.Add(watch.Watcher);
                break;

            case UnwatchCatalog unwatch:
                _self.CatalogWatchers.Remove(unwatch.Watcher);
                break;

            case SubscribeResource or UnsubscribeResource or ClaimResource or ReleaseResource:
                RefuseResourceCommand(message, Sender, NotReady());
                break;

            case OpenListen open:
                OnOpenListen(null, open.Sink);
                Wake();
                break;

            case CloseListen close:
                OnCloseListen(null, close.Sink);
                break;

            // Stale timers and the end of an owner that already said Closed.
            case Terminated or TransportOwner.AnswerRead or ListenSinkAgain or Answered or ReportProgress or SendNotification or RefreshDue or ListenAgain or ResourceListenAgain or PingDue or IdleDue or DrainOverdue or Connect:
                break;

            default:
                Unhandled(message);
                break;
        }
    }

    private void OnCall(Connection connection, Call call)
    {
        if (_draining || connection.Peer is not { } peer || (!ReferenceEquals(peer, call.Peer) && (peer.Revision != call.Peer.Revision || peer.Era != call.Peer.Era)))
        {
            call.End(new CallOutcome(null, NotReady()));
            return;
        }

        var request = RowOf(call);
        var mustWait = MustQueue();
        Track(request);
        if (mustWait)
        {
            Enqueue(request);
            return;
        }

        Start(connection, peer, request);
    }

    private PendingRequest RowOf(Call call)
    {
        var now = _clock.Elapsed;
        _lastUse = now;
        return new PendingRequest(call.Id, call.Method, call.Frame)
        {
            Call = call,
            Since = now,
            Timeout = call.Timeout,
            Deadline = After(now, call.Timeout),
            HardDeadline = After(now, call.Maximum),
        };
    }

    /// <summary>A call in the table goes out, or behind the level that its client wants.</summary>
    private void Start(Connection connection, PeerInfo peer, PendingRequest request)
    {
        request.HttpSession = connection.HttpSession;
        if (request.Call!.Sink.Logs is { } floor && TellLevel(connection, peer, floor, request))
        {
            connection.BehindLevel.Add(request.Frame);
        }
        else
        {
            Write(connection, request.Frame);
        }
    }

    /// <summary>A request of the session itself. <paramref name="next"/> runs in this actor, and only while the connection lives.</summary>
    private void Request(Connection connection, string method, ReadOnlyMemory<byte> parameters, TimeSpan timeout, IReadOnlyList<KeyValuePair<string, string>> headers, Action<CallOutcome> next)
    {
        var id = _self.NextId();
        var now = _clock.Elapsed;
        Add(connection, new PendingRequest(id, method, new OutboundFrame.Message(FrameWriter.Request(id, method, parameters.Span), id, method, headers))
        {
            Continue = next,
            Since = now,
            Timeout = timeout,
            Deadline = After(now, timeout),
        });
    }

    private void Notify(Connection connection, string method, ReadOnlyMemory<byte> parameters, IReadOnlyList<KeyValuePair<string, string>> headers) =>
        Write(connection, new OutboundFrame.Message(FrameWriter.Notification(method, parameters.Span), null, method, headers));

    private void Add(Connection connection, PendingRequest request)
    {
        request.HttpSession = connection.HttpSession;
        Track(request);
        Write(connection, request.Frame);
    }

    /// <summary>From now on its deadlines are looked after.</summary>
    private void Track(PendingRequest request)
    {
        _pending.Add(request.Id, request);
        if (!_ticking)
        {
            StartTicking();
        }
    }

    private void Write(Connection connection, OutboundFrame frame)
    {
        if (connection.Waiting.Count == 0 && connection.Outbound.TryWrite(frame))
        {
            return;
        }

        if (connection.Failure is not null)
        {
            // It is being closed; what was not written waits for the next one.
            return;
        }

        connection.Waiting.Enqueue(frame);
        if (connection.Waiting.Count < connection.LookAtWaiting)
        {
            return;
        }

        // A call that ended has given its place back, but its frame is still here: admission alone bounds nothing while a server does not read.
        var alive = connection.Waiting.Where(waiting => waiting is not OutboundFrame.Message { IsWithdrawn: true }).ToArray();
        connection.Waiting.Clear();
        foreach (var waiting in alive)
        {
            connection.Waiting.Enqueue(waiting);
        }

        connection.LookAtWaiting = alive.Length + MaxUnreadAnswers;
        if (alive.Length >= _server.MaxInFlight + MaxUnreadAnswers)
        {
            Fail(connection, HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", $"the server did not read {alive.Length} messages")));
        }
    }

    private static void FlushWaiting(Connection connection)
    {
        while (connection.Waiting.TryPeek(out var frame) && connection.Outbound.TryWrite(frame))
        {
            connection.Waiting.Dequeue();
        }
    }

    private void OnTick(Connection? connection)
    {
        if (connection is not null)
        {
            FlushWaiting(connection);
        }

        if (_pending.Count == 0)
        {
            // What still waits to be written needs the next tick too.
            if (connection is not { Waiting.Count: > 0 })
            {
                StopTicking();
            }

            return;
        }

        var now = _clock.Elapsed;
        foreach (var request in _pending.Values)
        {
            if (now >= request.Deadline || now >= request.HardDeadline || (connection?.Peer is not null && now - request.Since >= _settings.BusyTimeout && !request.Frame.HasBegun && !request.IsHeld))
            {
                _expired.Add(request);
            }
        }

        foreach (var request in _expired)
        {
            Expire(connection, request, now);
        }

        _expired.Clear();
    }

    private void Expire(Connection? connection, PendingRequest request, TimeSpan now)
    {
        // An earlier one of the same tick may have ended it, or the transport may just have begun to write it.
        var overdue = now >= request.Deadline || now >= request.HardDeadline;
        if (!_pending.ContainsKey(request.Id) || (!overdue && !request.Frame.TryWithdraw()))
        {
            return;
        }

        _pending.Remove(request.Id);
        Touch();
        if (!overdue && request.IsQueued)
        {
            request.Fail(HubErrors.TooManyInFlight.With(("server", _server.Id), ("count", _server.MaxInFlight)));
            return;
        }

        if (!overdue)
        {
            request.Fail(HubErrors.UpstreamBusy.With(("server", _server.Id), ("seconds", _settings.BusyTimeout.TotalSeconds)));
            return;
        }

        var waited = now >= request.HardDeadline ? request.HardDeadline - request.Since : request.Timeout;
        var error = request.Call is null
            ? HubErrors.HandshakeTimeout.With(("server", _server.Id), ("method", request.Method), ("seconds", waited.TotalSeconds))
            : HubErrors.DeadlinePassed.With(("server", _server.Id), ("method", request.Method), ("seconds", waited.TotalSeconds));
        GiveUp(connection, request, "the deadline passed");
        request.Fail(About(error, request));
    }

    /// <summary>
    /// Tells the server that an answer is not wanted any more: a notification, on modern HTTP the closed response (2026-07-28, cancellation,
    /// "Transport-Specific"). Never for a handshake (2025-11-25, cancellation, "Behavior Requirements"), and nothing if the request was never written.
    /// </summary>
    private void GiveUp(Connection? connection, PendingRequest request, string reason)
    {
        if (request.Frame.TryWithdraw() || connection is null)
        {
            return;
        }

        Remember(connection, request);
        if (request.Method is not (MethodNames.Initialize or MethodNames.Discover) && (connection.Kind == TransportKind.Channel || connection.Peer?.Era == Era.Legacy))
        {
            byte[] parameters = [.. "{\"requestId\":"u8, .. System.Text.Encoding.ASCII.GetBytes(request.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)), .. ",\"reason\":"u8, .. JsonText.Quote(reason), (byte)'}'];
            var headers = connection.Peer is { } peer ? ProtocolHeaders.For(peer, MethodNames.Cancelled, null) : ProtocolHeaders.None;
            Write(connection, new OutboundFrame.Message(FrameWriter.Notification(MethodNames.Cancelled, parameters), null, MethodNames.Cancelled, headers));
        }

        if (connection.Kind == TransportKind.Http)
        {
            Write(connection, new OutboundFrame.Abort(request.Id));
        }
    }

    /// <summary>The connection is gone: what may have run ends as unknown, what was provably not written waits for the next connection while its deadline lasts.</summary>
    private void OnClosed(Connection? connection, TransportOwner.Closed closed)
    {
        connection?.Outbound.Complete();
        _self.Peer = _asleep;
        _queue.Clear();
        CancelAllInbound();
        ForgetListenStreams();
        Timers.CancelAll();
        _ticking = false;
        var error = connection?.Failure ?? (closed.Error is { } cause ? OfThisServer(cause) : null);
        var reason = error?.Message ?? "the server ended it";
        RefuseAllAsked(error ?? HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", reason)));
        foreach (var request in _pending.Values.ToArray())
        {
            // Before the frame is withdrawn, which empties it.
            var renewed = Renew(request);
            if (request.Call is null)
            {
                _pending.Remove(request.Id);
            }
            else if (!request.Frame.TryWithdraw())
            {
                _pending.Remove(request.Id);
                request.Fail(HubErrors.OutcomeUnknown.With(("server", _server.Id), ("reason", reason)) with { Delivery = Delivery.Unknown, Details = error?.Details ?? [] });
            }
            else if (_draining || !_server.Reconnect)
            {
                _pending.Remove(request.Id);
                request.Fail(HubErrors.ServerDisconnected.With(("server", _server.Id)) with { Details = error?.Details ?? [] });
            }
            else
            {
                // Not written: the place in the table stays, a copy of the frame goes to the next connection.
                _pending[request.Id] = renewed;
            }
        }

        if (_draining)
        {
            Context.Stop(Self);
            return;
        }

        Become(Waiting);
        if (_pending.Count > 0)
        {
            StartTicking();
        }

        // A connection that never came about says nothing about the probe.
        if (connection?.Reopen is { } reopen && connection.Probe is null or { HasBegun: true })
        {
            reopen();
            return;
        }

        if (connection is { FallsAsleep: true })
        {
            OnAsleep();
        }
        else if (connection is not { IsReported: true })
        {
            var failure = NotConnected(connection, error ?? HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", reason)));
            OnNotAwake(failure);
            Context.Parent.Tell(new ConnectFailed(failure));
        }
        else
        {
            var lost = new ConnectionLost(error, closed.Details);
            Context.Parent.Tell(lost);
            TellWatchers(lost);
        }
    }

    private static HubError OwnerFailed() => HubErrors.Defect.With(("reason", "the owner of a transport failed; the log says why"));

    private void StartTicking()
    {
        _ticking = true;
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _settings.Tick);
    }

    private void StopTicking()
    {
        _ticking = false;
        Timers.Cancel(Tick.Instance);
    }

    private void BeginDrain(Drain drain, IActorRef owner)
    {
        _draining = true;
        _self.Peer = null;
        if (drain.Grace <= TimeSpan.Zero || _pending.Count == 0)
        {
            EndAll(_ => HubErrors.ServerDisconnected.With(("server", _server.Id)), "the server was disconnected from the hub");
            owner.Tell(TransportOwner.Close.Instance);
            return;
        }

        Timers.StartSingleTimer(nameof(DrainOverdue), new DrainOverdue(), drain.Grace);
    }

    private void CloseIfDrained(Connection connection)
    {
        if (_draining && !_pending.Values.Any(request => request.Call is not null))
        {
            connection.Owner.Tell(TransportOwner.Close.Instance);
        }
    }

    private void EndAll(Func<PendingRequest, HubError> unsent, string reason)
    {
        foreach (var request in _pending.Values.Where(request => request.Call is not null).ToArray())
        {
            request.Fail(request.Frame.TryWithdraw() ? unsent(request)
                : HubErrors.OutcomeUnknown.With(("server", _server.Id), ("reason", reason)) with { Delivery = Delivery.Unknown });
        }

        _pending.Clear();
    }

    private HubError About(HubError error, PendingRequest request) => error with
    {
        ServerId = _server.Id,
        Delivery = request.Frame.TryWithdraw() ? Delivery.NotSent : Delivery.Unknown,
    };

    private HubError NotReady() => UpstreamCalls.NotReady(_self);

    private static TimeSpan After(TimeSpan now, TimeSpan wait) => wait == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : now + wait;

    /// <param name="request">A request that goes out by another frame.</param>
    /// <param name="frame">The frame; <c>null</c> = a copy.</param>
    private static PendingRequest Renew(PendingRequest request, OutboundFrame.Message? frame = null)
    {
        frame ??= new OutboundFrame.Message(request.Frame.Utf8, request.Id, request.Method, request.Frame.Headers);
        return new(frame.Exchange!.Value, request.Method, frame)
        {
            Call = request.Call,
            Continue = request.Continue,
            Since = request.Since,
            Timeout = request.Timeout,
            Deadline = request.Deadline,
            HardDeadline = request.HardDeadline,
            IsSentAgain = request.IsSentAgain,
            LastProgress = request.LastProgress,
            Logs = request.Logs,
        };
    }

    private static bool TryId(ReadOnlySpan<byte> token, out long id)
    {
        // Some servers echo a number as a string; both correlate (contract 1, EN-02).
        var digits = token.Length > 2 && token[0] == (byte)'"' ? token[1..^1] : token;
        return Utf8Parser.TryParse(digits, out id, out var used) && used == digits.Length;
    }

    /// <summary>The state of one connection; made new for each.</summary>
    private sealed class Connection(IActorRef owner, ITransport transport, OutboundWriter outbound, TransportKind kind)
    {
        public IActorRef Owner => owner;

        public ITransport Transport => transport;

        public OutboundWriter Outbound => outbound;

        public TransportKind Kind => kind;

        /// <summary>Frames that found the outbound channel full.</summary>
        public Queue<OutboundFrame> Waiting { get; } = new();

        /// <summary>When so many wait, those that were withdrawn are thrown out.</summary>
        public int LookAtWaiting { get; set; } = MaxUnreadAnswers;

        /// <summary>The pinned or known era; <c>null</c> = probe.</summary>
        public Era? Era { get; init; }

        /// <summary>The connection is of the older transport.</summary>
        public FallbackUse? Fallback { get; init; }

        /// <summary>The probe that is under way, on a channel.</summary>
        public OutboundFrame.Message? Probe { get; set; }

        /// <summary>The probe ended an earlier connection: start with the legacy handshake.</summary>
        public bool HandshakeOnly { get; init; }

        /// <summary>Set by the end of the handshake.</summary>
        public PeerInfo? Peer { get; set; }

        /// <summary>How often the server has forgotten the session and was given a new one.</summary>
        public int HttpSession { get; set; }

        /// <summary>An <c>initialize</c> for a new session is under way.</summary>
        public bool IsRenewing { get; set; }

        /// <summary>Requests that were refused for the session and wait for the next one.</summary>
        public List<PendingRequest> ForNextSession { get; } = [];

        /// <summary>Calls that wait for the tools to be listed, because their headers were wrong.</summary>
        public List<RefusedCall> RefusedCalls { get; } = [];

        /// <summary>The parent knows of this connection as connected.</summary>
        public bool IsReported { get; set; }

        /// <summary>It is being closed because nobody uses it.</summary>
        public bool FallsAsleep { get; set; }

        /// <summary>What to do instead of reporting the end of this connection.</summary>
        public Action? Reopen { get; set; }

        /// <summary>Why the session itself closes a connection that it could not use.</summary>
        public HubError? Failure { get; set; }

        public ServerCatalog Catalog { get; set; } = ServerCatalog.Empty;

        /// <summary>All lists were read once.</summary>
        public bool IsCatalogRead { get; set; }

        /// <summary>The probe got no answer in time, so the era is a guess.</summary>
        public bool ProbeUnanswered { get; set; }

        public Dictionary<ComponentKind, ListReading> Lists { get; } = [];

        /// <summary>Request id of the open listen stream of a modern server.</summary>
        public long? ListenId { get; set; }

        public int ListenFailures { get; set; }

        /// <summary>The stream that tells of resources at a modern server, and the one that is to take its place.</summary>
        public ResourceListen? ResourceListen { get; set; }

        public ResourceListen? NextResourceListen { get; set; }

        /// <summary>What is wanted changed while the next stream was being opened.</summary>
        public bool IsResourceListenStale { get; set; }

        /// <summary>There was a time in which nothing was heard.</summary>
        public bool MayHaveMissedUpdates { get; set; }

        public int ResourceListenFailures { get; set; }

        /// <summary>The level that the server was told; <c>null</c> = none.</summary>
        public LoggingLevel? LogLevel { get; set; }

        public int LevelsUnderWay { get; set; }

        /// <summary>Calls that are written once the server knows the level that their clients want.</summary>
        public List<OutboundFrame.Message> BehindLevel { get; } = [];

        /// <summary>Calls that the server was told to give up and has not answered: what it says now may be about them.</summary>
        public HashSet<long> GivenUp { get; } = [];

        public TimeSpan GivenUpUntil { get; set; }

        public TimeSpan LastHeard { get; set; }

        public int MissedPings { get; set; }

        public Queue<TimeSpan> OversizedFrames { get; } = new();
    }
}
