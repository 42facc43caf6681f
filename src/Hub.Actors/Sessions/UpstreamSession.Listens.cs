using System.Text;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Embedding;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>
/// The subscriptions of the session's user: a <c>subscriptions/listen</c> each at a modern server, made of what a legacy one tells by itself and of resource subscriptions
/// otherwise. They outlive the connection and are opened anew after every gap (contract 1, CM-16; contract 2, 4-30).
/// </summary>
internal sealed partial class UpstreamSession
{
    /// <summary>Command, from any thread: open a subscription. It ends itself if it cannot be.</summary>
    public sealed record OpenListen(ListenSink Sink);

    /// <summary>Command, from any thread: nobody reads it any more.</summary>
    public sealed record CloseListen(ListenSink Sink);

    private sealed record ListenSinkAgain(ListenSink Sink);

    private void StartListens(Connection connection)
    {
        foreach (var sink in _self.Listens.ToArray())
        {
            Listen(connection, sink);
        }
    }

    private void OnOpenListen(Connection? connection, ListenSink sink)
    {
        _self.Listens.Add(sink);
        if (connection?.Peer is not null)
        {
            Listen(connection, sink);
        }
    }

    private void OnCloseListen(Connection? connection, ListenSink sink)
    {
        if (_self.Listens.Remove(sink))
        {
            Leave(connection, sink);
        }
    }

    private void Listen(Connection connection, ListenSink sink)
    {
        if (connection.Peer is not { } peer || sink.Id is not null || !_self.Listens.Contains(sink))
        {
            return;
        }

        if (peer.Era == Era.Legacy)
        {
            ListenToLegacy(connection, peer, sink);
            return;
        }

        byte[] parameters = [.. "{\"notifications\":"u8, .. ToJson(sink.Filter), .. ",\"_meta\":{"u8, .. ModernMeta(peer.Revision).Span, .. "}}"u8];
        var id = 0L;
        Request(connection, MethodNames.SubscriptionsListen, parameters, ListenAcknowledgement, ProtocolHeaders.For(peer, MethodNames.SubscriptionsListen, null), outcome => OnUserListenEnded(connection, sink, id, outcome));
        sink.Id = id = _self.LastId;
    }

    private void OnUserListenEnded(Connection connection, ListenSink sink, long id, CallOutcome outcome)
    {
        if (sink.Id != id)
        {
            return;
        }

        (sink.Id, sink.IsOpen) = (null, false);
        if (sink.Honoured is null)
        {
            // It never was one: a refusal, or no acknowledgement in time.
            Lose(connection, sink, outcome switch
            {
                { Answer: { Kind: EnvelopeKind.Error } error } when error.Integer(MemberOf.Error, "code"u8) is not RpcErrorCodes.MethodNotFound => PeerErrors.From(error, _server.Id),
                { Answer.Kind: EnvelopeKind.Error } or { Error.HttpStatus: 404 } => HubException.From(HubErrors.CapabilityMissing.With(("server", _server.Id), ("method", MethodNames.SubscriptionsListen))),
                { Error: { } error } => HubException.From(OfThisServer(error)),
                _ => HubException.From(Violation("a subscription ended before it was acknowledged")),
            });
            return;
        }

        // Graceful or not, the user still wants it.
        var again = new ListenSinkAgain(sink);
        Timers.StartSingleTimer(again, again, ListenAgainWait(sink.Failures++));
    }

    private bool OnUserListenAcknowledged(Connection connection, Envelope notification)
    {
        if (_self.Listens.Find(listen => IsTagged(notification, listen.Id)) is not { } sink || !_pending.TryGetValue(sink.Id!.Value, out var request))
        {
            return false;
        }

        // From here on the stream has no deadline (contract 2, 4-31). A second acknowledgement changes nothing.
        request.Deadline = TimeSpan.MaxValue;
        if (!sink.IsOpen)
        {
            sink.IsOpen = true;
            Acknowledge(connection, sink, Honoured(sink.Filter, notification.Bytes(notification.Find(MemberOf.Params, "notifications"u8))));
        }

        return true;
    }

    private void ListenToLegacy(Connection connection, PeerInfo peer, ListenSink sink)
    {
        if (sink.IsOpen)
        {
            return;
        }

        sink.IsOpen = true;
        var lists = new SubscriptionFilter
        {
            ToolsListChanged = sink.Filter.ToolsListChanged && peer.TellsListChanges("tools"u8),
            PromptsListChanged = sink.Filter.PromptsListChanged && peer.TellsListChanges("prompts"u8),
            ResourcesListChanged = sink.Filter.ResourcesListChanged && peer.TellsListChanges("resources"u8),
        };
        var uris = sink.Honoured is null ? sink.Filter.ResourceSubscriptions : sink.Honoured.ResourceSubscriptions;
        if (sink.Honoured is not null || uris.Count == 0 || !peer.CanSubscribe)
        {
            // After a reconnect the resources that were agreed on are subscribed to again by RestoreSubscriptions.
            Acknowledge(connection, sink, lists with { ResourceSubscriptions = peer.CanSubscribe ? uris : [] });
            return;
        }

        var agreed = new List<string>();
        var open = uris.Count;
        foreach (var uri in uris)
        {
            sink.Claimed.Add(uri);
            Claim(connection, uri, outcome =>
            {
                if (outcome is { Error: null, Answer: null })
                {
                    agreed.Add(uri);
                }
                else
                {
                    sink.Claimed.Remove(uri);
                }

                if (--open == 0 && _self.Listens.Contains(sink))
                {
                    Acknowledge(connection, sink, lists with { ResourceSubscriptions = [.. uris.Where(agreed.Contains)] });
                }
            });
        }
    }

