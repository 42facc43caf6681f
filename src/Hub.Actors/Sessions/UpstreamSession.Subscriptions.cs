using System.Text;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Subscriptions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>
/// Subscriptions to resources: a request each at a legacy server, one listen stream for all of them at a modern one, whose filter cannot be changed: a new stream
/// takes the place of the old one once it is acknowledged (contract 3.7, rules 2 and 3). They outlive the connection.
/// </summary>
internal sealed partial class UpstreamSession
{
    /// <summary>Command, from ResourceSubscriptions, which gets <see cref="ResourceSubscribed"/> back: the first client wants to hear of this resource.</summary>
    public sealed record SubscribeResource(string Uri);

    /// <summary>Command, from ResourceSubscriptions: nobody wants to hear of it any more.</summary>
    public sealed record UnsubscribeResource(string Uri);

    /// <summary>Command, from any thread: the session's user wants to hear of this resource, once more. <paramref name="Done"/> gets neither error nor answer if the server has agreed.</summary>
    public sealed record ClaimResource(string Uri, Action<CallOutcome> Done);

    /// <summary>Command, from any thread: the session's user wants to hear of it once less. <paramref name="Done"/> gets the server's answer if it had to be told.</summary>
    public sealed record ReleaseResource(string Uri, Action<CallOutcome>? Done = null);

    /// <summary>Answer to <see cref="SubscribeResource"/>: <paramref name="Error"/> is the hub's own, <paramref name="Answer"/> the server's.</summary>
    public sealed record ResourceSubscribed(SessionRef Session, string Uri, HubError? Error, Envelope? Answer);

    /// <summary>Event, to ResourceSubscriptions: a resource changed; <paramref name="Notification"/> is <c>null</c> if it only may have, unseen.</summary>
    public sealed record ResourceUpdated(SessionRef Session, string Uri, Envelope? Notification);

    private sealed record ResourceListenAgain
    {
        public static ResourceListenAgain Instance { get; } = new();
    }

    /// <summary>A listen stream for resources.</summary>
    private sealed class ResourceListen(HashSet<string> uris)
    {
        public long Id { get; set; }

        public HashSet<string> Uris => uris;
    }

    private void OnResourceCommand(Connection connection, object command, IActorRef sender)
    {
        switch (command)
        {
            case SubscribeResource subscribe:
                OnSubscribeResource(connection, subscribe.Uri, sender);
                break;
            case UnsubscribeResource unsubscribe:
                OnUnsubscribeResource(connection, unsubscribe.Uri, sender);
                Touch();
                break;
            case ClaimResource claim:
                Claim(connection, claim.Uri, claim.Done);
                break;
            case ReleaseResource release:
                Release(connection, release.Uri, release.Done);
                Touch();
                break;
        }
    }

    /// <summary>There is no connection. Who gives a subscription up has what it wants.</summary>
    private void RefuseResourceCommand(object command, IActorRef sender, HubError error)
    {
        switch (command)
        {
            case SubscribeResource subscribe:
                sender.Tell(new ResourceSubscribed(_self, subscribe.Uri, error, null));
                break;
            case UnsubscribeResource unsubscribe:
                OnUnsubscribeResource(null, unsubscribe.Uri, sender);
                break;
            case ClaimResource claim:
                claim.Done(new CallOutcome(null, error));
                break;
            case ReleaseResource release:
                Release(null, release.Uri, release.Done);
                break;
        }
    }

    private void OnSubscribeResource(Connection connection, string uri, IActorRef subscriber)
    {
        var wanted = _self.Resources;
        if (connection.Peer is not { } peer || _draining)
        {
            subscriber.Tell(new ResourceSubscribed(_self, uri, NotReady(), null));
            return;
        }

        wanted.Add(uri, subscriber);
        if (wanted.Held.Contains(uri))
        {
            subscriber.Tell(new ResourceSubscribed(_self, uri, null, null));
        }
        else
        {
            Ask(connection, peer, uri);
        }
    }

