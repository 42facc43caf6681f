using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Subscriptions;

namespace McpHub.Actors.Embedding;

/// <summary>A subscription of a group's user to one resource.</summary>
/// <param name="lane">Who is called.</param>
/// <param name="system">The group's actor system.</param>
/// <param name="sink">Who hears of it; its end is the end of the subscription.</param>
internal sealed class ResourceSubscription(UpdateLane lane, ActorSystem system, IActorRef sink) : IAsyncDisposable
{
    public IActorRef Sink => sink;

    public ValueTask DisposeAsync()
    {
        lane.Close();
        system.Stop(sink);
        return default;
    }
}

/// <summary>Actor, one per subscription of a group's user; parent HubSupervisor, stops when it is disposed.</summary>
internal sealed class ResourceSubscriber(UpdateLane lane) : UntypedActor
{
    public static Props Props(UpdateLane lane) => Akka.Actor.Props.Create(() => new ResourceSubscriber(lane));

    protected override void PostStop() => lane.Close();

    protected override void OnReceive(object message)
    {
        if (message is ResourceSubscriptions.Updated)
        {
            lane.Signal();
        }
    }
}

/// <summary>Calls a handler of updates on the thread pool, one call at a time. All updates say the same, so those that come while it runs are one. Thread-safe.</summary>
internal sealed class UpdateLane(ResourceUpdated update, Func<ResourceUpdated, ValueTask> handler, ILoggingAdapter log)
{
    private readonly Lock _lock = new();
    private bool _isRunning;
    private bool _isDue;
    private bool _isClosed;

    public void Signal()
    {
        lock (_lock)
        {
            _isDue = !_isClosed;
            if (_isRunning || !_isDue)
            {
                return;
            }

            _isRunning = true;
        }

        // It ends by itself when nothing is due.
        _ = Task.Run(RunAsync);
    }

    public void Close()
    {
        lock (_lock)
        {
            (_isClosed, _isDue) = (true, false);
        }
    }

    private async Task RunAsync()
    {
        while (TryTake())
        {
            try
            {
                await handler(update).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                log.Warning(failure, "A handler of resource updates failed");
            }
        }
    }

    private bool TryTake()
    {
        lock (_lock)
        {
            _isRunning = _isDue;
            _isDue = false;
            return _isRunning;
        }
    }
}
