using McpHub.Protocol.Errors;

namespace McpHub.Actors.Servers;

/// <summary>The states of a server, one vocabulary for CLI, API and logs (contract 6, 3.5).</summary>
internal enum ServerPhase
{
    Disabled,
    Misconfigured,
    Connecting,
    AwaitingAuth,
    Ready,
    Degraded,
    BackingOff,
    CrashLoop,
    Draining,
    Stopped,
}

/// <summary>The live state of a server. Immutable snapshot.</summary>
internal sealed record ServerState(ServerPhase Phase, DateTimeOffset Since)
{
    /// <summary>Why it is in this phase, for people.</summary>
    public string? Reason { get; init; }

    /// <summary>What its user can do about it; <c>null</c> while there is nothing to do.</summary>
    public string? Hint
    {
        get => field ?? (Phase is ServerPhase.Ready or ServerPhase.Disabled || LastError is not { Hint.Length: > 0 } error ? null : error.Hint);
        init;
    }

    /// <summary>The last error, also while the server is ready again.</summary>
    public HubError? LastError { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextRetry { get; init; }

    /// <summary>Process id of the current stdio child.</summary>
    public int? ProcessId { get; init; }

    /// <summary>How long the last successful connect took, catalog included.</summary>
    public TimeSpan? ConnectTime { get; init; }

    /// <summary>The word of contract 6, 3.5: <c>backing-off</c>.</summary>
    public string Word => Phase switch
    {
        ServerPhase.AwaitingAuth => "awaiting-auth",
        ServerPhase.BackingOff => "backing-off",
        ServerPhase.CrashLoop => "crash-loop",
        _ => Phase.ToString().ToLowerInvariant(),
    };
}