    private void Claim(Connection connection, string uri, Action<CallOutcome> done)
    {
        var wanted = _self.Resources;
        if (connection.Peer is not { } peer || _draining)
        {
            done(new CallOutcome(null, NotReady()));
            return;
        }

        if (!peer.CanSubscribe)
        {
            done(new CallOutcome(null, HubErrors.CapabilityMissing.With(("server", _server.Id), ("method", MethodNames.ResourcesSubscribe))));
            return;
        }

        if (!wanted.OfUser.TryGetValue(uri, out var claim))
        {
            wanted.OfUser.Add(uri, claim = new WantedResources.Claim());
        }

        claim.Count++;
        if (wanted.Held.Contains(uri))
        {
            done(default);
        }
        else
        {
            claim.Waiting.Add(done);
            Ask(connection, peer, uri);
        }
    }

    private void Release(Connection? connection, string uri, Action<CallOutcome>? done = null)
    {
        var wanted = _self.Resources;
        if (wanted.OfUser.TryGetValue(uri, out var claim) && --claim.Count == 0 && claim.Waiting.Count == 0)
        {
            wanted.OfUser.Remove(uri);
            EndIfUnwanted(connection, uri, done);
        }
        else
        {
            done?.Invoke(default);
        }
    }

    private void Ask(Connection connection, PeerInfo peer, string uri)
    {
        if (!_self.Resources.Asked.Add(uri))
        {
            return;
        }

        if (peer.Era == Era.Modern)
        {
            ListenToResources(connection);
            return;
        }

        ResourceRequest(connection, peer, MethodNames.ResourcesSubscribe, uri, outcome =>
        {
            if (outcome.Answer is { Kind: EnvelopeKind.Result })
            {
                Confirm(connection, uri);
            }
            else
            {
                Refuse(uri, outcome);
            }
        });
    }

    private void OnUnsubscribeResource(Connection? connection, string uri, IActorRef subscriber)
    {
        _self.Resources.Remove(uri, subscriber);
        EndIfUnwanted(connection, uri);
    }

    private void EndIfUnwanted(Connection? connection, string uri, Action<CallOutcome>? done = null)
    {
        if (_self.Resources.IsWanted(uri) || !_self.Resources.Held.Remove(uri) || connection?.Peer is not { } peer)
        {
            done?.Invoke(default);
            return;
        }

        if (peer.Era == Era.Modern)
        {
            ListenToResources(connection);
            done?.Invoke(default);
            return;
        }

        ResourceRequest(connection, peer, MethodNames.ResourcesUnsubscribe, uri, outcome =>
        {
            done?.Invoke(outcome.Answer is { Kind: EnvelopeKind.Result } ? default : new CallOutcome(outcome.Answer, outcome.Error is { } own ? OfThisServer(own) : null));
            if (outcome.Answer is not { Kind: EnvelopeKind.Result })
            {
                _log.Debug("Server {0} did not end a subscription", _server.Id);
            }
        });
    }

    /// <summary>A new connection: what was subscribed to is subscribed to again, and may have changed unseen (contract 3.7, rule 8).</summary>
    private void RestoreSubscriptions(Connection connection, PeerInfo peer)
    {
        var held = _self.Resources.Held;
        if (held.Count == 0)
        {
            return;
        }

        if (!peer.CanSubscribe)
        {
            _log.Warning("Server {0} offers no subscriptions to resources any more", _server.Id);
            SayThatAllMayHaveChanged(connection);
        }
        else if (peer.Era == Era.Modern)
        {
            connection.MayHaveMissedUpdates = true;
            ListenToResources(connection);
        }
        else
        {
            foreach (var uri in held)
            {
                ResourceRequest(connection, peer, MethodNames.ResourcesSubscribe, uri, outcome =>
                {
                    if (outcome.Answer is not { Kind: EnvelopeKind.Result })
                    {
                        _log.Warning("Server {0} did not take up a subscription again after the reconnect", _server.Id);
                    }

                    SayThatItMayHaveChanged(connection, uri);
                });
            }
        }
    }

