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

    /// <summary>
    /// Calls <paramref name="updated"/> when a resource changes, whichever server owns it (<see cref="ReadResourceAsync"/> finds the same one). The server is asked once, however
    /// many subscribe to the same URI. It holds over reconnects, after which the resource may have changed unseen and is told of once; when its server leaves the group, it waits for
    /// the next one that owns the URI.
    /// </summary>
    /// <param name="uri">The URI as the group lists it.</param>
    /// <param name="updated">Gets the URI. Runs on the thread pool, one call at a time; changes while it runs are one more call after it. An exception in it is logged and
    /// changes nothing. It may use the group.</param>
    /// <param name="ct">Gives the request up.</param>
    /// <returns>Disposing it ends the subscription: no call begins after that. One that runs may still end; it is not waited for.</returns>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="HubException"><c>HUB5103</c>: no server offers it. <c>HUB5107</c>: its server offers no subscriptions. <c>HUB5121</c>: a modern server did not take this one.
    /// <c>HUB2112</c>: its server is not connected just now.</exception>
    /// <exception cref="ObjectDisposedException">The group was disposed.</exception>
    public async Task<IAsyncDisposable> SubscribeResourceAsync(string uri, Func<ResourceUpdated, ValueTask> updated, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(updated);
        ct.ThrowIfCancellationRequested();
        var runtime = Runtime;
        var lane = new UpdateLane(new ResourceUpdated(uri), updated, runtime.System.Log);
        var subscription = new ResourceSubscription(lane, runtime.System, await runtime.OpenClient(ResourceSubscriber.Props(lane)).ConfigureAwait(false));
        try
        {
            switch (await runtime.SubscribeAsync(subscription.Sink, uri, ct).ConfigureAwait(false))
            {
                case { Error: { } error }:
                    throw HubException.From(error);
                case { IsSuccess: false } refused:
                    throw PeerErrors.From(refused.Answer!, refused.Route!.Server.Id);
            }
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return subscription;
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
