using Akka.Actor;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Routing;

/// <summary>
/// Actor, one per hub; parent HubSupervisor, stops with it. Keeps the registry of all servers and is the single writer of the routing table.
/// Restarted, it starts from the table in force, which stays, and asks its parent for what it may have missed.
/// </summary>
internal sealed class GroupRouter : UntypedActor, IWithTimers
{
    // Lists that change in bursts are told of once (contract 3.7, rule 6).
    private static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(250);

    private readonly RoutingTablePublisher _publisher;
    private readonly HubRuntimeOptions _options;
    private readonly Registry _registry;
    private readonly HashSet<string> _unconfirmed = [];
    private bool _isStartDeclared;
    private bool _isStartGraceOver;
    private bool _isRequiredWaitOver;
    private bool _isSettled;

    public GroupRouter(RoutingTablePublisher publisher, HubRuntimeOptions options)
    {
        (_publisher, _options) = (publisher, options);
        _isRequiredWaitOver = options.WaitForRequired <= TimeSpan.Zero;
        _registry = new Registry(options);
        Resume(publisher.Current);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Command, from the HubSupervisor: a server exists. Order of arrival is configuration order.</summary>
    public sealed record AddServer(ServerDefinition Definition, SessionRef Session, ServerState State);

    /// <summary>Command, from the HubSupervisor: all servers of the configuration were added (also after <see cref="CatalogsWanted"/>).</summary>
    public sealed record StartDeclared
    {
        public static StartDeclared Instance { get; } = new();
    }

    /// <summary>Command, from the HubSupervisor: a server is gone; answered to the sender by <see cref="ServerRemoved"/> once the table without it is published.</summary>
    public sealed record RemoveServer(string ServerId);

    /// <summary>Answer to <see cref="RemoveServer"/>.</summary>
    public sealed record ServerRemoved(string ServerId);

    /// <summary>Event, from a ServerSupervisor.</summary>
    public sealed record ServerStateChanged(string ServerId, ServerState State);

    /// <summary>Event, from a ServerSupervisor, which gets <see cref="CatalogPublished"/> or <see cref="CatalogRejected"/> back.</summary>
    public sealed record CatalogRead(string ServerId, PeerInfo Peer, ServerCatalog Catalog);

    /// <summary>Answer: the catalog is in the published table.</summary>
    public sealed record CatalogPublished(long Version);

    /// <summary>Answer, only where duplicates reject and only to a server's first catalog: nothing of it was published.</summary>
    public sealed record CatalogRejected(HubError Error);

    /// <summary>
    /// Event, to the parent: the router was restarted and lost the message that it failed on. The parent sends <see cref="AddServer"/> for every server, then
    /// <see cref="StartDeclared"/>, and lets the ServerSupervisors send their catalogs again.
    /// </summary>
    public sealed record CatalogsWanted
    {
        public static CatalogsWanted Instance { get; } = new();
    }

    /// <summary>Command: tell <paramref name="Watcher"/> every <see cref="TableChanged"/>, until it stops (death watch). It gets one at once, with no kinds.</summary>
    public sealed record Watch(IActorRef Watcher);

    /// <summary>Command: the opposite of <see cref="Watch"/>.</summary>
    public sealed record Unwatch(IActorRef Watcher);

    /// <summary>Event, to watchers: a new table is in force. <paramref name="Kinds"/>: the lists whose content changed.</summary>
    public sealed record TableChanged(RoutingTable Table, IReadOnlyCollection<ComponentKind> Kinds);

    private sealed record StartGraceOver;

    private sealed record RequiredWaitOver;

    private sealed record QuietOver;

    private sealed record UnavailableGraceOver(string ServerId);

    public static Props Props(RoutingTablePublisher publisher, HubRuntimeOptions options) => Akka.Actor.Props.Create(() => new GroupRouter(publisher, options));

    protected override void PreStart()
    {
        if (!_isSettled)
        {
            Timers.StartSingleTimer(nameof(StartGraceOver), new StartGraceOver(), _options.StartGrace);
            if (!_isRequiredWaitOver)
            {
                Timers.StartSingleTimer(nameof(RequiredWaitOver), new RequiredWaitOver(), _options.WaitForRequired);
            }
        }
    }

    protected override void PostRestart(Exception reason)
    {
        PreStart();
        foreach (var watcher in _publisher.Watchers)
        {
            Context.Watch(watcher);
        }

        foreach (var server in _registry.Servers)
        {
            WatchAvailability(server);
        }

        TellWatchers();
        Context.Parent.Tell(CatalogsWanted.Instance);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CatalogRead read:
                Take(read);
                break;
            case RouterCall call:
                RouterCalls.Send(call, _publisher.Current, Context.System, Sender);
                break;
            case ServerStateChanged { ServerId: var id, State: var state } when _registry.Find(id) is { } server:
                server.State = state;
                WatchAvailability(server);
                Publish();
                break;
            case AddServer added:
                WatchAvailability(_registry.Add(added.Definition, added.Session, added.State));
                _unconfirmed.Remove(added.Definition.Id);
                Publish();
                break;
            case RemoveServer removed:
                Remove(removed.ServerId);
                Publish();
                Sender.Tell(new ServerRemoved(removed.ServerId));
                break;
            case StartDeclared:
                _isStartDeclared = true;
                foreach (var id in _unconfirmed.ToList())
                {
                    Remove(id);
                }

                Publish();
                break;
            case StartGraceOver:
                _isStartGraceOver = true;
                Publish();
                break;
            case RequiredWaitOver:
                _isRequiredWaitOver = true;
                Publish();
                break;
            case UnavailableGraceOver { ServerId: var id } when _registry.Find(id) is { IsUp: false } server:
                _registry.Show(server, isShown: false);
                Publish();
                break;
            case QuietOver:
                TellWatchers();
                break;
            case Watch { Watcher: var watcher }:
                _publisher.Watchers.Add(watcher);
                Context.Watch(watcher);
                watcher.Tell(new TableChanged(_publisher.Current, []));
                break;
            case Unwatch { Watcher: var watcher }:
                _publisher.Watchers.Remove(watcher);
                Context.Unwatch(watcher);
                break;
            case Terminated { ActorRef: var watcher }:
                _publisher.Watchers.Remove(watcher);
                break;
            case ServerStateChanged or UnavailableGraceOver:
                break; // The server was removed meanwhile.
            default:
                Unhandled(message);
                break;
        }
    }

