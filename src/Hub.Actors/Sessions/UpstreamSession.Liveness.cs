using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>What goes on while nobody calls: the listen stream of a modern server and the pings to a legacy one.</summary>
internal sealed partial class UpstreamSession
{
    private static readonly TimeSpan ListenAcknowledgement = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ListenAgainMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ListenAgainMax = TimeSpan.FromSeconds(15);

    private sealed record ListenAgain
    {
        public static ListenAgain Instance { get; } = new();
    }

    private sealed record PingDue
    {
        public static PingDue Instance { get; } = new();
    }

    /// <summary>Asks a modern server for its list changes (2026-07-28, subscriptions).</summary>
    private void StartListening(Connection connection)
    {
        if (connection.Peer is not { Era: Era.Modern } peer || connection.ListenId is not null || !(peer.HasTools || peer.HasPrompts || peer.HasResources))
        {
            return;
        }

        var kinds = new List<string>(3);
        if (peer.HasTools)
        {
            kinds.Add("\"toolsListChanged\":true");
        }

        if (peer.HasPrompts)
        {
            kinds.Add("\"promptsListChanged\":true");
        }

        if (peer.HasResources)
        {
            kinds.Add("\"resourcesListChanged\":true");
        }

        byte[] parameters = [.. "{\"notifications\":{"u8, .. Encoding.ASCII.GetBytes(string.Join(',', kinds)), .. "},\"_meta\":{"u8, .. ModernMeta(peer.Revision).Span, .. "}}"u8];
        Request(connection, MethodNames.SubscriptionsListen, parameters, ListenAcknowledgement, ProtocolHeaders.For(peer, MethodNames.SubscriptionsListen, null), outcome =>
        {
            if (outcome.Answer?.Integer(MemberOf.Error, "code"u8) == RpcErrorCodes.MethodNotFound || outcome.Error?.HttpStatus == 404)
            {
                connection.ListenId = null;
                _log.Debug("Server {0} offers no subscriptions: its lists are read at connect only", _server.Id);
                return;
            }

            OnListenEnded(connection);
        });
        connection.ListenId = _self.LastId;
    }

    private void OnListenAcknowledged(Connection connection, Envelope notification)
    {
        if (IsOfListenStream(connection, notification) && _pending.TryGetValue(connection.ListenId!.Value, out var request))
        {
            // From here on the stream has no deadline (contract 2, 4-31).
            request.Deadline = TimeSpan.MaxValue;
            connection.ListenFailures = 0;
        }
    }

    private void OnServerCancelled(Connection connection, Envelope notification)
    {
        if (connection.Peer?.Era != Era.Modern)
        {
            CancelInbound(notification.Find(MemberOf.Params, "requestId"u8).In(notification.Frame.Span));
            return;
        }

        // Graceful and abnormal teardown both may use it (contract 2, 4-28); any other id from a modern server means nothing to us.
        if (!TryId(notification.Find(MemberOf.Params, "requestId"u8).In(notification.Frame.Span), out var id))
        {
            return;
        }

        if (id == connection.ListenId)
        {
            Take(id);
            OnListenEnded(connection);
        }
        else if (ResourceListenOf(connection, id) is { } listen)
        {
            Take(id);
            OnResourceListenEnded(connection, listen, default);
        }
        else if (_self.Listens.Find(sink => sink.Id == id) is { } sink)
        {
            OnListenCancelled(connection, sink);
        }
        else
        {
            // 2026-07-28, cancellation: a server may only end a subscription so (contract 1, CB-09).
            Report(HubErrors.UpstreamViolation.With(("server", _server.Id), ("reason", $"it cancelled request {id}, which is no open subscription")));
        }
    }

    /// <summary>After any gap all lists may have changed (contract 2, 4-30).</summary>
    private void OnListenEnded(Connection connection)
    {
        connection.ListenId = null;
        Timers.StartSingleTimer(ListenAgain.Instance, ListenAgain.Instance, ListenAgainWait(connection.ListenFailures++));
        foreach (var kind in connection.Lists.Keys.ToArray())
        {
            RefreshList(connection, kind);
        }
    }

    private static TimeSpan ListenAgainWait(int failures)
    {
        var wait = TimeSpan.FromTicks(Math.Min(ListenAgainMax.Ticks, ListenAgainMin.Ticks << Math.Min(failures, 5)));
        return wait * (0.5 + Random.Shared.NextDouble() / 2);
    }

    private static bool IsOfListenStream(Connection connection, Envelope notification) => IsTagged(notification, connection.ListenId);

    private void StartPinging(Connection connection, PeerInfo peer)
    {
        if (peer.Era == Era.Legacy && _settings.PingInterval > TimeSpan.Zero)
        {
            Timers.StartPeriodicTimer(PingDue.Instance, PingDue.Instance, _settings.PingInterval);
        }
    }

    private void OnPingDue(Connection connection)
    {
        if (connection.Peer is not { } peer || _draining || _clock.Elapsed - connection.LastHeard < _settings.PingInterval)
        {
            return;
        }

        Request(connection, MethodNames.Ping, default, _settings.PingInterval, ProtocolHeaders.For(peer, MethodNames.Ping, null), outcome =>
        {
            if (outcome.Error is null)
            {
                // Any answer is a sign of life, also "method not found".
                connection.MissedPings = 0;
            }
            else if (++connection.MissedPings >= 2)
            {
                connection.Failure = HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", string.Create(CultureInfo.InvariantCulture, $"two pings in {2 * _settings.PingInterval.TotalSeconds} s were not answered")));
                _log.Warning("Server {0}: {1}", _server.Id, connection.Failure.Message);
                connection.Owner.Tell(TransportOwner.Close.Instance);
            }
        });
    }
}
