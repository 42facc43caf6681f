using System.Buffers;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Bridging;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Actors.Subscriptions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors;

/// <summary>
/// One hub: its supervisor, its router and the routing table they publish. The embedding API and the standalone process are thin layers over this.
/// Two hubs in one actor system never meet. Thread-safe.
/// </summary>
internal sealed class HubRuntime : IAsyncDisposable
{
    // The bound of a close, contract 1, SG-12.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(6);
    private static int _hubs;

    private readonly ActorSystem _system;
    private readonly RoutingTablePublisher _publisher;
    private readonly HubSettings _settings;
    private readonly Task<HubSupervisor.HubActors> _actors;
    private readonly Task _ended;
    private volatile bool _draining;

    private HubRuntime(ActorSystem system, IActorRef supervisor, RoutingTablePublisher publisher, HubSettings settings, Task<HubSupervisor.HubActors> actors, Task ended) =>
        (_system, Supervisor, _publisher, _settings, _actors, _ended) = (system, supervisor, publisher, settings, actors, ended);

    public ActorSystem System => _system;

    public IActorRef Supervisor { get; }

    /// <summary>The router; it exists a moment after <see cref="Start"/>, which this waits for.</summary>
    public IActorRef Router => _actors.GetAwaiter().GetResult().Router;

    /// <summary>Who wants to hear of which resource (<see cref="ResourceSubscriptions"/>).</summary>
    public IActorRef Subscriptions => _actors.GetAwaiter().GetResult().Subscriptions;

    /// <summary>What the clients want of the servers' log messages.</summary>
    public LogInterest Logs { get; } = new();

    /// <summary>The routing table in force.</summary>
    public RoutingTable Table => _publisher.Current;

    /// <inheritdoc cref="RoutingTablePublisher.Published"/>
    public event Action<RoutingTable>? Published
    {
        add => _publisher.Published += value;
        remove => _publisher.Published -= value;
    }

    /// <summary>Completes when the table is settled (contract 0.3 "start"); one signal for all who wait.</summary>
    public Task Settled => _publisher.Settled;

    /// <summary>Starts a hub with these servers; it returns before they are connected.</summary>
    public static HubRuntime Start(ActorSystem system, HubRuntimeOptions options, IReadOnlyList<ServerDefinition> servers)
    {
        var settings = HubSettings.Of(system);
        // Before the first call can meet a stopped session.
        OpenConnections.Of(system);
        var publisher = new RoutingTablePublisher();
        var actors = new TaskCompletionSource<HubSupervisor.HubActors>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var supervisor = system.ActorOf(HubSupervisor.Props(publisher, options, settings, servers, actors, ended), $"hub-{Interlocked.Increment(ref _hubs)}");
        return new HubRuntime(system, supervisor, publisher, settings, actors.Task, ended.Task);
    }

    /// <summary>Adds a server; completes when it is ready and published, fails with the cause of the first failure. A cancelled wait removes it again.</summary>
    /// <param name="definition">The server.</param>
    /// <param name="ct">Gives it up.</param>
    /// <param name="borrowed">A session that somebody else owns and closes; <c>null</c> = the hub makes one.</param>
    public async Task<SessionRef> AddServerAsync(ServerDefinition definition, CancellationToken ct, SessionRef? borrowed = null)
    {
        var connected = new TaskCompletionSource<SessionRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        Supervisor.Tell(new HubSupervisor.AddServer(definition, connected, borrowed), ActorRefs.NoSender);
        try
        {
            await Task.WhenAny(connected.Task, _ended).WaitAsync(ct).ConfigureAwait(false);
            return connected.Task.IsCompleted ? await connected.Task.ConfigureAwait(false) : throw HubException.From(HubErrors.HubDraining.With());
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The session owns the child from its first moment, so nothing half open is left (contract 1, SG-13).
            _ = RemoveServerAsync(definition.Id, TimeSpan.Zero, connected);
            throw;
        }
    }

    /// <summary>Removes a server: out of the table, then drained, then closed. Completes when its connection is gone. False if there is none.</summary>
    /// <param name="serverId">The server.</param>
    /// <param name="drains">Whether running calls may go on for <c>hub.drain-timeout</c>.</param>
    public Task<bool> RemoveServerAsync(string serverId, bool drains = true) => RemoveServerAsync(serverId, drains ? _settings.DrainTimeout : TimeSpan.Zero, added: null);

