using System.Runtime.CompilerServices;
using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Actors.Routing;

namespace McpHub;

/// <content>What the group tells by itself.</content>
public sealed partial class ClientSessionGroup
{
    /// <summary>
    /// The changes of the group's lists and of its servers' states from this call on: whoever calls this first and reads the snapshots then misses nothing. A watcher that is slower
    /// than the changes gets several as one: each event says how things are compared to what this watcher was told before, so no queue grows and nothing needs to be read anew.
    /// </summary>
    /// <param name="ct">Ends it.</param>
    /// <returns>It ends when the group is disposed, after the servers' <see cref="GroupServerState.Disconnected"/>.</returns>
    /// <exception cref="ObjectDisposedException">The group was disposed.</exception>
    public IAsyncEnumerable<GroupEvent> WatchAsync(CancellationToken ct = default)
    {
        var runtime = Runtime;
        // Here and not in the iterator, which begins with the first MoveNext.
        return ChangesAsync(runtime, runtime.Table, ct);
    }

    private async IAsyncEnumerable<GroupEvent> ChangesAsync(HubRuntime runtime, RoutingTable told, [EnumeratorCancellation] CancellationToken ct)
    {
        while (await runtime.NextTableAsync(told, ct).ConfigureAwait(false) is { } table)
        {
            foreach (var change in GroupChanges.Between(told, table, SessionOf))
            {
                yield return change;
            }

            told = table;
        }
    }
}
