using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Actors.Subscriptions;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>
/// Actor, one per session of a legacy client; parent HubSupervisor. Holds its GET streams and announces changed lists there.
/// Stops when the client ends the session, when nothing happened for the idle time, or when its life is over.
/// </summary>
/// <param name="router">The hub's router, which tells of changed lists already coalesced (contract 3.7-6).</param>
/// <param name="settings">What the face gave it.</param>
internal sealed class DownstreamSession(IActorRef router, DownstreamSession.Settings settings) : UntypedActor, IWithTimers
{
    // The idle time is measured in this many looks, so that no request has to restart a timer.
    private const int LooksPerIdle = 30;

    // News of a resource is a hint: what has no stream to go to is kept up to this (contract 3.4).
    private const int MaxUntold = 100;

    private readonly List<NotificationStream> _streams = [];
    private readonly Dictionary<string, Envelope> _untold = new(StringComparer.Ordinal);
    private ListKinds _unannounced;
    private int _seenUses;
    private int _quietLooks;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>What a session is given by the face that opened it.</summary>
    /// <param name="Activity">Its requests.</param>
    /// <param name="Idle">It ends after this time without any.</param>
    /// <param name="Life">It ends after this time whatever it does.</param>
    /// <param name="MaxStreams">One more GET stream ends the oldest.</param>
    /// <param name="Ended">Called once when it has ended, on the actor's thread.</param>
    public sealed record Settings(ClientActivity Activity, TimeSpan Idle, TimeSpan Life, int MaxStreams, Action Ended);

    /// <summary>Command, from an exchange: the client opened a GET stream.</summary>
    public sealed record AddStream(NotificationStream Stream);

    /// <summary>Event, from the exchange of a GET stream: its client is gone.</summary>
    public sealed record StreamClosed(NotificationStream Stream);

    /// <summary>Command, from the face: the client ended the session, or the hub stops.</summary>
    public sealed record Close(StreamEnd Reason);

    private sealed record Look
    {
        public static Look Instance { get; } = new();
    }

    private sealed record LifeOver
    {
        public static LifeOver Instance { get; } = new();
    }

    public static Props Props(IActorRef router, Settings settings) => Akka.Actor.Props.Create(() => new DownstreamSession(router, settings));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, settings.Idle / LooksPerIdle);
        Timers.StartSingleTimer(LifeOver.Instance, LifeOver.Instance, settings.Life);
        router.Tell(new GroupRouter.Watch(Self));
    }

    protected override void PostStop()
    {
        EndStreams(StreamEnd.Closed);
        settings.Ended();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AddStream add:
                Add(add.Stream);
                break;
            case StreamClosed closed:
                _streams.Remove(closed.Stream);
                TellAgain(closed.Stream);
                break;
            case Close close:
                EndStreams(close.Reason);
                Context.Stop(Self);
                break;
            case Look:
                LookForActivity();
                break;
            case LifeOver:
                Context.Stop(Self);
                break;
            case ResourceSubscriptions.Updated updated:
                Tell(updated.Uri, updated.Notification);
                break;
            case GroupRouter.TableChanged changed:
                Announce(ListKindsOf.Kinds(changed.Kinds));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // Each message goes to one stream only (2025-11-25, transports, Multiple Connections 2): the newest, since an older one may be a dead connection
    // that nobody has noticed yet. Without a stream the kinds are kept for the next one.
    private void Announce(ListKinds kinds)
    {
        if (_streams.Count == 0)
        {
            _unannounced |= kinds;
            return;
        }

        _streams[^1].PushChanged(kinds);
    }

    private void Tell(string uri, Envelope notification)
    {
        if (_streams.Count > 0)
        {
            _streams[^1].PushUpdated(uri, notification);
        }
        else if (_untold.Count < MaxUntold || _untold.ContainsKey(uri))
        {
            _untold[uri] = notification;
        }
    }

    // What was on its way to a connection that broke goes to the next one.
    private void TellAgain(NotificationStream closed)
    {
        var (kinds, updates) = closed.TakeUnread();
        Announce(kinds);
        foreach (var (uri, notification) in updates)
        {
            Tell(uri, notification);
        }
    }

    private void Add(NotificationStream stream)
    {
        if (_streams.Count == settings.MaxStreams)
        {
            _streams[0].Complete(StreamEnd.Closed);
            _streams.RemoveAt(0);
        }

        _streams.Add(stream);
        stream.PushChanged(_unannounced);
        _unannounced = ListKinds.None;
        foreach (var (uri, notification) in _untold)
        {
            stream.PushUpdated(uri, notification);
        }

        _untold.Clear();
    }

    private void LookForActivity()
    {
        var uses = settings.Activity.Uses;
        _quietLooks = uses == _seenUses && settings.Activity.Open == 0 ? _quietLooks + 1 : 0;
        _seenUses = uses;
        if (_quietLooks >= LooksPerIdle)
        {
            Context.Stop(Self);
        }
    }

    private void EndStreams(StreamEnd reason)
    {
        foreach (var stream in _streams)
        {
            stream.Complete(reason);
        }

        _streams.Clear();
    }
}
