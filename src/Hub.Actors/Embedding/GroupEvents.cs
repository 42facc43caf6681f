namespace McpHub;

/// <summary>What <see cref="ClientSessionGroup.WatchAsync"/> tells: <see cref="GroupCatalogChanged"/> and <see cref="GroupServerChanged"/>.</summary>
public abstract record GroupEvent
{
    private protected GroupEvent()
    {
    }

    /// <summary>The version of the snapshots that this is true of; later ones may be in force already (<see cref="ClientSessionGroup.Version"/>).</summary>
    public required long Version { get; init; }
}

/// <summary>Lists of the group have another content. What they hold now is in the group's snapshots.</summary>
public sealed record GroupCatalogChanged : GroupEvent
{
    /// <summary>The lists that changed.</summary>
    public required IReadOnlyList<ComponentKind> Kinds { get; init; }

    /// <summary>Items that have no name in the group since then, because another item has it. What is hidden now is in <see cref="ClientSessionGroup.Hidden"/>.</summary>
    public required IReadOnlyList<HiddenItem> NewlyHidden { get; init; }
}

/// <summary>A server of the group is in another state. States that came and went between two looks of a slow watcher are left out; a server that did is told of as <see cref="GroupServerState.Disconnected"/>.</summary>
public sealed record GroupServerChanged : GroupEvent
{
    /// <summary>The server's id in the group.</summary>
    public required string ServerId { get; init; }

    /// <summary>Its session.</summary>
    public required ClientSession Session { get; init; }

    /// <summary>The state.</summary>
    public required GroupServerState State { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The last failure: why it is not ready, or, when it is <see cref="GroupServerState.Ready"/> again, why it was not. <see cref="HubException.Hint"/> says what can be done.</summary>
    /// <value><c>null</c> if nothing failed.</value>
    public HubException? Cause { get; init; }

    /// <summary>What can be done about the state, also while nothing has failed yet, such as a handshake that takes long; <c>null</c> if there is nothing to do.</summary>
    public string? Hint { get; init; }

    /// <summary>When it is tried again; <c>null</c> if it is not waiting for that.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}

/// <summary>The states of a server in a group.</summary>
public enum GroupServerState
{
    /// <summary>It is being connected, for the first time or again.</summary>
    Connecting,

    /// <summary>Its calls go through.</summary>
    Ready,

    /// <summary>It is connected and answers badly.</summary>
    Degraded,

    /// <summary>It was lost and is tried again later; its calls fail at once.</summary>
    Reconnecting,

    /// <summary>It failed so often that it is tried once a minute only.</summary>
    CrashLoop,

    /// <summary>It wants a login.</summary>
    AwaitingAuthorization,

    /// <summary>It is not in the group any more. The cause is <c>null</c> if it was disconnected on purpose.</summary>
    Disconnected,
}
