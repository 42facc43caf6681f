using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Actors.Subscriptions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors;

/// <summary>Actor, one per hub, at the top of its tree; stops at the end of <see cref="Drain"/>. Adds and removes servers and client sessions; two hubs in one system never meet.</summary>
internal sealed class HubSupervisor : UntypedActor
{
    private readonly RoutingTablePublisher _publisher;
    private readonly HubRuntimeOptions _options;
    private readonly HubSettings _settings;
    private readonly IReadOnlyList<ServerDefinition> _first;
    private readonly TaskCompletionSource<HubActors> _started;
    private readonly TaskCompletionSource _ended;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, Entry> _servers = new(StringComparer.Ordinal);
    private IActorRef _router = ActorRefs.Nobody;
    private IActorRef _subscriptions = ActorRefs.Nobody;
    private int _serverNumber;
    private int _clientNumber;
    private TaskCompletionSource? _drained;

    public HubSupervisor(RoutingTablePublisher publisher, HubRuntimeOptions options, HubSettings settings, IReadOnlyList<ServerDefinition> first, TaskCompletionSource<HubActors> started, TaskCompletionSource ended) =>
        (_publisher, _options, _settings, _first, _started, _ended) = (publisher, options, settings, first, started, ended);

    /// <summary>Command: a new server. <paramref name="Connected"/> completes when it is ready and published, or fails with the cause of its first failure.
    /// <paramref name="Borrowed"/>: its session belongs to somebody else; <c>null</c> = it gets one here.</summary>
    public sealed record AddServer(ServerDefinition Definition, TaskCompletionSource<SessionRef> Connected, SessionRef? Borrowed = null);

    /// <summary>Command: take a server away; <paramref name="Removed"/> completes when its connection is gone, with false if there was none.
    /// <paramref name="Added"/>: only the server that came with this <see cref="AddServer"/>, which may have been refused because another one has the name.</summary>
    public sealed record RemoveServer(string ServerId, TimeSpan Grace, TaskCompletionSource<bool> Removed, TaskCompletionSource<SessionRef>? Added = null);

    /// <summary>Command: start the actor of a client's session or of another watcher.</summary>
    public sealed record OpenClient(Props Props, TaskCompletionSource<IActorRef> Opened);

    /// <summary>Command: close everything, then stop.</summary>
    public sealed record Drain(TimeSpan Grace, TaskCompletionSource Drained);

    /// <summary>The actors that others talk to directly.</summary>
    public sealed record HubActors(IActorRef Router, IActorRef Subscriptions);

    private sealed record Connected
    {
        public static Connected Instance { get; } = new();
    }

    private sealed record NeverConnected(string ServerId, Exception Cause);

    private sealed class Entry(ServerDefinition definition, SessionRef session, IActorRef supervisor, TaskCompletionSource<SessionRef> added)
    {
        public TaskCompletionSource<SessionRef> Added => added;

        public ServerDefinition Definition => definition;

        public SessionRef Session => session;

        public IActorRef Supervisor => supervisor;

        public TimeSpan Grace { get; set; }

        public bool IsLeaving { get; set; }

        public List<TaskCompletionSource<bool>> Waiting { get; } = [];
    }

    public static Props Props(RoutingTablePublisher publisher, HubRuntimeOptions options, HubSettings settings, IReadOnlyList<ServerDefinition> first, TaskCompletionSource<HubActors> started, TaskCompletionSource ended) =>
        Akka.Actor.Props.Create(() => new HubSupervisor(publisher, options, settings, first, started, ended));

