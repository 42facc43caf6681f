using Akka.Actor;
using McpHub.Actors.Routing;

namespace McpHub.Actors.Sessions;

/// <summary>Actor, one per open <c>subscriptions/listen</c> of a modern client; parent HubSupervisor, stops with its stream.</summary>
/// <param name="router">The hub's router.</param>
/// <param name="stream">The client's response stream.</param>
internal sealed class ListenSubscription(IActorRef router, NotificationStream stream) : UntypedActor
{
    private bool _acknowledged;

    /// <summary>Command, from the exchange: the client is gone.</summary>
    public sealed record Close
    {
        public static Close Instance { get; } = new();
    }

    public static Props Props(IActorRef router, NotificationStream stream) => Akka.Actor.Props.Create(() => new ListenSubscription(router, stream));

    protected override void PreStart() => router.Tell(new GroupRouter.Watch(Self));

    protected override void PostStop() => stream.Complete(StreamEnd.Closed);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupRouter.TableChanged changed:
                Acknowledge();
                stream.PushChanged(ListKindsOf.Kinds(changed.Kinds));
                break;
            case Close:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // The first answer to the watch: a list that the client reads from now on cannot be older than a change that it is not told of.
    private void Acknowledge()
    {
        if (!_acknowledged)
        {
            _acknowledged = true;
            stream.PushAcknowledgement();
        }
    }
}
