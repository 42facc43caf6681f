using Akka.Actor;

namespace McpHub;

/// <summary>What a <see cref="ClientSession"/> is made with.</summary>
public sealed record ClientSessionOptions
{
    /// <summary>
    /// How long each request of this session, and each step of its handshake, may stay without an answer or progress. A call's <see cref="CallOptions.Timeout"/> replaces it.
    /// </summary>
    /// <value>Default <c>null</c>: 60 s, and 10 min in all. <see cref="Timeout.InfiniteTimeSpan"/>: no limit. Zero: everything times out at once.</value>
    public TimeSpan? ReadTimeout { get; init; }

    /// <summary>What the session calls itself toward the server.</summary>
    /// <value>Default <c>null</c>: <c>hub</c> and its version.</value>
    public Implementation? ClientInfo { get; init; }

    /// <summary>The actor system to run on; the session does not terminate it. Its HOCON may override <c>hocon/hub.conf</c>.</summary>
    /// <value>Default <c>null</c>: one private system that all sessions and groups of this process without one share; it ends with the last of them and logs nothing.</value>
    public ActorSystem? ActorSystem { get; init; }
}