    private void Acknowledge(Connection connection, ListenSink sink, SubscriptionFilter honoured)
    {
        var hadGap = sink.Honoured is not null;
        sink.Honoured = honoured;
        sink.Failures = 0;
        Push(connection, sink, new SubscriptionAcknowledged(honoured));
        if (!hadGap)
        {
            return;
        }

        foreach (var kind in ListsOf(honoured))
        {
            Push(connection, sink, new ListChanged(kind));
        }

        foreach (var uri in honoured.ResourceSubscriptions)
        {
            Push(connection, sink, new McpHub.ResourceUpdated(uri));
        }
    }

    /// <summary>Tells the subscriptions that want it; from a modern server only the one whose stream it came on, after its acknowledgement and within what was honoured.</summary>
    private void TellListens(Connection connection, Envelope notification, SubscriptionEvent item)
    {
        foreach (var sink in _self.Listens.Count == 0 ? [] : _self.Listens.ToArray())
        {
            var isHonoured = sink is { IsOpen: true, Honoured: { } honoured } && item switch
            {
                ListChanged list => ListsOf(honoured).Contains(list.Kind),
                McpHub.ResourceUpdated updated => honoured.ResourceSubscriptions.Contains(updated.Uri),
                _ => false,
            };
            if (isHonoured && (connection.Peer?.Era != Era.Modern || IsTagged(notification, sink.Id)))
            {
                Push(connection, sink, item);
            }
        }
    }

    private void Push(Connection connection, ListenSink sink, SubscriptionEvent item)
    {
        if (!sink.Push(item))
        {
            Lose(connection, sink, HubException.From(HubErrors.SubscriptionLost.With(("server", _server.Id), ("count", ListenSink.MaxWaiting))));
        }
    }

    private void Lose(Connection connection, ListenSink sink, HubException reason)
    {
        _self.Listens.Remove(sink);
        Leave(connection, sink);
        sink.End(reason);
    }

    private void Leave(Connection? connection, ListenSink sink)
    {
        Timers.Cancel(new ListenSinkAgain(sink));
        if (connection is not null && sink.Id is { } id && Take(id) is { } request)
        {
            GiveUp(connection, request, "nobody listens any more");
        }

        sink.Id = null;
        foreach (var uri in sink.Claimed)
        {
            Release(connection, uri);
        }

        sink.Claimed.Clear();
    }

    private void OnListenCancelled(Connection connection, ListenSink sink)
    {
        if (Take(sink.Id!.Value) is { } request)
        {
            request.Fail(HubErrors.ConnectionLost.With(("server", _server.Id), ("reason", "the server ended the subscription")));
        }
    }

    private void ForgetListenStreams()
    {
        foreach (var sink in _self.Listens)
        {
            (sink.Id, sink.IsOpen) = (null, false);
        }
    }

    private static IEnumerable<ComponentKind> ListsOf(SubscriptionFilter filter)
    {
        if (filter.ToolsListChanged)
        {
            yield return ComponentKind.Tool;
        }

        if (filter.PromptsListChanged)
        {
            yield return ComponentKind.Prompt;
        }

        if (filter.ResourcesListChanged)
        {
            yield return ComponentKind.Resource;
        }
    }

    private static SubscriptionFilter Honoured(SubscriptionFilter asked, ReadOnlyMemory<byte> acknowledged)
    {
        var uris = Strings(JsonParts.Find(acknowledged, "resourceSubscriptions"u8).In(acknowledged)).ToHashSet(StringComparer.Ordinal);
        return new SubscriptionFilter
        {
            ToolsListChanged = asked.ToolsListChanged && Is("toolsListChanged"u8),
            PromptsListChanged = asked.PromptsListChanged && Is("promptsListChanged"u8),
            ResourcesListChanged = asked.ResourcesListChanged && Is("resourcesListChanged"u8),
            ResourceSubscriptions = [.. asked.ResourceSubscriptions.Where(uris.Contains)],
        };

        bool Is(ReadOnlySpan<byte> name) => JsonParts.Find(acknowledged, name).In(acknowledged).Span.SequenceEqual("true"u8);
    }

    private static byte[] ToJson(SubscriptionFilter filter)
    {
        var members = new List<string>(4);
        foreach (var kind in ListsOf(filter))
        {
            members.Add(kind switch { ComponentKind.Tool => "\"toolsListChanged\":true", ComponentKind.Prompt => "\"promptsListChanged\":true", _ => "\"resourcesListChanged\":true" });
        }

        if (filter.ResourceSubscriptions.Count > 0)
        {
            members.Add($"\"resourceSubscriptions\":[{Encoding.UTF8.GetString(Joined(filter.ResourceSubscriptions))}]");
        }

        return Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}");
    }
}
