using Akka.Actor;
using Akka.Event;
using System.Buffers.Text;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>What the server says: answers, notifications, requests, and what is none of these.</summary>
internal sealed partial class UpstreamSession
{
    private void OnEvent(Connection connection, in ScannedEvent scanned)
    {
        connection.LastHeard = _clock.Elapsed;
        switch (scanned.Source)
        {
            case InboundEvent.Frame frame when scanned.Message is { } message:
                OnMessage(connection, message, frame.Exchange);
                break;

            case InboundEvent.Frame frame:
                OnFault(connection, frame.Utf8, frame.Exchange, scanned.Fault!);
                break;

            case InboundEvent.Rejected rejected:
                OnRejected(connection, rejected);
                break;

            case InboundEvent.ExchangeEnded ended:
                OnExchangeEnded(connection, ended.Exchange, ended.Error);
                break;
        }
    }

    private void OnAnswerRead(Connection connection, TransportOwner.AnswerRead read)
    {
        connection.LastHeard = _clock.Elapsed;
        if (read.Message is { } message)
        {
            OnMessage(connection, message, read.Exchange);
        }
        else
        {
            OnFault(connection, read.Utf8, read.Exchange, read.Fault!);
        }

        OnExchangeEnded(connection, read.Exchange, error: null);
    }

    private void OnMessage(Connection connection, Envelope message, long? exchange)
    {
        switch (message.Kind)
        {
            case EnvelopeKind.Result or EnvelopeKind.Error:
                OnAnswer(connection, message, exchange);
                break;

            case EnvelopeKind.Notification:
                OnNotification(connection, message, exchange);
                break;

            default:
                OnServerRequest(connection, message, exchange);
                break;
        }
    }

    private void OnAnswer(Connection connection, Envelope answer, long? exchange)
    {
        var token = answer.Bytes(answer.Id).Span;
        var id = TryId(token, out var named) ? named : (long?)null;
        if (id is null && answer.Kind == EnvelopeKind.Error && (token.IsEmpty || token.SequenceEqual("null"u8)))
        {
            // An error without an id belongs to a request only if there is just one it can belong to (contract 1, EN-04); any other id is nobody's (EN-03).
            id = exchange ?? (_pending.Count == 1 ? _pending.Keys.First() : null);
        }

        if (exchange is { } own && own != id)
        {
            _log.Warning("Server {0}: the response to request {1} carried another id", _server.Id, own);
            Take(own)?.Fail(Violation("a response answered another request than it was opened for"));
            CloseIfDrained(connection);
            return;
        }

        if (id is { } known && Take(known) is { } request)
        {
            if (answer.Kind == EnvelopeKind.Error && RemakesHeaders(connection, answer, request))
            {
                return;
            }

            if (_server.MaxResultBytes > 0 && request.Call is not null && answer.Frame.Length > _server.MaxResultBytes)
            {
                request.Fail(HubErrors.ResultTooLarge.With(("server", _server.Id), ("bytes", answer.Frame.Length), ("limit", _server.MaxResultBytes)) with { Delivery = Delivery.Answered });
            }
            else
            {
                request.End(new CallOutcome(answer, null));
            }

            CloseIfDrained(connection);
        }
        else if (id is null)
        {
            Report(HubErrors.StrayAnswer.With(("server", _server.Id), ("id", Shown(token))));
        }
        else if (id > _self.LastId)
        {
            Report(HubErrors.StrayAnswer.With(("server", _server.Id), ("id", id)));
        }
        else
        {
            // Late or cancelled (contract 1, EN-08).
            connection.GivenUp.Remove(id.Value);
            _log.Debug("Server {0}: an answer to no open request was dropped", _server.Id);
        }
    }

    private void OnNotification(Connection connection, Envelope notification, long? exchange)
    {
        switch (notification.Method)
        {
            case MethodNames.Progress:
                OnProgress(notification, exchange);
                break;

            case MethodNames.Message:
                OnLogMessage(connection, notification, exchange);
                break;

            case MethodNames.ToolsListChanged:
                OnListChanged(connection, notification, ComponentKind.Tool);
                TellListens(connection, notification, new ListChanged(ComponentKind.Tool));
                break;

            case MethodNames.PromptsListChanged:
                OnListChanged(connection, notification, ComponentKind.Prompt);
                TellListens(connection, notification, new ListChanged(ComponentKind.Prompt));
                break;

            case MethodNames.ResourcesListChanged:
                OnListChanged(connection, notification, ComponentKind.Resource);
                OnListChanged(connection, notification, ComponentKind.ResourceTemplate);
                TellListens(connection, notification, new ListChanged(ComponentKind.Resource));
                break;

            case MethodNames.ResourcesUpdated:
                OnResourceUpdated(connection, notification);
                break;

            case MethodNames.SubscriptionsAcknowledged when OnResourceListenAcknowledged(connection, notification) || OnUserListenAcknowledged(connection, notification):
                break;

            case MethodNames.SubscriptionsAcknowledged:
                OnListenAcknowledged(connection, notification);
                break;

            case MethodNames.Cancelled:
                OnServerCancelled(connection, notification);
                break;

            default:
                // Only who listens to all of it hears of it (contract 1, CB-12).
                _log.Debug("Server {0}: notification {1} is not known", _server.Id, notification.Method);
                break;
        }

        if (notification.Method is not (MethodNames.Progress or MethodNames.Cancelled or MethodNames.SubscriptionsAcknowledged))
        {
            _self.Features.Hear(_server.Id, notification);
        }
    }

