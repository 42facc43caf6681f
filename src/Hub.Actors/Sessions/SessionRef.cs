using Akka.Actor;

namespace McpHub.Actors.Sessions;

/// <summary>
/// The stable handle of an upstream session, as routing tables and callers hold it: it stays the same across reconnects (ARCHITECTURE 2, "Stable refs").
/// Callers take a place and mint the request id here, on their own thread, then Tell the actor. Thread-safe.
/// </summary>
/// <param name="serverId">The server.</param>
/// <param name="maxInFlight">Admission limit.</param>
internal sealed class SessionRef(string serverId, int maxInFlight)
{
    private int _inFlight;
    private long _lastId;
    private volatile int _logLevel = -1;
    private volatile PeerInfo? _peer;
    private volatile Servers.ServerState? _state;

    private readonly TaskCompletionSource<TransportClosed> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string ServerId => serverId;

    /// <summary>Completes when the session is over for good, with the end of its last connection: removed from the hub, or lost and not to be replaced.</summary>
    public Task<TransportClosed> Ended => _ended.Task;

    public int MaxInFlight => maxInFlight;

    /// <summary>How many more may wait for one of them to end.</summary>
    public int MaxWaiting { get; init; }

    /// <summary>Calls that were admitted and have not ended, those that wait included.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>How many calls a minute the server is given; <c>null</c> = as many as come.</summary>
    public CallRate? Rate { get; init; }

    /// <summary>The session actor. Set by the session before anything can see this handle.</summary>
    public IActorRef Actor { get; set; } = ActorRefs.Nobody;

    /// <summary>The current connection's peer; <c>null</c> while there is none. Written by the session actor only.</summary>
    public PeerInfo? Peer { get => _peer; set => _peer = value; }

    /// <summary>What the session is to its server as a client.</summary>
    public ClientFeatures Features { get; init; } = ClientFeatures.None;

    /// <summary>The resources that clients want to hear of. Used by the session actor only.</summary>
    public WantedResources Resources { get; } = new();

    /// <summary>What is known of the server's tools. Filled by the session actor, or, where it keeps no catalog, by the <see cref="McpHub.ClientSession"/> that lists them.</summary>
    public KnownTools Tools { get; } = new();

    /// <summary>The subscriptions of the session's user. Used by the session actor only.</summary>
    public List<ListenSink> Listens { get; } = [];

    /// <summary>The least severe log message that the session's user wants; <c>null</c> = the server decides. A legacy server is told after every connect, a modern one with every request.</summary>
    public LoggingLevel? LogLevel
    {
        get => _logLevel < 0 ? null : (LoggingLevel)_logLevel;
        set => _logLevel = value is { } level ? (int)level : -1;
    }

    /// <summary>Who, beside the parent, is told of the server's lists. Used by the session actor only; it is part of the handle because it outlives a restart of that actor.</summary>
    public HashSet<IActorRef> CatalogWatchers { get; } = [];

    /// <summary>The server's state, for errors. Written by its supervisor only.</summary>
    public Servers.ServerState? State { get => _state; set => _state = value; }

    /// <summary>A request id that this session never used before, also not on an earlier connection (contract 1, EN-01).</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>The id minted last; the session reads it back right after it minted one itself.</summary>
    public long LastId => Volatile.Read(ref _lastId);

    /// <summary>Takes a place for a call. Whoever gets true must hand the place to the session with the call, or <see cref="Release"/> it.</summary>
    public bool TryAdmit()
    {
        if (Interlocked.Increment(ref _inFlight) <= maxInFlight + MaxWaiting)
        {
            return true;
        }

        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    /// <summary>Supervisor only: the session is over.</summary>
    public void End(TransportClosed closed) => _ended.TrySetResult(closed);

    /// <summary>Gives a place back; the completion of a call does it.</summary>
    public void Release() => Interlocked.Decrement(ref _inFlight);
}
