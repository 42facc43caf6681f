using Akka.Actor;

namespace McpHub.Actors.Routing;

/// <summary>Where the routing table in force is read, from any thread. It outlives a restart of the router, which is the only writer.</summary>
internal sealed class RoutingTablePublisher
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RoutingTable _current = RoutingTable.Empty;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RoutingTable Current => _current;

    /// <summary>Completes with the next publication. Take it before <see cref="Current"/>, so that none is missed.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Completes with the first table that is settled.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Router only: who is told of changes.</summary>
    public HashSet<IActorRef> Watchers { get; } = [];

    /// <summary>Router only: changed lists of published tables that they were not told of yet.</summary>
    public HashSet<ComponentKind> Untold { get; } = [];

    /// <summary>Called with every table, on the router's thread: for who must miss none.</summary>
    public event Action<RoutingTable>? Published;

    /// <summary>Router only.</summary>
    public void Publish(RoutingTable table)
    {
        _current = table;
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
        Published?.Invoke(table);
        if (table.Settled)
        {
            _settled.TrySetResult();
        }
    }
}
