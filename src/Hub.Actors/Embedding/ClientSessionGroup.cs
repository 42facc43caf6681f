using System.Runtime.CompilerServices;
using Akka.Actor;
using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpHub;

/// <summary>
/// Many servers as one: their tools, prompts, resources and resource templates under one roof, each call routed to its owner. Connect and disconnect in any order, from any
/// thread, in parallel. A server that is lost comes back by itself without disturbing the others; meanwhile its items stay listed for 5 minutes and calls to it fail at once.
/// </summary>
public sealed partial class ClientSessionGroup : IAsyncDisposable
{
    // Contract 1, SG-12.
    private static readonly TimeSpan _closeLimit = TimeSpan.FromSeconds(6);

    private readonly Func<ActorSystemLease> _takeSystem;
    private readonly ClientSessionGroupOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly GroupMembers _members = new();
    private readonly ConditionalWeakTable<ServerDefinition, ClientSession> _sessions = [];
    private ServerDefinition[] _declared = [];
    private ActorSystemLease? _lease;
    private volatile Task? _closing;
    private volatile HubRuntime? _runtime;
    private volatile GroupSnapshot? _snapshot;

    /// <summary>Makes a group on the private actor system that all sessions and groups without one share. Nothing is started before the first use.</summary>
    /// <param name="options">Names and duplicates.</param>
    public ClientSessionGroup(ClientSessionGroupOptions? options = null)
        : this(PrivateActorSystem.Take, options, NullLoggerFactory.Instance)
    {
    }

    /// <summary>Makes a group on a service's actor system, which stays the service's: dispose the group before it is terminated. Nothing is started before the first use.</summary>
    /// <param name="system">The actor system; its HOCON may override <c>hocon/hub.conf</c>.</param>
    /// <param name="options">Names and duplicates.</param>
    public ClientSessionGroup(ActorSystem system, ClientSessionGroupOptions? options = null)
        : this(() => ActorSystemLease.Borrow(system), options, NullLoggerFactory.Instance) => ArgumentNullException.ThrowIfNull(system);

    internal ClientSessionGroup(Func<ActorSystemLease> takeSystem, ClientSessionGroupOptions? options, ILoggerFactory loggers, TimeProvider? time = null)
    {
        (_takeSystem, _options, _loggers, _time) = (takeSystem, options ?? new ClientSessionGroupOptions(), loggers, time ?? TimeProvider.System);
        if (_options.Duplicates != DuplicatePolicy.Reject)
        {
            throw new ArgumentOutOfRangeException(nameof(options), _options.Duplicates, "the only duplicate policy is Reject");
        }
    }

    /// <summary>The sessions of the servers that are or were connected, in the order of connecting. A snapshot: it never changes.</summary>
    public IReadOnlyList<ClientSession> Sessions => Snapshot.Sessions;

    /// <summary>All tools by the group's names, in the order of connecting and of each server's list. A snapshot: it never changes; ask again for the next one.</summary>
    public IReadOnlyDictionary<string, GroupTool> Tools => Snapshot.Tools;

    /// <summary>All prompts by the group's names. A snapshot like <see cref="Tools"/>.</summary>
    public IReadOnlyDictionary<string, GroupPrompt> Prompts => Snapshot.Prompts;

    /// <summary>All resources by URI: two resources of one name are two. A snapshot like <see cref="Tools"/>.</summary>
    public IReadOnlyDictionary<string, GroupResource> Resources => Snapshot.Resources;

    /// <summary>All resource templates by URI template. A snapshot like <see cref="Tools"/>.</summary>
    public IReadOnlyDictionary<string, GroupResourceTemplate> ResourceTemplates => Snapshot.ResourceTemplates;

    /// <summary>Number of the snapshot in force. It grows with every change of a list or of a server's state; the same number means the same lists.</summary>
    public long Version => Table.Version;

    /// <summary>The group's router actor, for services that speak actor and for tests: it answers <see cref="RouterCall"/>. It stays the same as long as the group lives.</summary>
    /// <exception cref="ObjectDisposedException">The group was disposed.</exception>
    public IActorRef Router => Runtime.Router;

    internal RoutingTable Table => _runtime?.Table ?? RoutingTable.Empty;

