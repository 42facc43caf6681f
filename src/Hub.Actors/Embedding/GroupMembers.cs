using McpHub.Actors.Servers;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Embedding;

/// <summary>The ids in use in a group. An id is free again when its server's connection is gone, so that a new server of that id never meets the old one.</summary>
internal sealed class GroupMembers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Seat> _seats = new(StringComparer.Ordinal);

    /// <summary>An id for a server. One that its parameters ask for is waited for if its last holder is just leaving.</summary>
    /// <exception cref="HubException"><c>HUB1001</c>: another server has it.</exception>
    public async Task<Seat> TakeSeatAsync(ServerParameters server, CancellationToken ct)
    {
        while (Leaving(server) is { } gone)
        {
            await gone.WaitAsync(ct).ConfigureAwait(false);
        }

        return TakeSeat(server);
    }

    public Seat TakeSeat(ServerParameters server)
    {
        lock (_gate)
        {
            if (server.Name is { } name && (string.IsNullOrWhiteSpace(name) || _seats.ContainsKey(name)))
            {
                throw new HubException(HubErrors.InvalidParameters.With(("server", name), ("reason", name.Trim().Length == 0 ? "the name of a server must not be empty" : $"a server named \"{name}\" is already in the group")));
            }

            var seat = new Seat(this, server.Name ?? ServerIds.MakeUnique(ServerIds.Suggest(server), _seats.ContainsKey));
            _seats.Add(seat.Id, seat);
            return seat;
        }
    }

    /// <summary>The suggested id, or one made of it.</summary>
    public Seat TakeSeat(string suggestion)
    {
        lock (_gate)
        {
            var seat = new Seat(this, ServerIds.MakeUnique(suggestion, _seats.ContainsKey));
            _seats.Add(seat.Id, seat);
            return seat;
        }
    }

    /// <summary>Whether nobody holds the id, or its holder is leaving.</summary>
    public bool IsFree(string id)
    {
        lock (_gate)
        {
            return !_seats.TryGetValue(id, out var seat) || seat.IsLeaving;
        }
    }

    private Task? Leaving(ServerParameters server)
    {
        lock (_gate)
        {
            return server.Name is { } name && _seats.TryGetValue(name, out var seat) && seat.IsLeaving ? seat.Gone : null;
        }
    }

    /// <summary>An id in use.</summary>
    public sealed class Seat(GroupMembers members, string id)
    {
        private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Id => id;

        public bool IsLeaving { get; private set; }

        public Task Gone => _gone.Task;

        /// <summary>The server is being disconnected.</summary>
        public void BeginLeaving()
        {
            lock (members._gate)
            {
                IsLeaving = true;
            }
        }

        /// <summary>The server is gone.</summary>
        public void Leave()
        {
            lock (members._gate)
            {
                IsLeaving = true;
                members._seats.Remove(id);
            }

            _gone.TrySetResult();
        }
    }
}

/// <summary>A session as a member of a group.</summary>
/// <param name="runtime">The group's hub.</param>
/// <param name="server">The server.</param>
/// <param name="seat">Its id in the group.</param>
internal sealed class MemberHome(Func<HubRuntime> runtime, ServerDefinition server, GroupMembers.Seat seat) : ISessionHome
{
    public async Task<SessionPlace> OpenAsync(CancellationToken ct)
    {
        try
        {
            return new SessionPlace(runtime().System, server, await runtime().AddServerAsync(server, ct).ConfigureAwait(false));
        }
        catch
        {
            await CloseAsync(drains: false).ConfigureAwait(false);
            throw;
        }
    }

    public async Task CloseAsync(bool drains)
    {
        seat.BeginLeaving();
        await runtime().RemoveServerAsync(server.Id, drains).ConfigureAwait(false);
        seat.Leave();
    }
}

/// <summary>A session that a group borrows. Thread-safe.</summary>
internal sealed class BorrowedMember
{
    private readonly HubRuntime _runtime;
    private readonly GroupMembers.Seat _seat;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _leaves = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _leaving;

    /// <param name="runtime">The group's hub.</param>
    /// <param name="place">Where the session lives.</param>
    /// <param name="seat">Its id in the group.</param>
    public BorrowedMember(HubRuntime runtime, SessionPlace place, GroupMembers.Seat seat)
    {
        (_runtime, _seat) = (runtime, seat);
        Server = place.Server with { Id = seat.Id, KeepCatalog = true, Required = false };
        _ = FollowAsync(place.Session.Ended);
    }

    /// <summary>The session as a server of the group.</summary>
    public ServerDefinition Server { get; }

    public bool IsLeaving => _leaves.Task.IsCompleted;

    /// <summary>Completes when the session is out of the group.</summary>
    public Task LeaveAsync()
    {
        lock (_gate)
        {
            _leaves.TrySetResult();
            return _leaving ??= LeaveOnceAsync();
        }
    }

    private async Task LeaveOnceAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _seat.BeginLeaving();
        await _runtime.RemoveServerAsync(Server.Id, drains: false).ConfigureAwait(false);
        _seat.Leave();
    }

    // The group's hub takes it out by itself; this frees its id.
    private async Task FollowAsync(Task ended)
    {
        await Task.WhenAny(ended, _leaves.Task).ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
    }
}
