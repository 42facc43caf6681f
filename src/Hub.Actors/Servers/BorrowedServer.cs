using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Servers;

/// <summary>
/// Actor, one per borrowed session; parent HubSupervisor, stops when the session is taken out of the hub or has ended. It tells the router what the session offers and
/// leaves its connection alone: somebody else owns that, maybe in another hub or actor system.
/// </summary>
internal sealed class BorrowedServer : UntypedActor
{
    private readonly ServerDefinition _server;
    private readonly SessionRef _session;
    private readonly IActorRef _router;
    private readonly TaskCompletionSource<SessionRef> _connected;
    private readonly SchedulerClock _clock = new(Context.System.Scheduler);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServerState _state;
    private GroupRouter.CatalogRead? _catalog;

    public BorrowedServer(ServerDefinition server, SessionRef session, ServerState first, IActorRef router, TaskCompletionSource<SessionRef> connected) =>
        (_server, _session, _state, _router, _connected) = (server, session, first, router, connected);

    private sealed record SessionEnded(TransportClosed Closed);

    public static Props Props(ServerDefinition server, SessionRef session, ServerState first, IActorRef router, TaskCompletionSource<SessionRef> connected) =>
        Akka.Actor.Props.Create(() => new BorrowedServer(server, session, first, router, connected));

    protected override void PreStart()
    {
        // Not a death watch: it would tell of the end only, and the end has a cause.
        _ = TellEndAsync(_session.Ended, Self, _left.Task);
        _session.Actor.Tell(new UpstreamSession.WatchCatalog(Self), Self);
    }

    // Restarted it would begin anew: what it knows came from the session, which says it again.
    protected override void PreRestart(Exception reason, object message)
    {
        _left.TrySetResult();
        _session.Actor.Tell(new UpstreamSession.UnwatchCatalog(Self), Self);
    }

    protected override void PostStop()
    {
        _left.TrySetResult();
        _session.Actor.Tell(new UpstreamSession.UnwatchCatalog(Self), Self);
        _connected.TrySetException(HubException.From(_state.LastError ?? HubErrors.ServerDisconnected.With(("server", _server.Id))));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case UpstreamSession.CatalogChanged changed:
                if (_state.Phase != ServerPhase.Ready)
                {
                    Show(new ServerState(ServerPhase.Ready, _clock.Now) { LastError = _state.LastError });
                }

                _catalog = new GroupRouter.CatalogRead(_server.Id, changed.Peer, changed.Catalog);
                _router.Tell(_catalog);
                break;

            case UpstreamSession.ConnectionLost lost:
                var error = lost.Error ?? HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", "the server ended it"));
                Show(new ServerState(ServerPhase.BackingOff, _clock.Now) { LastError = error, Reason = error.Message });
                break;

            case GroupRouter.CatalogPublished:
                _connected.TrySetResult(_session);
                break;

            case GroupRouter.CatalogRejected rejected:
                GiveUp(rejected.Error);
                break;

            case SessionEnded ended:
                GiveUp(ended.Closed.Error ?? HubErrors.ServerDisconnected.With(("server", _server.Id)));
                break;

            case ServerSupervisor.ReportAgain:
                _router.Tell(new GroupRouter.ServerStateChanged(_server.Id, _state));
                if (_catalog is not null)
                {
                    _router.Tell(_catalog);
                }

                break;

            // Its calls go on: they are its owner's as much as ours.
            case ServerSupervisor.Stop:
                Context.Stop(Self);
                break;

            default:
                Unhandled(message);
                break;
        }
    }

    private static async Task TellEndAsync(Task<TransportClosed> ended, IActorRef self, Task left)
    {
        if (await Task.WhenAny(ended, left).ConfigureAwait(false) == ended)
        {
            self.Tell(new SessionEnded(await ended.ConfigureAwait(false)), ActorRefs.NoSender);
        }
    }

    private void GiveUp(HubError error)
    {
        Show(new ServerState(ServerPhase.Stopped, _clock.Now) { LastError = error, Reason = error.Message });
        _connected.TrySetException(HubException.From(error));
        Context.Parent.Tell(new ServerSupervisor.GaveUp(_server.Id));
    }

    private void Show(ServerState state)
    {
        _state = state;
        _router.Tell(new GroupRouter.ServerStateChanged(_server.Id, state));
    }
}