    private void OnResourceUpdated(Connection connection, Envelope notification)
    {
        var wanted = _self.Resources;
        var uri = notification.Text(MemberOf.Params, "uri"u8);
        if (uri is not null && (wanted.Held.Contains(uri) || wanted.Asked.Contains(uri))
            && (connection.Peer?.Era != Era.Modern || IsTagged(notification, connection.ResourceListen?.Id) || IsTagged(notification, connection.NextResourceListen?.Id)))
        {
            wanted.Tell(uri, new ResourceUpdated(_self, uri, notification));
            if (connection.Peer?.Era == Era.Legacy)
            {
                TellListens(connection, notification, new McpHub.ResourceUpdated(uri));
            }
        }
        else if (connection.Peer?.Era == Era.Modern && uri is not null && _self.Listens.Exists(listen => IsTagged(notification, listen.Id)))
        {
            TellListens(connection, notification, new McpHub.ResourceUpdated(uri));
        }
        else
        {
            _log.Debug("Server {0}: news of a resource that nobody subscribed to were dropped", _server.Id);
        }
    }

    /// <summary>Opens the stream that listens to what is wanted now, unless one does or is being opened.</summary>
    private void ListenToResources(Connection connection)
    {
        if (connection.Peer is not { } peer)
        {
            return;
        }

        if (connection.NextResourceListen is not null)
        {
            connection.IsResourceListenStale = true;
            return;
        }

        connection.IsResourceListenStale = false;
        var wanted = _self.Resources;
        var uris = new HashSet<string>([.. wanted.Held, .. wanted.Asked], StringComparer.Ordinal);
        if (uris.Count == 0)
        {
            EndListen(connection, connection.ResourceListen);
            connection.ResourceListen = null;
            return;
        }

        if (connection.ResourceListen?.Uris.SetEquals(uris) == true)
        {
            return;
        }

        var listen = new ResourceListen(uris);
        connection.NextResourceListen = listen;
        byte[] parameters =
            [.. "{\"notifications\":{\"resourceSubscriptions\":["u8, .. Joined(uris), .. "]},\"_meta\":{"u8, .. ModernMeta(peer.Revision).Span, .. "}}"u8];
        Request(connection, MethodNames.SubscriptionsListen, parameters, ListenAcknowledgement, ProtocolHeaders.For(peer, MethodNames.SubscriptionsListen, null),
            outcome => OnResourceListenEnded(connection, listen, outcome));
        listen.Id = _self.LastId;
    }

    private bool OnResourceListenAcknowledged(Connection connection, Envelope notification)
    {
        if (connection.NextResourceListen is not { } listen || !IsTagged(notification, listen.Id) || !_pending.TryGetValue(listen.Id, out var request))
        {
            return false;
        }

        request.Deadline = TimeSpan.MaxValue;
        EndListen(connection, connection.ResourceListen);
        (connection.ResourceListen, connection.NextResourceListen) = (listen, null);
        connection.ResourceListenFailures = 0;
        var filter = notification.Bytes(notification.Find(MemberOf.Params, "notifications"u8));
        var honoured = Strings(JsonParts.Find(filter, "resourceSubscriptions"u8).In(filter)).ToHashSet(StringComparer.Ordinal);
        foreach (var uri in listen.Uris.Where(_self.Resources.Asked.Contains))
        {
            if (honoured.Contains(uri))
            {
                Confirm(connection, uri);
            }
            else
            {
                Refuse(uri, new CallOutcome(null, HubErrors.SubscriptionRefused.With(("server", _server.Id), ("uri", uri))));
            }
        }

        if (connection.MayHaveMissedUpdates)
        {
            connection.MayHaveMissedUpdates = false;
            SayThatAllMayHaveChanged(connection);
        }

        if (connection.IsResourceListenStale)
        {
            ListenToResources(connection);
        }

        return true;
    }

    private void OnResourceListenEnded(Connection connection, ResourceListen listen, CallOutcome outcome)
    {
        if (listen == connection.NextResourceListen)
        {
            connection.NextResourceListen = null;
            foreach (var uri in listen.Uris.Where(_self.Resources.Asked.Contains))
            {
                // A result without acknowledgement before it confirms nothing.
                Refuse(uri, outcome is { Answer.Kind: EnvelopeKind.Error } or { Error: not null } ? outcome
                    : new CallOutcome(null, HubErrors.SubscriptionRefused.With(("server", _server.Id), ("uri", uri))));
            }
        }
        else if (listen == connection.ResourceListen)
        {
            connection.ResourceListen = null;
            connection.MayHaveMissedUpdates = true;
        }

        if (connection is { ResourceListen: null, NextResourceListen: null } && _self.Resources.Held.Count > 0)
        {
            connection.MayHaveMissedUpdates = true;
            Timers.StartSingleTimer(ResourceListenAgain.Instance, ResourceListenAgain.Instance, ListenAgainWait(connection.ResourceListenFailures++));
        }
        else if (connection.IsResourceListenStale)
        {
            ListenToResources(connection);
        }
    }

