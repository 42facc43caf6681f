using Akka.Actor;

namespace McpHub.Actors.Sessions;

/// <summary>Actor, one per open <c>subscriptions/listen</c> of a modern client; parent HubSupervisor's <c>/clients</c>, stops with its stream.</summary>
/// <param name="router">The hub's router.</param>
/// <param name="stream">The client's response stream.</param>
internal sealed class ListenSubscription(IActorRef router, NotificationStream stream) : ListChangeWatcher(router)
{
    private bool _acknowledged;

    /// <summary>Command, from the exchange: the client is gone.</summary>
    public sealed record Close
    {
        public static Close Instance { get; } = new();
    }

    public static Props Props(IActorRef router, NotificationStream stream) => Akka.Actor.Props.Create(() => new ListenSubscription(router, stream));

    protected override void OnReceive(object message)
    {
        if (message is Close)
        {
            Context.Stop(Self);
            return;
        }

        base.OnReceive(message);
    }

    protected override void PostStop() => stream.Complete(StreamEnd.Closed);

    // Acknowledged once the watch is live: a list that is read after it cannot be older than an unannounced change.
    protected override void OnWatching()
    {
        if (!_acknowledged)
        {
            _acknowledged = true;
            stream.PushAcknowledgement();
        }
    }

    protected override void OnChanged(ListKinds kinds) => stream.PushChanged(kinds);
}