    private static string Shown(ReadOnlySpan<byte> token) => token.IsEmpty ? "none" : System.Text.Encoding.UTF8.GetString(token[..Math.Min(token.Length, 64)]);

    private void OnProgress(Envelope notification, long? exchange)
    {
        var progress = notification.Find(MemberOf.Params, "progress"u8).In(notification.Frame.Span);
        if (!TryId(notification.Find(MemberOf.Params, "progressToken"u8).In(notification.Frame.Span), out var id)
            || Progressing(id, exchange) is not { Call: { } call } request
            || !Utf8Parser.TryParse(progress, out double value, out var used) || used != progress.Length || value <= request.LastProgress)
        {
            return;
        }

        request.LastProgress = value;
        request.Deadline = After(_clock.Elapsed, request.Timeout);
        call.Sink.Push(notification);
    }

    // One that was sent again has another id, and still the token that was its first one.
    private PendingRequest? Progressing(long token, long? exchange) =>
        _pending.GetValueOrDefault(token) ?? (exchange is { } own && _pending.GetValueOrDefault(own) is { } again && again.Call?.Id == token ? again : null);

    private void OnFault(Connection connection, ReadOnlyMemory<byte> utf8, long? number, ScanError fault)
    {
        if (number is { } exchange)
        {
            Take(exchange)?.Fail(Violation(fault.Message));
        }
        else if (fault.Code == RpcErrorCodes.InvalidParams && !fault.Id.IsEmpty && utf8.Span.IndexOf("\"method\""u8) >= 0)
        {
            // A request of the server, not an answer to ours of the same id (contract 4, B-009).
            Respond(connection, ServerAnswer.Error(fault.Code, fault.Message).ToFrame(fault.Id.Span));
        }
        else if (TryId(fault.Id.Span, out var id))
        {
            Take(id)?.Fail(Violation(fault.Message));
        }

        ShowRejected(fault.Message, System.Text.Encoding.UTF8.GetString(utf8.Span[..Math.Min(200, utf8.Length)]));
        CloseIfDrained(connection);
    }

    private void OnRejected(Connection connection, InboundEvent.Rejected rejected)
    {
        ShowRejected(rejected.Error.Message, rejected.Excerpt);
        if (rejected.Exchange is { } exchange)
        {
            Take(exchange)?.Fail(OfThisServer(rejected.Error));
            return;
        }

        if (rejected.Error.Definition != HubErrors.FrameTooLarge)
        {
            return;
        }

        if (_pending.Count == 1)
        {
            Take(_pending.Keys.First())?.Fail(OfThisServer(rejected.Error) with { Delivery = Delivery.Unknown });
        }

        var now = _clock.Elapsed;
        connection.OversizedFrames.Enqueue(now);
        while (connection.OversizedFrames.Peek() < now - OversizedFramesWindow)
        {
            connection.OversizedFrames.Dequeue();
        }

        if (connection.OversizedFrames.Count >= MaxOversizedFrames)
        {
            connection.Failure = OfThisServer(rejected.Error);
            connection.Owner.Tell(TransportOwner.Close.Instance);
        }
    }

    private void OnExchangeEnded(Connection connection, long exchange, HubError? error)
    {
        if (exchange == connection.ListenId && !_pending.ContainsKey(exchange))
        {
            OnListenEnded(connection);
            return;
        }

        if (error is not null && OnSessionForgotten(connection, exchange, error))
        {
            return;
        }

        // As a rule its answer came before.
        if (Take(exchange) is { } unanswered && !SendsAgain(connection, unanswered, error))
        {
            unanswered.Fail(error is { } cause ? OfThisServer(cause) : Violation("the response ended without an answer") with { Delivery = Delivery.Unknown });
        }

        CloseIfDrained(connection);
    }

    private PendingRequest? Take(long id)
    {
        if (!_pending.Remove(id, out var request))
        {
            return null;
        }

        if (request.Call is not null)
        {
            Touch();
        }

        return request;
    }

    private void ShowRejected(string what, string excerpt)
    {
        _self.Features.Hear(HubErrors.UnusableMessage.With(("server", _server.Id), ("reason", what), ("excerpt", excerpt)));
        // The first three are for people who look for a server that prints to standard output (contract 1, W-09).
        if (_rejectedShown++ < 3)
        {
            _log.Warning("Server {0}: {1}: {2}", _server.Id, what, excerpt);
        }
        else
        {
            _log.Debug("Server {0}: {1}", _server.Id, what);
        }
    }

    private HubError Violation(string reason) => HubErrors.UpstreamViolation.With(("server", _server.Id), ("reason", reason)) with { Delivery = Delivery.Answered };

    private HubError OfThisServer(HubError error) => UpstreamCalls.WithServer(error, _server.Id);
}
