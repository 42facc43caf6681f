using System.Text;
using Akka.Actor;
using Akka.Event;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>What a legacy server asks of its client (contract 1.4). Pings are answered here, everything else by <see cref="ClientFeatures"/>, off this actor.</summary>
internal sealed partial class UpstreamSession
{
    /// <summary>Command, from any thread: tell the server how far the answer to one of its requests is.</summary>
    public sealed record ReportProgress(ProgressToken Token, double Progress, ReadOnlyMemory<byte> Params);

    /// <summary>Command, from any thread: a notification for a legacy server.</summary>
    public sealed record SendNotification(string Method);

    private sealed record Answered(InboundCall Call, ServerAnswer? Answer);

    /// <summary>A request of the server that is being answered.</summary>
    /// <param name="id">Its id token.</param>
    /// <param name="progress">The token under which the server wants to hear of progress.</param>
    private sealed class InboundCall(byte[] id, ProgressToken? progress)
    {
        public byte[] Id => id;

        public ProgressToken? Progress => progress;

        public double LastProgress { get; set; } = double.NegativeInfinity;

        public CancellationTokenSource NotWanted { get; } = new();
    }

    private readonly Dictionary<string, InboundCall> _inbound = new(StringComparer.Ordinal);
    private int _reportsShown;

    private void OnServerRequest(Connection connection, Envelope request, long? exchange)
    {
        if (connection.Peer?.Era == Era.Modern)
        {
            // 2026-07-28, transports: a modern server never sends requests, and they are not answered.
            Report(HubErrors.UpstreamViolation.With(("server", _server.Id), ("reason", $"a request ({request.Method}) from a server of revision 2026-07-28")));
            return;
        }

        var id = request.Bytes(request.Id).ToArray();
        if (request.Method == MethodNames.Ping)
        {
            // Also before the handshake has ended, and without any code of the user (contract 1, EN-15).
            Respond(connection, FrameWriter.Result(id, "{}"u8));
            return;
        }

        // As the server wrote it: 1 and "1" are two requests (JSON-RPC 2.0, section 4).
        var key = Encoding.UTF8.GetString(id);
        if (_inbound.ContainsKey(key))
        {
            Respond(connection, ServerAnswer.Error(RpcErrorCodes.InvalidRequest, "A request of this id is still being answered").ToFrame(id));
            return;
        }

        var related = Attributed(connection, exchange) is { Call: not null } caller ? new RelatedCall(caller.Id, caller.Method) : null;
        var inbound = new InboundRequest(_server.Id, request.Method!, JsonText.Unescape(id) ?? key, request.Bytes(request.Params), related);
        var call = new InboundCall(id, inbound.ProgressToken);
        var answering = _self.Features.AnswerAsync(inbound, call.NotWanted.Token);
        if (answering.IsCompletedSuccessfully)
        {
            Respond(connection, answering.Result.ToFrame(id));
            return;
        }

        _inbound.Add(key, call);
        answering.PipeTo(Self, success: answer => new Answered(call, answer), failure: _ => new Answered(call, null));
    }

    private void OnAnswered(Connection connection, Answered answered)
    {
        var key = Encoding.UTF8.GetString(answered.Call.Id);
        if (_inbound.GetValueOrDefault(key) != answered.Call)
        {
            // Cancelled, or asked on a connection that is gone: no answer is wanted (contract 1, EN-10).
            return;
        }

        _inbound.Remove(key);
        if (answered.Answer is { } answer)
        {
            Respond(connection, answer.ToFrame(answered.Call.Id));
        }
    }

    private void CancelInbound(ReadOnlySpan<byte> id)
    {
        if (_inbound.Remove(Encoding.UTF8.GetString(id), out var call))
        {
            // Not Cancel: what the callback registered must not run on this actor.
            _ = call.NotWanted.CancelAsync();
        }
    }

    private void CancelAllInbound()
    {
        foreach (var call in _inbound.Values)
        {
            _ = call.NotWanted.CancelAsync();
        }

        _inbound.Clear();
    }

    // Only for a request that still waits, and only what is more than before (2025-11-25, progress, "Behavior Requirements").
    private void OnReportProgress(Connection connection, ReportProgress report)
    {
        if (connection.Peer is { Era: Era.Legacy } peer && _inbound.Values.FirstOrDefault(call => call.Progress == report.Token) is { } call && report.Progress > call.LastProgress)
        {
            call.LastProgress = report.Progress;
            Notify(connection, MethodNames.Progress, report.Params, ProtocolHeaders.For(peer, MethodNames.Progress, null));
        }
        else
        {
            _log.Debug("Server {0}: progress for a request that does not wait for it was dropped", _server.Id);
        }
    }

    private void OnSendNotification(Connection connection, SendNotification notification)
    {
        if (connection.Peer is { Era: Era.Legacy } peer)
        {
            Notify(connection, notification.Method, default, ProtocolHeaders.For(peer, notification.Method, null));
        }
        else
        {
            _log.Debug("Server {0}: {1} is nothing that a modern server takes", _server.Id, notification.Method);
        }
    }

    private void Respond(Connection connection, byte[] frame) =>
        Write(connection, new OutboundFrame.Message(frame, null, null, connection.Peer is { } peer ? ProtocolHeaders.For(peer, null, null) : ProtocolHeaders.None));

    /// <summary>Something is wrong that ends neither a call nor the connection.</summary>
    private void Report(HubError diagnostic)
    {
        // A server that goes on like that is not written down each time.
        if (_reportsShown++ < 10)
        {
            _log.Warning("Server {0}: {1}", _server.Id, diagnostic.Message);
        }

        _self.Features.Hear(OfThisServer(diagnostic));
    }
}
