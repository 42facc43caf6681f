using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Actors.Subscriptions;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>Actor, one per open <c>subscriptions/listen</c> of a modern client; parent HubSupervisor, stops with its stream.</summary>
/// <param name="router">The hub's router.</param>
/// <param name="subscriptions">The hub's subscriptions to resources.</param>
/// <param name="stream">The client's response stream.</param>
/// <param name="uris">The resources that the client asked for.</param>
internal sealed class ListenSubscription(IActorRef router, IActorRef subscriptions, NotificationStream stream, IReadOnlyCollection<string> uris) : UntypedActor, IWithTimers
{
    // Contract 3.7, rule 4: what no server has confirmed by then is left out and never added later.
    private static readonly TimeSpan ConfirmationLimit = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> _open = new(uris, StringComparer.Ordinal);
    private readonly List<string> _confirmed = [];
    private readonly Dictionary<string, Envelope> _updates = new(StringComparer.Ordinal);
    private ListKinds _changes;
    private bool _isWatching;
    private bool _acknowledged;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Command, from the exchange: the client is gone.</summary>
    public sealed record Close
    {
        public static Close Instance { get; } = new();
    }

    private sealed record ConfirmationOverdue
    {
        public static ConfirmationOverdue Instance { get; } = new();
    }

    public static Props Props(IActorRef router, IActorRef subscriptions, NotificationStream stream, IReadOnlyCollection<string> uris) =>
        Akka.Actor.Props.Create(() => new ListenSubscription(router, subscriptions, stream, uris));

    protected override void PreStart()
    {
        router.Tell(new GroupRouter.Watch(Self));
        if (_open.Count > 0)
        {
            Timers.StartSingleTimer(ConfirmationOverdue.Instance, ConfirmationOverdue.Instance, ConfirmationLimit);
        }
    }

    protected override void PostStop() => stream.Complete(StreamEnd.Closed);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupRouter.TableChanged changed:
                // The first answer to the watch: a list that the client reads from now on cannot be older than a change that it is not told of.
                _isWatching = true;
                AcknowledgeIfSettled();
                Announce(ListKindsOf.Kinds(changed.Kinds));
                break;
            case ResourceSubscriptions.Settled settled when _open.Remove(settled.Uri):
                if (settled.IsConfirmed)
                {
                    _confirmed.Add(settled.Uri);
                }

                AcknowledgeIfSettled();
                break;
            case ResourceSubscriptions.Updated updated when _acknowledged:
                stream.PushUpdated(updated.Uri, updated.Notification);
                break;
            case ResourceSubscriptions.Updated updated:
                _updates[updated.Uri] = updated.Notification;
                break;
            case ConfirmationOverdue:
                foreach (var uri in _open)
                {
                    subscriptions.Tell(new ResourceSubscriptions.Unsubscribe(Self, uri));
                    _updates.Remove(uri);
                }

                _open.Clear();
                AcknowledgeIfSettled();
                break;
            case ResourceSubscriptions.Settled:
                break; // Too late.
            case Close:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Announce(ListKinds kinds)
    {
        if (_acknowledged)
        {
            stream.PushChanged(kinds);
        }
        else
        {
            _changes |= kinds;
        }
    }

    // It is the first message of the stream (2026-07-28, subscriptions, Acknowledgment): what happens before it waits.
    private void AcknowledgeIfSettled()
    {
        if (_acknowledged || !_isWatching || _open.Count > 0)
        {
            return;
        }

        _acknowledged = true;
        stream.PushAcknowledgement(_confirmed);
        stream.PushChanged(_changes);
        foreach (var (uri, notification) in _updates)
        {
            stream.PushUpdated(uri, notification);
        }

        _updates.Clear();
    }
}
