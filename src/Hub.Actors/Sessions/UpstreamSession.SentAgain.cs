using System.Diagnostics.CodeAnalysis;
using Akka.Event;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>
/// Requests to a modern HTTP server that go out once more: with a new id, as 2026-07-28 asks (changelog, 9), by the same deadline, and not a third time. Only those that the
/// server has not run, or may run twice.
/// </summary>
internal sealed partial class UpstreamSession
{
    /// <summary>A call that the server refused for its headers, with the refusal, until the tools are listed.</summary>
    private sealed record RefusedCall(PendingRequest Request, Envelope Message, Envelope Refusal);

    // Contract 2, 4-14. Of a broken tools/call nobody knows whether it was run.
    private static bool IsRepeatable(string method) => method is MethodNames.ToolsList or MethodNames.PromptsList or MethodNames.ResourcesList or MethodNames.ResourceTemplatesList
        or MethodNames.ResourcesRead or MethodNames.PromptsGet or MethodNames.Complete or MethodNames.Discover;

    /// <summary>The response of a request ended without its answer, and with it the request is lost: a stream is not resumed in this revision.</summary>
    /// <param name="connection">The connection; while its era is being found out only discovery is repeated.</param>
    /// <param name="lost">The request, which is in the table no more.</param>
    /// <param name="error">How the response ended; <c>null</c> = as if it were whole.</param>
    /// <returns>Whether it was sent again.</returns>
    private bool SendsAgain(Connection connection, PendingRequest lost, HubError? error)
    {
        if (connection is not { Kind: TransportKind.Http, Failure: null } || connection.Peer?.Era == Era.Legacy || _draining || lost.IsSentAgain || !IsRepeatable(lost.Method)
            || (error is not null && error.Definition != HubErrors.OutcomeUnknown) || !TryMakeAgain(lost, out var again, out var message)
            // What was asked for in an earlier round may be spent (2026-07-28, mrtr, "Client Requirements").
            || message.Find(MemberOf.Params, "requestState"u8).Exists || message.Find(MemberOf.Params, "inputResponses"u8).Exists)
        {
            return false;
        }

        _log.Debug("Server {0}: the response to {1} broke off; it is asked again", _server.Id, lost.Method);
        Add(connection, again);
        return true;
    }

    /// <summary>
    /// A call whose headers do not repeat its arguments as the tool's schema asks now: the tools are listed, once for all calls that wait for it, and the call goes out with headers
    /// made anew (2026-07-28, streamable-http, "Client Behavior"). That replays nothing: a server refuses such a request before it runs it ("Server Validation").
    /// </summary>
    /// <returns>Whether the refusal is not the end of the call.</returns>
    private bool RemakesHeaders(Connection connection, Envelope answer, PendingRequest refused)
    {
        if (connection is not { Kind: TransportKind.Http, Peer: { Era: Era.Modern } peer, Failure: null } || _draining || refused is not { Method: MethodNames.ToolsCall, Call: not null, IsSentAgain: false }
            || answer.Integer(MemberOf.Error, "code"u8) != RpcErrorCodes.HeaderMismatch || !TryMakeAgain(refused, out var again, out var message))
        {
            return false;
        }

        if (HeadersOf(peer, message) is { } headers && !headers.SequenceEqual(refused.Frame.Headers))
        {
            // The tools were listed since it was made.
            Add(connection, Renew(again, FrameOf(again, headers)));
            return true;
        }

        again.IsHeld = true;
        Track(again);
        connection.RefusedCalls.Add(new RefusedCall(again, message, answer));
        if (!ListOf(connection, ComponentKind.Tool).IsReading)
        {
            RefreshList(connection, ComponentKind.Tool);
        }

        return true;
    }

    /// <summary>The tools were listed, or could not be.</summary>
    private void OnToolsRead(Connection connection, bool isRead)
    {
        if (connection.RefusedCalls.Count == 0)
        {
            return;
        }

        var calls = connection.RefusedCalls.ToArray();
        connection.RefusedCalls.Clear();
        foreach (var (held, message, refusal) in calls)
        {
            if (_pending.GetValueOrDefault(held.Id) != held)
            {
                continue; // Given up meanwhile.
            }

            _pending.Remove(held.Id);
            if (isRead && connection.Peer is { } peer && HeadersOf(peer, message) is { } headers)
            {
                var again = Renew(held, FrameOf(held, headers));
                again.Since = _clock.Elapsed;
                Add(connection, again);
            }
            else
            {
                held.End(new CallOutcome(refusal, null));
            }
        }

        CloseIfDrained(connection);
    }

    /// <summary>A request that its caller knows by the id it was sent with first.</summary>
    private bool TryTakeCall(long id, [NotNullWhen(true)] out PendingRequest? request)
    {
        if (!_pending.Remove(id, out request))
        {
            request = _pending.Values.FirstOrDefault(again => again.IsSentAgain && again.Call?.Id == id);
            return request is not null && _pending.Remove(request.Id);
        }

        return true;
    }

    private bool TryMakeAgain(PendingRequest request, [NotNullWhen(true)] out PendingRequest? again, [NotNullWhen(true)] out Envelope? message)
    {
        again = null;
        if (!EnvelopeScanner.TryScan(request.Frame.Utf8, ScanLimits.FromServer, out message, out _))
        {
            return false;
        }

        var id = _self.NextId();
        again = Renew(request, new OutboundFrame.Message(FrameWriter.Request(id, request.Method, message.Bytes(message.Params).Span), id, request.Method, request.Frame.Headers));
        (again.Since, again.IsSentAgain) = (_clock.Elapsed, true);
        return true;
    }

    private static OutboundFrame.Message FrameOf(PendingRequest request, IReadOnlyList<KeyValuePair<string, string>> headers) => new(request.Frame.Utf8, request.Id, request.Method, headers);

    /// <summary>The headers of a call by what is known of its tool now; <c>null</c> if nothing is.</summary>
    private IReadOnlyList<KeyValuePair<string, string>>? HeadersOf(PeerInfo peer, Envelope call) =>
        call.Text(MemberOf.Params, "name"u8) is { } name && _self.Tools.Find(name) is { } tool
            ? [.. ProtocolHeaders.For(peer, MethodNames.ToolsCall, name), .. ProtocolHeaders.Mirrored(tool.Mirrored, call)]
            : null;
}