    private static string GraceTimer(string serverId) => nameof(UnavailableGraceOver) + serverId;

    private void Resume(RoutingTable table)
    {
        _isSettled = _registry.AreNamesShown = table.Settled;
        _registry.RestoreNames(table);
        foreach (var entry in table.Servers)
        {
            var server = _registry.Add(entry.Definition, entry.Session, entry.State);
            _unconfirmed.Add(server.Id);
            if (entry is { Peer: { } peer, Catalog: { } catalog })
            {
                _registry.Read(server, peer, catalog, isResumed: true);
            }
        }
    }

    private void Take(CatalogRead read)
    {
        if (_registry.Find(read.ServerId) is not { } server)
        {
            return; // Removed meanwhile: nobody waits for the answer.
        }

        if (_registry.Read(server, read.Peer, read.Catalog) is { } error)
        {
            Sender.Tell(new CatalogRejected(error));
            return;
        }

        Timers.Cancel(GraceTimer(server.Id));
        Publish();
        Sender.Tell(new CatalogPublished(_publisher.Current.Version));
    }

    private void Remove(string serverId)
    {
        _unconfirmed.Remove(serverId);
        Timers.Cancel(GraceTimer(serverId));
        if (_registry.Find(serverId) is { } server)
        {
            _registry.Remove(server);
        }
    }

    // The tools of a server that is down stay listed for a while (contract 3.14): a model's list should not flicker with every restart.
    private void WatchAvailability(RegisteredServer server)
    {
        var timer = GraceTimer(server.Id);
        if (server.IsUp || server.Catalog is null)
        {
            Timers.Cancel(timer);
            _registry.Show(server, isShown: true);
        }
        else if (!server.IsHidden && !Timers.IsTimerActive(timer))
        {
            Timers.StartSingleTimer(timer, new UnavailableGraceOver(server.Id), _options.UnavailableGrace);
        }
    }

    private void Publish()
    {
        _isSettled |= (_isStartGraceOver || (_isStartDeclared && _registry.Servers.All(server => server.IsSettled)))
            && (_isRequiredWaitOver || (_isStartDeclared && !_registry.Servers.Any(server => server.IsAwaited)));
        _registry.AreNamesShown |= _isSettled;
        _publisher.Publish(_registry.Build(_publisher.Current, _isSettled, out var changed));
        if (changed.Count > 0)
        {
            _publisher.Untold.UnionWith(changed);
            if (!Timers.IsTimerActive(nameof(QuietOver)))
            {
                TellWatchers();
            }
        }
    }

    private void TellWatchers()
    {
        if (_publisher.Untold.Count == 0)
        {
            return;
        }

        var changed = new TableChanged(_publisher.Current, [.. _publisher.Untold]);
        _publisher.Untold.Clear();
        foreach (var watcher in _publisher.Watchers)
        {
            watcher.Tell(changed);
        }

        Timers.StartSingleTimer(nameof(QuietOver), new QuietOver(), _quiet);
    }
}