    protected override void PreStart()
    {
        _router = Context.ActorOf(GroupRouter.Props(_publisher, _options), "router");
        _subscriptions = Context.ActorOf(ResourceSubscriptions.Props(_publisher, _router), "subscriptions");
        foreach (var definition in _first)
        {
            var connected = new TaskCompletionSource<SessionRef>(TaskCreationOptions.RunContinuationsAsynchronously);
            Add(definition, connected);
            connected.Task.PipeTo(Self, success: _ => Connected.Instance, failure: cause => new NeverConnected(definition.Id, cause));
        }

        _router.Tell(GroupRouter.StartDeclared.Instance);
        _started.TrySetResult(new HubActors(_router, _subscriptions));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AddServer add when _drained is not null:
                add.Connected.TrySetException(HubException.From(HubErrors.HubDraining.With()));
                break;

            case AddServer add when _servers.ContainsKey(add.Definition.Id):
                add.Connected.TrySetException(new HubException(HubErrors.InvalidParameters.With(("server", add.Definition.Id), ("reason", $"a server named \"{add.Definition.Id}\" is already in the hub"))));
                break;

            case AddServer { Borrowed: { } borrowed } add:
                AddBorrowed(add.Definition, borrowed, add.Connected);
                break;

            case AddServer add:
                Add(add.Definition, add.Connected);
                break;

            case RemoveServer remove when !_servers.TryGetValue(remove.ServerId, out var named) || (remove.Added is { } added && added != named.Added):
                remove.Removed.TrySetResult(false);
                break;

            case RemoveServer remove:
                var leaving = _servers[remove.ServerId];
                leaving.Waiting.Add(remove.Removed);
                BeginRemoval(leaving, remove.Grace);
                break;

            case ServerSupervisor.GaveUp gaveUp when _servers.TryGetValue(gaveUp.ServerId, out var failed):
                BeginRemoval(failed, TimeSpan.Zero);
                break;

            // The published table does not have it any more: nothing new can reach it.
            case GroupRouter.ServerRemoved removed when _servers.TryGetValue(removed.ServerId, out var entry) && entry.IsLeaving:
                entry.Supervisor.Tell(new ServerSupervisor.Stop(entry.Grace));
                break;

            case GroupRouter.CatalogsWanted:
                foreach (var known in _servers.Values.Where(known => !known.IsLeaving))
                {
                    _router.Tell(new GroupRouter.AddServer(known.Definition, known.Session, known.Session.State!));
                    known.Supervisor.Tell(ServerSupervisor.ReportAgain.Instance);
                }

                _router.Tell(GroupRouter.StartDeclared.Instance);
                // The message that was lost may have been one of these.
                foreach (var leavingStill in _servers.Values.Where(known => known.IsLeaving))
                {
                    _router.Tell(new GroupRouter.RemoveServer(leavingStill.Definition.Id));
                }

                break;

            case GroupRouter.ServerRemoved:
                break; // Its supervisor had ended before.

            case OpenClient open:
                open.Opened.TrySetResult(Context.ActorOf(open.Props, $"c-{++_clientNumber}"));
                break;

            case Drain drain when _drained is not null:
                _drained.Task.ContinueWith(_ => drain.Drained.TrySetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                break;

            case Drain drain:
                _drained = drain.Drained;
                foreach (var entry in _servers.Values)
                {
                    if (entry.IsLeaving && drain.Grace < entry.Grace)
                    {
                        entry.Grace = drain.Grace;
                        entry.Supervisor.Tell(new ServerSupervisor.Stop(drain.Grace));
                    }

                    BeginRemoval(entry, drain.Grace);
                }

                StopIfDrained();
                break;

            // Nobody waits for a server that the hub started with: the log is where it shows.
            case NeverConnected { ServerId: var id, Cause: var cause } when _drained is null:
                _log.Error("Server {0} was given up: {1} {2}", id, (cause as HubException)?.Code ?? "", cause.Message);
                break;

            case Connected or NeverConnected:
                break;

            case Terminated ended:
                OnTerminated(ended.ActorRef);
                break;

            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _drained?.TrySetResult();
        _started.TrySetCanceled();
        _ended.TrySetResult();
    }

    private void Add(ServerDefinition definition, TaskCompletionSource<SessionRef> connected)
    {
        var session = new SessionRef(definition.Id, definition.MaxInFlight)
        {
            MaxWaiting = definition.MaxWaiting,
            Features = definition.Features,
            State = ServerSupervisor.FirstState(definition, Context.System.Scheduler.Now),
            Rate = CallRate.Of(definition, Context.System.Scheduler),
        };
        _router.Tell(new GroupRouter.AddServer(definition, session, session.State));
        // A counter, never a configured name: a name added again at once would throw, and paths are logged.
        var supervisor = Context.Watch(Context.ActorOf(ServerSupervisor.Props(definition, session, _router, _settings, connected), $"s-{++_serverNumber}"));
        _servers.Add(definition.Id, new Entry(definition, session, supervisor, connected));
    }

    private void AddBorrowed(ServerDefinition definition, SessionRef session, TaskCompletionSource<SessionRef> connected)
    {
        var first = new ServerState(ServerPhase.Connecting, Context.System.Scheduler.Now);
        _router.Tell(new GroupRouter.AddServer(definition, session, first));
        var supervisor = Context.Watch(Context.ActorOf(BorrowedServer.Props(definition, session, first, _router, connected), $"s-{++_serverNumber}"));
        _servers.Add(definition.Id, new Entry(definition, session, supervisor, connected));
    }

    private void BeginRemoval(Entry entry, TimeSpan grace)
    {
        if (entry.IsLeaving)
        {
            return;
        }

        entry.IsLeaving = true;
        entry.Grace = grace;
        _router.Tell(new GroupRouter.RemoveServer(entry.Definition.Id));
    }

    private void OnTerminated(IActorRef supervisor)
    {
        if (_servers.Values.FirstOrDefault(entry => entry.Supervisor.Equals(supervisor)) is not { } ended)
        {
            return;
        }

        _servers.Remove(ended.Definition.Id);
        if (_drained is null)
        {
            _subscriptions.Tell(new ResourceSubscriptions.SessionLeft(ended.Session));
        }

        if (!ended.IsLeaving)
        {
            _router.Tell(new GroupRouter.RemoveServer(ended.Definition.Id));
        }

        foreach (var waiting in ended.Waiting)
        {
            waiting.TrySetResult(true);
        }

        StopIfDrained();
    }

    private void StopIfDrained()
    {
        if (_drained is not null && _servers.Count == 0)
        {
            Context.Stop(Self);
        }
    }
}
