using Akka.Actor;
using McpHub.Actors.Routing;

namespace McpHub.Actors.Sessions;

/// <summary>Base of the actors that tell a client about changed lists. The first change goes out at once; those that follow within 250 ms go out together (contract 3.7-6).</summary>
/// <param name="router">The hub's router.</param>
internal abstract class ListChangeWatcher(IActorRef router) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    private ListKinds _held;

    private sealed record WindowEnded
    {
        public static WindowEnded Instance { get; } = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => router.Tell(new GroupRouter.Watch(Self));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupRouter.TableChanged changed:
                OnWatching();
                Take(ListKindsOf.Kinds(changed.Kinds));
                break;
            case WindowEnded when _held != ListKinds.None:
                Publish();
                break;
            case WindowEnded:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>The router answered: no change from now on is missed.</summary>
    protected virtual void OnWatching()
    {
    }

    protected abstract void OnChanged(ListKinds kinds);

    private void Take(ListKinds kinds)
    {
        if (kinds == ListKinds.None)
        {
            return;
        }

        _held |= kinds;
        if (!Timers.IsTimerActive(WindowEnded.Instance))
        {
            Publish();
        }
    }

    private void Publish()
    {
        var kinds = _held;
        _held = ListKinds.None;
        Timers.StartSingleTimer(WindowEnded.Instance, WindowEnded.Instance, Window);
        OnChanged(kinds);
    }
}