    private async Task<bool> RemoveServerAsync(string serverId, TimeSpan grace, TaskCompletionSource<SessionRef>? added)
    {
        var removed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Supervisor.Tell(new HubSupervisor.RemoveServer(serverId, grace, removed, added), ActorRefs.NoSender);
        await Task.WhenAny(removed.Task, _ended).ConfigureAwait(false);
        return removed.Task is { IsCompletedSuccessfully: true, Result: true };
    }

    /// <summary>
    /// Routes a client's <c>tools/call</c>, <c>prompts/get</c>, <c>resources/read</c> or <c>completion/complete</c> to its owner and sends it, on the caller's
    /// thread and without any shared mailbox. Never throws for what a client can cause: the returned call then ends with the error.
    /// </summary>
    public RelayedCall Relay(RelayRequest request)
    {
        if (_draining)
        {
            return new RefusedCall(Bridge.Failure(request, HubErrors.HubDraining.With()));
        }

        if (Bridge.Refuses(request, out var refusal))
        {
            return new RefusedCall(refusal);
        }

        if (!CallTargets.TryRead(request.Envelope, out var target, out var unread))
        {
            return new RefusedCall(Bridge.Failure(request, unread));
        }

        if (!Table.TryRoute(target, out var route, out var unrouted))
        {
            return new RefusedCall(Bridge.Failure(request, unrouted));
        }

        var token = request.Envelope.Find(MemberOf.ParamsMeta, "progressToken"u8);
        var call = UpstreamCalls.Send(request.Envelope, request.Era, route, wantsProgress: request.Streams && token.Exists, logs: request.Streams ? request.Logs : null);
        return new RoutedCall(request, route, call, request.Envelope.Bytes(token));
    }

    /// <summary>A client session wants to hear of a resource; answered once its server has agreed or not. Never throws for what a client can cause.</summary>
    /// <param name="sink">The session's actor; it gets <see cref="ResourceSubscriptions.Updated"/>.</param>
    /// <param name="request">The <c>resources/subscribe</c>.</param>
    public async Task<RelayAnswer> SubscribeAsync(IActorRef sink, RelayRequest request)
    {
        if (request.Envelope.Text(MemberOf.Params, "uri"u8) is not { } uri)
        {
            return Bridge.Failure(request, HubErrors.InvalidArguments.With(("reason", "params.uri is missing or not a string")));
        }

        var outcome = await SubscribeAsync(sink, uri, CancellationToken.None).ConfigureAwait(false);
        return outcome switch
        {
            { Error: { } error } => Bridge.Failure(request, error),
            { IsSuccess: false } => ErrorProjection.ForClient(request, outcome.Route!, outcome.Peer?.Era ?? request.Era, outcome.Answer!),
            _ => new RelayAnswer(false, "{}"u8.ToArray()),
        };
    }

    /// <summary>Somebody wants to hear of a resource. The subscription ends with <paramref name="sink"/>, also one that is stopped while the server is asked.</summary>
    /// <param name="sink">It gets <see cref="ResourceSubscriptions.Updated"/>.</param>
    /// <param name="uri">The resource as the hub lists it.</param>
    /// <param name="ct">Stops waiting.</param>
    public async Task<SubscribeOutcome> SubscribeAsync(IActorRef sink, string uri, CancellationToken ct)
    {
        if (_draining)
        {
            return SubscribeOutcome.Failed(HubErrors.HubDraining.With());
        }

        var done = new TaskCompletionSource<SubscribeOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Subscriptions.Tell(new ResourceSubscriptions.Subscribe(sink, uri, done), ActorRefs.NoSender);
        await Task.WhenAny(done.Task, _ended).WaitAsync(ct).ConfigureAwait(false);
        return done.Task.IsCompleted ? await done.Task.ConfigureAwait(false) : SubscribeOutcome.Failed(HubErrors.HubDraining.With());
    }

