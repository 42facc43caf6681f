using System.Collections.Immutable;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;

namespace McpHub.Actors.Embedding;

/// <summary>
/// What happened between two routing tables. Events are made of the difference when a watcher is ready for them, so nothing queues up for a slow one, and it is never told
/// less than how things are now.
/// </summary>
internal static class GroupChanges
{
    public static IEnumerable<GroupEvent> Between(RoutingTable before, RoutingTable after, Func<ServerEntry, ClientSession?> sessionOf)
    {
        var known = new Dictionary<ServerDefinition, ServerEntry>(ReferenceEqualityComparer.Instance);
        foreach (var entry in before.Servers)
        {
            known.Add(entry.Definition, entry);
        }

        foreach (var entry in after.Servers)
        {
            var isKnown = known.Remove(entry.Definition, out var earlier);
            if ((!isKnown || !IsSame(earlier!.State, entry.State)) && Event(after, entry, entry.State, sessionOf) is { } changed)
            {
                yield return changed;
            }
        }

        // Those that came and went unseen too.
        foreach (var gone in known.Values.Concat(after.Departed.Where(departed => departed.Version > before.Version && !Knows(before, departed.Server)).Select(departed => departed.Server)))
        {
            if (Event(after, gone, AtTheEnd(gone), sessionOf) is { } disconnected)
            {
                yield return disconnected;
            }
        }

        var kinds = Enum.GetValues<ComponentKind>().Where(kind => !ReferenceEquals(before.Lists[(int)kind], after.Lists[(int)kind]) || !ReferenceEquals(before[kind], after[kind])).ToImmutableArray();
        var hidden = after.Hidden.Except(before.Hidden).ToImmutableArray();
        if (kinds.Length > 0 || hidden.Length > 0)
        {
            yield return new GroupCatalogChanged { Version = after.Version, Kinds = kinds, NewlyHidden = hidden };
        }
    }

    private static bool Knows(RoutingTable table, ServerEntry server) => table.Servers.Any(entry => ReferenceEquals(entry.Definition, server.Definition));

    // Ids of processes and the like are no news.
    private static bool IsSame(ServerState one, ServerState other) =>
        ReferenceEquals(one, other) || (StateOf(one.Phase) == StateOf(other.Phase) && one.Since == other.Since && one.Reason == other.Reason && one.Hint == other.Hint);

    /// <summary>The table does not say how it ended; its handle does. A reason stands there only if it was given up.</summary>
    private static ServerState AtTheEnd(ServerEntry gone) =>
        gone.Session.State is { Phase: ServerPhase.Stopped, Reason: not null } end ? end
        : new ServerState(ServerPhase.Stopped, gone.Session.State?.Since ?? gone.State.Since);

    private static GroupServerChanged? Event(RoutingTable table, ServerEntry entry, ServerState state, Func<ServerEntry, ClientSession?> sessionOf) => sessionOf(entry) is not { } session ? null : new GroupServerChanged
    {
        Version = table.Version,
        ServerId = entry.Definition.Id,
        Session = session,
        State = StateOf(state.Phase),
        Since = state.Since,
        Cause = state.LastError is { } error ? HubException.From(error) : null,
        Hint = state.Hint,
        NextAttempt = state.NextRetry,
    };

    private static GroupServerState StateOf(ServerPhase phase) => phase switch
    {
        ServerPhase.Connecting => GroupServerState.Connecting,
        ServerPhase.Ready => GroupServerState.Ready,
        ServerPhase.Degraded => GroupServerState.Degraded,
        ServerPhase.BackingOff => GroupServerState.Reconnecting,
        ServerPhase.CrashLoop => GroupServerState.CrashLoop,
        ServerPhase.AwaitingAuth => GroupServerState.AwaitingAuthorization,
        _ => GroupServerState.Disconnected,
    };
}
