using Envelope = McpHub.Protocol.Wire.Envelope;
using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;

namespace McpHub.Actors;

/// <summary>
/// One hub: its supervisor, its router and the routing table they publish. The embedding API and the standalone process are thin layers over this.
/// Two hubs in one actor system never meet. Thread-safe.
/// </summary>
internal sealed class HubRuntime : IAsyncDisposable
{
    private HubRuntime(IActorRef supervisor, IActorRef router) => (Supervisor, Router) = (supervisor, router);

    public IActorRef Supervisor { get; }

    public IActorRef Router { get; }

    /// <summary>The routing table in force.</summary>
    public RoutingTable Table => throw new NotImplementedException();

    /// <summary>Completes when the table is settled (contract 0.3 "start"); one signal for all who wait.</summary>
    public Task Settled => throw new NotImplementedException();

    /// <summary>Starts a hub with these servers; it returns before they are connected.</summary>
    public static HubRuntime Start(ActorSystem system, HubRuntimeOptions options, IReadOnlyList<ServerDefinition> servers) => throw new NotImplementedException();

    /// <summary>Adds a server; completes when it is ready and published, fails with the cause of the first failure.</summary>
    public Task<SessionRef> AddServerAsync(ServerDefinition definition, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Removes a server: out of the table, then drained, then closed. Completes when its connection is gone. False if there is none.</summary>
    public Task<bool> RemoveServerAsync(string serverId) => throw new NotImplementedException();

    /// <summary>
    /// Routes a client's <c>tools/call</c>, <c>prompts/get</c>, <c>resources/read</c> or <c>completion/complete</c> to its owner and sends it, on the caller's
    /// thread and without any shared mailbox. Never throws for what a client can cause: the returned call then ends with the error.
    /// </summary>
    public RelayedCall Relay(RelayRequest request) => throw new NotImplementedException();

    /// <summary>Calls <paramref name="changed"/> after every publication that changed lists, on a thread of the router: it must not block. Dispose to stop.</summary>
    public IDisposable OnListsChanged(Action<RoutingTable, IReadOnlyCollection<ComponentKind>> changed) => throw new NotImplementedException();

    /// <summary>Stops admitting, lets calls end, closes every server. At most 6 s.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>A client's request as the downstream face hands it on.</summary>
/// <param name="Envelope">The scanned request.</param>
/// <param name="Era">The client's era.</param>
/// <param name="Revision">The client's revision.</param>
/// <param name="Streams">Whether the client can take notifications before the answer (an SSE response).</param>
internal sealed record RelayRequest(Envelope Envelope, Era Era, string Revision, bool Streams);

/// <summary>A running call of a client.</summary>
internal abstract class RelayedCall
{
    /// <summary>
    /// Waits for the next notification to send to the client before the answer (a whole frame, tokens mapped back);
    /// <c>null</c> when there are no more: then <see cref="Answer"/> is complete or about to be.
    /// </summary>
    public abstract ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync();

    /// <summary>The answer. Never faults.</summary>
    public abstract ValueTask<RelayAnswer> Answer();

    /// <summary>The client gave the call up: it ends at once and the server is told.</summary>
    public abstract void Cancel();
}

/// <summary>What to answer a client, projected to its era.</summary>
/// <param name="IsError">Whether <paramref name="Part"/> is the error object or the result object.</param>
/// <param name="Part">The object's bytes.</param>
/// <param name="ErrorCode">The JSON-RPC code of an error: decides the HTTP status.</param>
/// <param name="Cancelled">The client cancelled: nothing is answered.</param>
internal readonly record struct RelayAnswer(bool IsError, ReadOnlyMemory<byte> Part, int ErrorCode = 0, bool Cancelled = false);