    /// <summary>The table in force once it is another one than <paramref name="known"/>; <c>null</c> once the hub has ended and there is no other.</summary>
    public async Task<RoutingTable?> NextTableAsync(RoutingTable known, CancellationToken ct)
    {
        while (true)
        {
            var (ended, changed) = (_ended.IsCompleted, _publisher.Changed);
            if (_publisher.Current is var current && !ReferenceEquals(current, known))
            {
                return current;
            }

            if (ended)
            {
                return null;
            }

            await Task.WhenAny(changed, _ended).WaitAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>Calls <paramref name="changed"/> after every publication that changed lists, on a thread of the hub: it must not block. Dispose to stop.</summary>
    public IDisposable OnListsChanged(Action<RoutingTable, IReadOnlyCollection<ComponentKind>> changed)
    {
        var router = Router;
        var opened = OpenClient(Props.Create(() => new ListsWatcher(router, changed)));
        return new Watching(_system, opened);
    }

    /// <summary>Starts an actor of the downstream face below this hub, so that it ends with it.</summary>
    /// <exception cref="HubException"><c>HUB5109</c>: the hub has ended.</exception>
    public async Task<IActorRef> OpenClient(Props props)
    {
        var opened = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        Supervisor.Tell(new HubSupervisor.OpenClient(props, opened), ActorRefs.NoSender);
        await Task.WhenAny(opened.Task, _ended).ConfigureAwait(false);
        return opened.Task.IsCompleted ? await opened.Task.ConfigureAwait(false) : throw HubException.From(HubErrors.HubDraining.With());
    }

    /// <summary>From now on <see cref="Relay"/> refuses.</summary>
    public void StopAdmitting() => _draining = true;

    /// <summary>Stops admitting, ends what runs, closes every server. At most 6 s.</summary>
    public async ValueTask DisposeAsync()
    {
        _draining = true;
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Supervisor.Tell(new HubSupervisor.Drain(TimeSpan.Zero, drained), ActorRefs.NoSender);
        try
        {
            await AllGone().WaitAsync(CloseLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _system.Log.Warning("The hub was not closed in {0} s; what is left goes on closing by itself", CloseLimit.TotalSeconds);
        }

        async Task AllGone()
        {
            await Task.WhenAny(drained.Task, _ended).ConfigureAwait(false);
            await OpenConnections.Of(_system).AllClosed(Supervisor.Path).ConfigureAwait(false);
        }
    }

    /// <summary>Actor, one per <see cref="OnListsChanged"/>; stops when that is disposed or the hub ends.</summary>
    private sealed class ListsWatcher(IActorRef router, Action<RoutingTable, IReadOnlyCollection<ComponentKind>> changed) : UntypedActor
    {
        protected override void PreStart() => router.Tell(new GroupRouter.Watch(Self));

        protected override void OnReceive(object message)
        {
            if (message is GroupRouter.TableChanged { Kinds.Count: > 0 } table)
            {
                changed(table.Table, table.Kinds);
            }
        }
    }

    private sealed class Watching(ActorSystem system, Task<IActorRef> watcher) : IDisposable
    {
        public void Dispose() =>
            watcher.ContinueWith(opened => system.Stop(opened.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }
}

/// <summary>A client's request as the downstream face hands it on.</summary>
/// <param name="Envelope">The scanned request.</param>
/// <param name="Era">The client's era.</param>
/// <param name="Revision">The client's revision.</param>
/// <param name="Streams">Whether the client can take notifications before the answer (an SSE response).</param>
internal sealed record RelayRequest(Envelope Envelope, Era Era, string Revision, bool Streams)
{
    /// <summary>Which log messages the client takes; <c>null</c> = none.</summary>
    public LogFloor? Logs { get; init; }
}

/// <summary>What to answer a client, projected to its era.</summary>
/// <param name="IsError">Whether <paramref name="Body"/> is the error object or the result object.</param>
/// <param name="Body">The object's bytes, in pieces if it is large and something was spliced into it.</param>
/// <param name="ErrorCode">The JSON-RPC code of an error: decides the HTTP status.</param>
/// <param name="Cancelled">The client cancelled: nothing is answered.</param>
internal readonly record struct RelayAnswer(bool IsError, ReadOnlySequence<byte> Body, int ErrorCode = 0, bool Cancelled = false)
{
    public RelayAnswer(bool isError, ReadOnlyMemory<byte> part, int errorCode = 0, bool cancelled = false)
        : this(isError, new ReadOnlySequence<byte>(part), errorCode, cancelled)
    {
    }

    /// <summary>The object's bytes in one piece, which may have to be made.</summary>
    public ReadOnlyMemory<byte> Part => Body.IsSingleSegment ? Body.First : Body.ToArray();
}