    /// <summary>The stream that listens to resources under this id, if one does.</summary>
    private static ResourceListen? ResourceListenOf(Connection connection, long id) =>
        connection.ResourceListen?.Id == id ? connection.ResourceListen : connection.NextResourceListen?.Id == id ? connection.NextResourceListen : null;

    /// <summary>What is not confirmed ends with the connection.</summary>
    private void RefuseAllAsked(HubError error)
    {
        foreach (var uri in _self.Resources.Asked.ToArray())
        {
            Refuse(uri, new CallOutcome(null, error));
        }
    }

    private void Confirm(Connection connection, string uri)
    {
        var wanted = _self.Resources;
        if (!wanted.Asked.Remove(uri))
        {
            return;
        }

        wanted.Held.Add(uri);
        wanted.Tell(uri, new ResourceSubscribed(_self, uri, null, null));
        if (wanted.OfUser.TryGetValue(uri, out var claim))
        {
            TellWaiting(claim, default);
            if (claim.Count == 0)
            {
                // Given up while the server was asked.
                wanted.OfUser.Remove(uri);
            }
        }

        EndIfUnwanted(connection, uri);
    }

    private static void TellWaiting(WantedResources.Claim claim, CallOutcome outcome)
    {
        foreach (var done in claim.Waiting)
        {
            done(outcome);
        }

        claim.Waiting.Clear();
    }

    private void Refuse(string uri, CallOutcome outcome)
    {
        var wanted = _self.Resources;
        if (!wanted.Asked.Remove(uri))
        {
            return;
        }

        var error = outcome.Error is { } own ? OfThisServer(own) : null;
        wanted.Tell(uri, new ResourceSubscribed(_self, uri, error, outcome.Answer));
        wanted.OfClients.Remove(uri);
        if (wanted.OfUser.Remove(uri, out var claim))
        {
            TellWaiting(claim, new CallOutcome(outcome.Answer, error));
        }
    }

    private void SayThatAllMayHaveChanged(Connection connection)
    {
        foreach (var uri in _self.Resources.Held.ToArray())
        {
            SayThatItMayHaveChanged(connection, uri);
        }
    }

    private void SayThatItMayHaveChanged(Connection connection, string uri)
    {
        _self.Resources.Tell(uri, new ResourceUpdated(_self, uri, null));
        if (_self.Resources.OfUser.ContainsKey(uri))
        {
            var updated = UpdatedNotification.ForClient(uri, null);
            _self.Features.Hear(_server.Id, updated);
            if (connection.Peer?.Era == Era.Legacy)
            {
                TellListens(connection, updated, new McpHub.ResourceUpdated(uri));
            }
        }
    }

    private void EndListen(Connection connection, ResourceListen? listen)
    {
        if (listen is not null && Take(listen.Id) is { } request)
        {
            GiveUp(connection, request, "another subscription took its place");
        }
    }

    private void ResourceRequest(Connection connection, PeerInfo peer, string method, string uri, Action<CallOutcome> next) =>
        Request(connection, method, (byte[])[.. "{\"uri\":"u8, .. JsonText.Quote(uri), (byte)'}'], _server.CallTimeout, ProtocolHeaders.For(peer, method, null), next);

    private static byte[] Joined(IEnumerable<string> texts)
    {
        var joined = new List<byte>();
        foreach (var text in texts)
        {
            joined.AddRange(joined.Count > 0 ? ","u8 : default);
            joined.AddRange(JsonText.Quote(text));
        }

        return [.. joined];
    }

    private static bool IsTagged(Envelope notification, long? id) =>
        id is not null && TryId(notification.Find(MemberOf.ParamsMeta, Encoding.ASCII.GetBytes(MetaKeys.SubscriptionId)).In(notification.Frame.Span), out var tagged) && tagged == id;
}
