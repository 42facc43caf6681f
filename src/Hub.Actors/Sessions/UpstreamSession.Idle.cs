using Akka.Actor;
using Akka.Event;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Sessions;

/// <summary>
/// A server that nobody calls for its idle timeout has its connection closed. To everybody else it stays as it is: its lists are served, calls are still made for the peer that
/// it was, and the first one has the connection opened again. What came meanwhile is sent on the new connection, or fails with the cause if there is none.
/// </summary>
internal sealed partial class UpstreamSession
{
    // The peer of the connection that was closed, until there is another one or none came about.
    private PeerInfo? _asleep;
    private bool _isWoken;
    private TimeSpan _lastUse;
    private readonly List<(object Command, IActorRef Sender)> _held = [];

    /// <summary>Event, to the parent: the connection was closed because nobody used it.</summary>
    public sealed record FellAsleep
    {
        public static FellAsleep Instance { get; } = new();
    }

    /// <summary>Event, to the parent: somebody wants to use it again: <see cref="Connect"/>.</summary>
    public sealed record Woken
    {
        public static Woken Instance { get; } = new();
    }

    private sealed record IdleDue
    {
        public static IdleDue Instance { get; } = new();
    }

    private bool CanSleep => _server.IdleTimeout > TimeSpan.Zero && _server.CanReopen && _server.Reconnect;

    private void Touch()
    {
        if (CanSleep)
        {
            _lastUse = _clock.Elapsed;
        }
    }

    private void WatchIdleness()
    {
        if (CanSleep)
        {
            Touch();
            LookAgainIn(_server.IdleTimeout);
        }
    }

    private void LookAgainIn(TimeSpan wait) => Timers.StartSingleTimer(IdleDue.Instance, IdleDue.Instance, wait);

    private void OnIdleDue(Connection connection)
    {
        if (connection.Peer is not { } peer || _asleep is not null || _draining || connection.Failure is not null)
        {
            return;
        }

        if (IsUsed(connection))
        {
            Touch();
        }

        var rest = _lastUse + _server.IdleTimeout - _clock.Elapsed;
        if (rest > TimeSpan.Zero)
        {
            LookAgainIn(rest);
            return;
        }

        _log.Info("Server {0} was not called for {1} s: its connection is closed until the next call", _server.Id, _server.IdleTimeout.TotalSeconds);
        (_asleep, _isWoken, connection.FallsAsleep) = (peer, true, true);
        connection.Owner.Tell(TransportOwner.Close.Instance);
    }

    private bool IsUsed(Connection connection) =>
        !connection.IsReported || connection.IsRenewing || connection.Waiting.Count > 0 || _inbound.Count > 0 || _self.Listens.Count > 0
        || _self.Resources.OfClients.Count > 0 || _self.Resources.OfUser.Count > 0 || _pending.Values.Any(request => request.Call is not null);

    /// <summary>Keeps what came for the connection that was closed, and has another one opened. The deadline of a call runs.</summary>
    private bool Holds(object message)
    {
        if (_asleep is null)
        {
            return false;
        }

        switch (message)
        {
            case Call call:
                Track(RowOf(call));
                break;
            case SubscribeResource or UnsubscribeResource or ClaimResource or ReleaseResource:
                _held.Add((message, Sender));
                break;
            default:
                return false;
        }

        Wake();
        return true;
    }

    private void Wake()
    {
        if (_asleep is not null && !_isWoken)
        {
            _isWoken = true;
            Context.Parent.Tell(Woken.Instance);
        }
    }

    /// <summary>The connection that was put to sleep is closed.</summary>
    private void OnAsleep()
    {
        _isWoken = false;
        Context.Parent.Tell(FellAsleep.Instance);
        if (_held.Count > 0 || _self.Listens.Count > 0 || _pending.Values.Any(request => request.Call is not null))
        {
            Wake();
        }
    }

    private void OnAwake(Connection connection)
    {
        (_asleep, _isWoken) = (null, false);
        foreach (var (command, sender) in _held)
        {
            OnResourceCommand(connection, command, sender);
        }

        _held.Clear();
    }

    /// <summary>There is no connection for those who wait for one, and the next try may be long in coming.</summary>
    private void OnNotAwake(HubError cause)
    {
        if (_asleep is null)
        {
            return;
        }

        (_asleep, _isWoken, _self.Peer) = (null, false, null);
        var error = HubErrors.ServerNotReady.With(("server", _server.Id), ("state", "idle, and its connection could not be opened again"), ("reason", ": " + cause.Message)) with { Details = cause.Details };
        foreach (var request in _pending.Values.Where(request => request.Call is not null).ToArray())
        {
            _pending.Remove(request.Id);
            request.Fail(error);
        }

        RefuseHeld(error);
    }

    private void RefuseHeld(HubError error)
    {
        foreach (var (command, sender) in _held)
        {
            RefuseResourceCommand(command, sender, error);
        }

        _held.Clear();
    }
}
