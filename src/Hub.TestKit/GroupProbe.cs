using Akka.Actor;
using Akka.TestKit;
using McpHub.Actors.Routing;
using McpHub.Testing.Engine;

namespace McpHub.Testing;

/// <summary>A server of a group came into a state.</summary>
/// <param name="ServerId">The server's id in the group.</param>
/// <param name="State">The state, in the words that logs and <c>hub status</c> use: <c>connecting</c>, <c>ready</c>, <c>degraded</c>, <c>backing-off</c>, <c>crash-loop</c>,
/// <c>awaiting-auth</c>, <c>draining</c>, <c>stopped</c>; <c>removed</c> once the group has it no more.</param>
/// <param name="Since">Since when, by the clock of the actor system.</param>
/// <param name="ErrorCode">Code of its last error, also while it is ready again; <c>null</c> if it had none.</param>
/// <param name="NextAttempt">When it is tried again; <c>null</c> if it does not wait for that.</param>
public sealed record SeenServerState(string ServerId, string State, DateTimeOffset Since, string? ErrorCode = null, DateTimeOffset? NextAttempt = null);

/// <summary>Lists of a group changed.</summary>
/// <param name="Version">The group's version with the change.</param>
/// <param name="Kinds">The lists.</param>
public sealed record SeenCatalogChange(long Version, IReadOnlyCollection<ComponentKind> Kinds);

/// <summary>
/// Watches a <see cref="ClientSessionGroup"/> through a probe of Akka's TestKit: every state of its servers, every change of its lists, and the calls of actors that are given
/// <see cref="Router"/> in place of the group's own. It misses no state that the group publishes, however short.
/// </summary>
public sealed class GroupProbe
{
    private readonly Recorder<SeenServerState> _states;
    private readonly Recorder<SeenCatalogChange> _changes;
    private readonly Recorder<RouterCall> _calls;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SeenServerState> _known = new(StringComparer.Ordinal);
    private long _version = -1;

    /// <summary>Begins to watch a group. The states of this moment are the first that are seen.</summary>
    /// <param name="kit">The TestKit of the test.</param>
    /// <param name="group">The group; on the TestKit's actor system or another one.</param>
    public GroupProbe(TestKitBase kit, ClientSessionGroup group)
    {
        ArgumentNullException.ThrowIfNull(kit);
        ArgumentNullException.ThrowIfNull(group);
        _states = new("the group probe", () => Patience, seen => $"{seen.ServerId} {seen.State}");
        _changes = new("the group probe", () => Patience, seen => string.Join("+", seen.Kinds));
        _calls = new("the group probe", () => Patience, call => call.Method);
        var router = group.Router;
        var watcher = kit.CreateTestProbe();
        watcher.SetAutoPilot(new DelegateAutoPilot((_, message) =>
        {
            if (message is GroupRouter.TableChanged { Kinds.Count: > 0 } changed)
            {
                _changes.Add(new SeenCatalogChange(changed.Table.Version, changed.Kinds));
            }

            return AutoPilot.KeepRunning;
        }));
        var calls = kit.CreateTestProbe();
        calls.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            if (message is RouterCall call)
            {
                _calls.Add(call);
            }

            router.Tell(message, sender);
            return AutoPilot.KeepRunning;
        }));
        Router = calls.Ref;
        router.Tell(new GroupRouter.Watch(watcher.Ref));
        group.Runtime.Published += See;
        See(group.Table);
    }

    /// <summary>How long an expectation waits, in real time.</summary>
    /// <value>Default 10 s.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Give it to an actor in place of <see cref="ClientSessionGroup.Router"/>: calls that are sent to it are seen here and go on to the group.</summary>
    public IActorRef Router { get; }

    /// <summary>All states so far, in order. A snapshot.</summary>
    public IReadOnlyList<SeenServerState> States => _states.Items;

    /// <summary>All changes of lists so far, in order. A snapshot.</summary>
    public IReadOnlyList<SeenCatalogChange> CatalogChanges => _changes.Items;

    /// <summary>All calls that were sent to <see cref="Router"/>, in order. A snapshot.</summary>
    public IReadOnlyList<RouterCall> Calls => _calls.Items;

    /// <summary>Waits for the next time that a server comes into a state; one that no earlier expectation took.</summary>
    /// <param name="serverId">The server.</param>
    /// <param name="state">The state, one of the words of <see cref="SeenServerState"/>.</param>
    /// <exception cref="ScriptException">It did not within <see cref="Patience"/>; the message says which states were seen.</exception>
    public Task<SeenServerState> ExpectStateAsync(string serverId, string state) =>
        _states.ExpectAsync($"\"{serverId}\" {state}", seen => seen.ServerId == serverId && seen.State == state);

    /// <summary>Waits for the next change of a list that no earlier expectation took.</summary>
    /// <param name="kind">The list.</param>
    /// <exception cref="ScriptException">There was none within <see cref="Patience"/>.</exception>
    public Task<SeenCatalogChange> ExpectCatalogChangeAsync(ComponentKind kind) => _changes.ExpectAsync($"a change of {kind}", seen => seen.Kinds.Contains(kind));

    /// <summary>Waits for the next call to <see cref="Router"/> that no earlier expectation took.</summary>
    /// <param name="method">The method, for example <c>tools/call</c>.</param>
    /// <exception cref="ScriptException">None came within <see cref="Patience"/>.</exception>
    public Task<RouterCall> ExpectCallAsync(string method) => _calls.ExpectAsync($"a call {method}", call => call.Method == method);

    private void See(RoutingTable table)
    {
        lock (_gate)
        {
            if (table.Version <= _version)
            {
                return; // The one that was in force when the watch began, and came a second time.
            }

            _version = table.Version;
            var now = table.Servers.ToDictionary(
                server => server.Definition.Id,
                server => new SeenServerState(server.Definition.Id, server.State.Word, server.State.Since, server.State.LastError?.Definition.Code, server.State.NextRetry),
                StringComparer.Ordinal);
            foreach (var gone in _known.Values.Where(known => !now.ContainsKey(known.ServerId)).ToArray())
            {
                _known.Remove(gone.ServerId);
                _states.Add(gone with { State = "removed", NextAttempt = null });
            }

            foreach (var seen in now.Values.Where(seen => _known.GetValueOrDefault(seen.ServerId) != seen))
            {
                _known[seen.ServerId] = seen;
                _states.Add(seen);
            }
        }
    }
}
