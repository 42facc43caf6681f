using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Protocol.Errors;

namespace McpHub;

/// <content>How servers come into the group and leave it.</content>
public sealed partial class ClientSessionGroup
{
    /// <summary>Connects to a server and adds it to the group; it returns when all pages of all its lists are in the group's.</summary>
    /// <param name="server">How to reach the server. Its <see cref="ServerParameters.Name"/> is its id here; without one it is the command's file name or the URL's host, made unique with a number.</param>
    /// <param name="options">Options of this session. Its actor system is the group's.</param>
    /// <param name="ct">Gives the connect up; nothing is left behind.</param>
    /// <exception cref="HubException">The cause, and nothing is left behind: the server cannot be used (<c>HUB2xxx</c>), offers what another one already does (<c>HUB4101</c>; the other is
    /// untouched), has a name twice because of the hook (<c>HUB4108</c>), or its name is taken (<c>HUB1001</c>).</exception>
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
    /// Adds a session that somebody else owns, of any transport and from anywhere in this process: one by itself, or one of another group. It returns when all pages of all its
    /// lists are in this group's; they follow the server's changes like those of every other server. The group never closes it: disconnected, or after the group's
    /// end, it is as usable as before. When the session itself ends, it leaves the group.
    /// </summary>
    /// <param name="session">The session. One that is not initialized yet is initialized. Its id in this group is the one it has, made unique with a number; one that was made on an
    /// <see cref="ITransport"/> is called after what the server says its name is.</param>
    /// <param name="ct">Gives it up; the session is not in the group then.</param>
    /// <exception cref="HubException">The session cannot be used, offers what another server already does (<c>HUB4101</c>), or is in this group already (<c>HUB5110</c>).</exception>
    /// <exception cref="ObjectDisposedException">The group or the session was disposed.</exception>
    public async Task ConnectWithSessionAsync(ClientSession session, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var runtime = Runtime;
        await session.InitializeAsync(ct).ConfigureAwait(false);
        if (_borrowed.TryGetValue(session, out var earlier) && earlier.IsLeaving)
        {
            await earlier.LeaveAsync().WaitAsync(ct).ConfigureAwait(false);
        }

        var member = Borrow(session, runtime);
        try
        {
            await runtime.AddServerAsync(member.Server, ct, session.OpenPlace.Session).ConfigureAwait(false);
        }
        catch
        {
            await member.LeaveAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Takes a server out of the group: its items disappear at once, new calls to it fail, running ones may go on for 5 s (<c>hub.drain-timeout</c>), then its connection is closed.
    /// A borrowed session only leaves the group: its connection and its running calls stay. In any order, from any thread; a second time it changes nothing.
    /// </summary>
    /// <param name="session">A session of this group.</param>
    /// <param name="ct">Stops waiting; the server is disconnected all the same.</param>
    /// <exception cref="HubException"><c>HUB5110</c> (-32602): the session never was in this group.</exception>
    public Task DisconnectFromServerAsync(ClientSession session, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (_borrowed.TryGetValue(session, out var member))
        {
            return member.LeaveAsync().WaitAsync(ct);
        }

        return _sessions.Any(member => ReferenceEquals(member.Value, session))
            ? session.CloseAsync(drains: true).WaitAsync(ct)
            : throw HubException.From(HubErrors.InvalidArguments.With(("reason", "the session is not one of this group")));
    }

    private BorrowedMember Borrow(ClientSession session, HubRuntime runtime)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing is not null, this);
            if (_borrowed.TryGetValue(session, out var known) ? !known.IsLeaving : _sessions.Any(own => ReferenceEquals(own.Value, session)))
            {
                throw HubException.From(HubErrors.InvalidArguments.With(("reason", "the session is in this group already")));
            }

            var place = session.OpenPlace;
            var seat = _members.TakeSeat(ServerIds.Suggest(place.Server, session.ServerInfo));
            var member = new BorrowedMember(runtime, place, seat);
            _borrowed.AddOrUpdate(session, member);
            _sessions.Add(member.Server, session);
            return member;
        }
    }
}