    internal HubRuntime Runtime
    {
        get
        {
            if (_runtime is { } started && _closing is null)
            {
                return started;
            }

            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closing is not null, this);
                return _runtime ??= Start();
            }
        }
    }

    private GroupSnapshot Snapshot
    {
        get
        {
            var (table, known) = (Table, _snapshot);
            return known is not null && ReferenceEquals(known.Table, table) ? known : _snapshot = new GroupSnapshot(table, known, SessionOf);
        }
    }

    /// <summary>Connects to a server and adds it to the group; it returns when all pages of all its lists are in the group's.</summary>
    /// <param name="server">How to reach the server. Its <see cref="ServerParameters.Name"/> is its id here; without one it is the command's file name or the URL's host, made unique with a number.</param>
    /// <param name="options">Options of this session. Its actor system is the group's.</param>
    /// <param name="ct">Gives the connect up; nothing is left behind.</param>
    /// <exception cref="HubException">The cause, and nothing is left behind: the server cannot be used (<c>HUB2xxx</c>), offers what another one already does (<c>HUB4101</c>; the other is
    /// untouched), or its name is taken (<c>HUB1001</c>).</exception>
    /// <exception cref="ObjectDisposedException">The group was disposed.</exception>
    public async Task<ClientSession> ConnectToServerAsync(ServerParameters server, ClientSessionOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        var runtime = Runtime;
        if (options?.ActorSystem is { } system && system != runtime.System)
        {
            throw new ArgumentException("a session of a group lives on the group's actor system", nameof(options));
        }

        var seat = await _members.TakeSeatAsync(server, ct).ConfigureAwait(false);
        ClientSession session;
        try
        {
            var definition = EmbeddedServer.FromParameters(seat.Id, server, options) with { StopOnFirstFailure = true };
            session = new ClientSession(new MemberHome(() => runtime, definition, seat));
            _sessions.Add(definition, session);
        }
        catch
        {
            seat.Leave();
            throw;
        }

        await session.InitializeAsync(ct).ConfigureAwait(false);
        return session;
    }

    /// <summary>
    /// Takes a server out of the group: its items disappear at once, new calls to it fail, running ones may go on for 5 s (<c>hub.drain-timeout</c>), then its connection is closed.
    /// A second time it changes nothing.
    /// </summary>
    /// <param name="session">A session of this group.</param>
    /// <param name="ct">Stops waiting; the server is disconnected all the same.</param>
    /// <exception cref="HubException"><c>HUB5110</c> (-32602): the session never was in this group.</exception>
    public Task DisconnectFromServerAsync(ClientSession session, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        return _sessions.Any(member => ReferenceEquals(member.Value, session))
            ? session.CloseAsync(drains: true).WaitAsync(ct)
            : throw HubException.From(HubErrors.InvalidArguments.With(("reason", "the session is not one of this group")));
    }

    /// <summary>Disconnects all servers in parallel: running calls end, connections are closed, processes stopped. At most 6 s, any number of times, from any thread.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closing;
        lock (_gate)
        {
            closing = _closing ??= CloseOnceAsync();
        }

        try
        {
            await closing.WaitAsync(_closeLimit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A server that ignores everything: the end goes on without us, and its process is killed by its own clock.
        }
    }

    /// <summary>Whether it was started and not closed.</summary>
    internal bool IsRunning => _runtime is not null && _closing is null;

    /// <summary>Servers that the group starts with and keeps trying to reach. Before the first use.</summary>
    internal void Declare(HubOptions hub)
    {
        foreach (var server in hub.Servers)
        {
            var seat = _members.TakeSeat(server);
            var definition = EmbeddedServer.FromParameters(seat.Id, server, hub.SessionOptionsOf(server)) with { Required = server.Name is { } name && hub.Required.Contains(name) };
            _sessions.Add(definition, new ClientSession(new MemberHome(() => _runtime ?? Runtime, definition, seat)));
            _declared = [.. _declared, definition];
        }
    }

    /// <summary>Declared servers that were given up because another one offers what they do, and not taken out by the service.</summary>
    internal IEnumerable<ServerHealth> GivenUp()
    {
        var known = Table.Servers.Select(entry => entry.Definition.Id).ToHashSet(StringComparer.Ordinal);
        return _declared.Where(server => !known.Contains(server.Id) && !_members.IsFree(server.Id) && Table.Settled)
            .Select(server => new ServerHealth(server.Id, server.Required, new ServerState(ServerPhase.Stopped, DateTimeOffset.MinValue) { Reason = "it was given up: the log says why" }));
    }

    private HubRuntime Start()
    {
        _lease = _takeSystem();
        return HubRuntime.Start(
            _lease.System,
            new HubRuntimeOptions { Naming = _options.Naming, NameHook = _options.ComponentNameHook is { } hook ? Named(hook) : null, RejectDuplicates = true, Loggers = _loggers, Time = _time },
            _declared);
    }

    private static Func<ComponentKind, string, string, ReadOnlyMemory<byte>, string> Named(ComponentNameHook hook) => (kind, name, serverId, info) => hook(kind, name, serverId, ReadInfo(info));

    private static ServerInfo? ReadInfo(ReadOnlyMemory<byte> info)
    {
        try
        {
            return info.IsEmpty ? null : McpJson.Parse<ServerInfo>(info);
        }
        catch (HubException)
        {
            // For display only (2026-07-28, basic, "_meta"): a broken one is none.
            return null;
        }
    }

    private ClientSession? SessionOf(ServerEntry entry)
    {
        if (!_sessions.TryGetValue(entry.Definition, out var session) || _lease is not { } lease)
        {
            return null;
        }

        if (entry.Peer is not null)
        {
            session.Attach(new SessionPlace(lease.System, entry.Definition, entry.Session));
        }

        return session;
    }

    private async Task CloseOnceAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        HubRuntime? runtime;
        lock (_gate)
        {
            runtime = _runtime;
        }

        if (runtime is not null)
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
            await _lease!.ReleaseAsync().ConfigureAwait(false);
        }
    }
}
