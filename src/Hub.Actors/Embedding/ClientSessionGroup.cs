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
    private readonly ConditionalWeakTable<ClientSession, BorrowedMember> _borrowed = [];
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
        if (!Enum.IsDefined(_options.Naming) || !Enum.IsDefined(_options.Duplicates))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"{_options.Naming}, {_options.Duplicates}: one of them is no naming rule or no duplicate policy");
        }

        _options.RegisterForDispose?.Invoke(this);
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

    /// <summary>The items that the group does not offer, because another item has their name. A snapshot like <see cref="Tools"/>.</summary>
    public IReadOnlyList<HiddenItem> Hidden => Snapshot.Hidden;

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

    /// <summary>
    /// Disconnects all servers in parallel: running calls end, connections are closed, processes stopped. At most 6 s, any number of times, from any thread. Sessions that were
    /// borrowed (<see cref="ConnectWithSessionAsync"/>) stay as they are.
    /// </summary>
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
            var definition = hub.DefinitionOf(server, seat.Id);
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
            new HubRuntimeOptions { Naming = _options.Naming, NameHook = _options.ComponentNameHook is { } hook ? Named(hook) : null, Duplicates = _options.Duplicates, Loggers = _loggers, Time = _time },
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
            foreach (var (_, member) in _borrowed)
            {
                // The hub has ended, so this takes no time; it ends the watch of their sessions.
                await member.LeaveAsync().ConfigureAwait(false);
            }

            await _lease!.ReleaseAsync().ConfigureAwait(false);
        }
    }
}
