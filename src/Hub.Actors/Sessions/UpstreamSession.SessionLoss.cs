using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Sessions;

/// <summary>
/// A legacy HTTP server that no longer knows the session: one <c>initialize</c> without an id for all who wait, then each request that was refused for it is sent once more
/// (2025-11-25, transports, "Session Management" 4; contract 2, 3-8). The connection stays.
/// </summary>
internal sealed partial class UpstreamSession
{
    /// <returns>Whether the refused request is taken care of.</returns>
    private bool OnSessionForgotten(Connection connection, long exchange, HubError error)
    {
        if (error.Definition != HubErrors.SessionForgotten || connection.Peer is not { Era: Era.Legacy } peer || _draining)
        {
            return false;
        }

        var request = Take(exchange);
        var isStale = request is not null && request.HttpSession < connection.HttpSession;
        if (request is { Call: not null, IsSentAgain: false })
        {
            var again = Renew(request);
            (again.Since, again.IsSentAgain, again.HttpSession) = (_clock.Elapsed, true, connection.HttpSession);
            _pending.Add(again.Id, again);
            if (isStale)
            {
                // Somebody else's 404 has brought the new session already.
                Write(connection, again.Frame);
                return true;
            }

            connection.ForNextSession.Add(again);
        }
        else
        {
            // It was the session's own, or the new session is not known either.
            request?.Fail(OfThisServer(error));
        }

        if (!isStale && !connection.IsRenewing)
        {
            RenewSession(connection, peer, isRepeat: false);
        }

        return true;
    }

    private void RenewSession(Connection connection, PeerInfo peer, bool isRepeat)
    {
        connection.IsRenewing = true;
        Request(connection, MethodNames.Initialize, InitializeParameters(), _server.HandshakeTimeout, ProtocolHeaders.None, outcome =>
        {
            connection.IsRenewing = false;
            if (outcome.Error is { HttpStatus: null } && !isRepeat)
            {
                // A server that was restarted has closed the connections that were kept open to it; no harm is done by asking once more.
                RenewSession(connection, peer, isRepeat: true);
                return;
            }

            if (outcome.Answer is not { Kind: EnvelopeKind.Result } answer)
            {
                Fail(connection, outcome.Answer is { } refused ? Refused(refused) : outcome.Error!);
                return;
            }

            if (answer.Text(MemberOf.Result, "protocolVersion"u8) is var revision && revision != peer.Revision)
            {
                Fail(connection, HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", $"its new session speaks revision {revision ?? "none"} and not {peer.Revision}")));
                return;
            }

            var renewed = PeerOf(connection, Era.Legacy, peer.Revision, answer, answer.Find(MemberOf.Result, "serverInfo"u8));
            connection.HttpSession++;
            Notify(connection, MethodNames.Initialized, default, ProtocolHeaders.For(renewed, MethodNames.Initialized, null));
            (connection.Peer, _self.Peer) = (renewed, renewed);
            RestoreLogLevel(connection, renewed);
            foreach (var request in connection.ForNextSession.Where(request => _pending.GetValueOrDefault(request.Id) == request))
            {
                (request.Since, request.HttpSession) = (_clock.Elapsed, connection.HttpSession);
                Write(connection, request.Frame);
            }

            connection.ForNextSession.Clear();
            RestoreSubscriptions(connection, renewed);
            StartListens(connection);
            if (_server.KeepCatalog)
            {
                // A new session may list other things, and what changed meanwhile was told to nobody.
                foreach (var kind in Enum.GetValues<ComponentKind>())
                {
                    RefreshList(connection, kind);
                }
            }
        });
    }
}
