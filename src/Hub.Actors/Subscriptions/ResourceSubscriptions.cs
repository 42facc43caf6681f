using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Subscriptions;

/// <summary>
/// Actor, one per hub; parent HubSupervisor, stops with it. Knows which client wants to hear of which resource and counts them per server and URI, so that a
/// server is asked once (contract 3.7). What a server says goes to the subscribers of exactly that URI.
/// </summary>
internal sealed class ResourceSubscriptions : UntypedActor, IWithTimers
{
    /// <summary>Most URIs of the one principal there is without authorization (contract 3.7, rule 11).</summary>
    public const int MaxUris = 1000;

    // Clients unsubscribe and subscribe again when they reload (contract 3.7, rule 3).
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly RoutingTablePublisher _publisher;
    private readonly IActorRef _router;
    private readonly Dictionary<(SessionRef Session, string Uri), Interest> _interests = [];
    private readonly Dictionary<IActorRef, Dictionary<string, Subscription>> _sinks = [];
    private readonly Dictionary<IActorRef, SessionRef> _sessions = [];
    private int _count;

    public ResourceSubscriptions(RoutingTablePublisher publisher, IActorRef router) => (_publisher, _router) = (publisher, router);

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Command: a client wants to hear of a resource. <paramref name="Done"/> completes once its server has agreed or not.</summary>
    public sealed record Subscribe(IActorRef Sink, string Uri, TaskCompletionSource<SubscribeOutcome> Done);

    /// <summary>
    /// Command: a client listens to these resources. <paramref name="Admitted"/> completes at once, with an error if they are too many: then none is listened to.
    /// The sink gets a <see cref="Settled"/> for each.
    /// </summary>
    public sealed record Listen(IActorRef Sink, IReadOnlyCollection<string> Uris, TaskCompletionSource<HubError?> Admitted);

    /// <summary>Command: a client does not want to hear of a resource any more. The end of a sink does the same for all of its resources.</summary>
    public sealed record Unsubscribe(IActorRef Sink, string Uri);

    /// <summary>Event, from the HubSupervisor: a borrowed session has left the hub and lives on.</summary>
    public sealed record SessionLeft(SessionRef Session);

    /// <summary>Event, to a listening sink: whether changes of this resource will be told.</summary>
    public sealed record Settled(string Uri, bool IsConfirmed);

    /// <summary>Event, to a sink: a resource changed, or may have. <paramref name="Notification"/> is for clients: the URI as they know it, no reserved words of the server's hop.</summary>
    public sealed record Updated(string Uri, Envelope Notification);

    private sealed record LingerOver(SessionRef Session, string Uri);

    /// <summary>A resource of a server, and who wants to hear of it under which URI.</summary>
    private sealed class Interest(CallRoute route, string uri)
    {
        public CallRoute Route => route;

        public SessionRef Session => route.Session;

        /// <summary>As the server knows it.</summary>
        public string Uri => uri;

        /// <summary>The server has agreed.</summary>
        public bool IsHeld { get; set; }

        public HashSet<(IActorRef Sink, string Uri)> Sinks { get; } = [];

        /// <summary>Whom to tell when the server has answered.</summary>
        public List<Action<SubscribeOutcome>> Waiting { get; } = [];
    }

    /// <summary>A client's subscription, which outlives the server that has agreed to it.</summary>
    private sealed class Subscription
    {
        /// <summary>Who tells of it; <c>null</c> while nobody owns the resource.</summary>
        public Interest? At { get; set; }

        public bool IsEstablished { get; set; }
    }

    public static Props Props(RoutingTablePublisher publisher, IActorRef router) => Akka.Actor.Props.Create(() => new ResourceSubscriptions(publisher, router));

    protected override void PreStart() => _router.Tell(new GroupRouter.Watch(Self));

    protected override void PostStop()
    {
        foreach (var waiting in _interests.Values.SelectMany(interest => interest.Waiting))
        {
            waiting(SubscribeOutcome.Failed(HubErrors.HubDraining.With()));
        }

        foreach (var session in _sessions.Values)
        {
            EndAt(session);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Subscribe subscribe:
                Add(subscribe.Sink, subscribe.Uri, outcome => subscribe.Done.TrySetResult(outcome));
                break;
            case Listen listen:
                Add(listen);
                break;
            case Unsubscribe unsubscribe:
                Remove(unsubscribe.Sink, unsubscribe.Uri);
                break;
            case UpstreamSession.ResourceSubscribed subscribed:
                OnSubscribed(subscribed);
                break;
            case UpstreamSession.ResourceUpdated updated:
                FanOut(updated);
                break;
            case LingerOver over when _interests.TryGetValue((over.Session, over.Uri), out var interest) && interest is { IsHeld: true, Sinks.Count: 0 }:
                _interests.Remove((over.Session, over.Uri));
                over.Session.Actor.Tell(new UpstreamSession.UnsubscribeResource(over.Uri));
                break;
            case GroupRouter.TableChanged:
                FindOwners();
                break;
            case SessionLeft { Session: var left } when _sessions.Remove(left.Actor):
                Context.Unwatch(left.Actor);
                EndAt(left);
                OnServerGone(left);
                break;
            case Terminated { ActorRef: var session } when _sessions.Remove(session, out var gone):
                OnServerGone(gone);
                break;
            case Terminated { ActorRef: var sink }:
                foreach (var uri in _sinks.GetValueOrDefault(sink)?.Keys.ToArray() ?? [])
                {
                    Remove(sink, uri);
                }

                break;
            case LingerOver or SessionLeft:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Add(Listen listen)
    {
        if (_count + listen.Uris.Count > MaxUris)
        {
            listen.Admitted.TrySetResult(TooMany());
            return;
        }

        listen.Admitted.TrySetResult(null);
        foreach (var uri in listen.Uris)
        {
            Add(listen.Sink, uri, outcome => listen.Sink.Tell(new Settled(uri, outcome.IsSuccess)));
        }
    }

    private void Add(IActorRef sink, string uri, Action<SubscribeOutcome> done)
    {
        if (_sinks.GetValueOrDefault(sink)?.GetValueOrDefault(uri) is { At: { } known })
        {
            WhenSettled(known, done);
        }
        else if (_count >= MaxUris)
        {
            done(SubscribeOutcome.Failed(TooMany()));
        }
        else if (TryRoute(uri, out var interest, out var error))
        {
            if (!_sinks.TryGetValue(sink, out var own))
            {
                _sinks.Add(sink, own = new Dictionary<string, Subscription>(StringComparer.Ordinal));
                Context.Watch(sink);
            }

            _count += own.ContainsKey(uri) ? 0 : 1;
            Attach(sink, uri, interest, done);
        }
        else
        {
            done(SubscribeOutcome.Failed(error));
        }
    }

    /// <summary>The interest in the resource that a client means, which may be new; or why there can be none.</summary>
    private bool TryRoute(string uri, out Interest interest, out HubError error)
    {
        interest = null!;
        if (!_publisher.Current.TryRoute(new CallTarget(ComponentKind.Resource, uri), out var route, out error))
        {
            return false;
        }

        if (route.Session.Peer is not { } peer)
        {
            error = UpstreamCalls.NotReady(route.Session);
            return false;
        }

        if (!peer.CanSubscribe)
        {
            error = HubErrors.CapabilityMissing.With(("server", route.Server.Id), ("method", MethodNames.ResourcesSubscribe));
            return false;
        }

        var own = JsonText.Unescape(route.OriginalName.Span)!;
        if (!_interests.TryGetValue((route.Session, own), out var known))
        {
            _interests.Add((route.Session, own), known = new Interest(route, own));
            if (_sessions.TryAdd(route.Session.Actor, route.Session))
            {
                Context.Watch(route.Session.Actor);
            }

            route.Session.Actor.Tell(new UpstreamSession.SubscribeResource(own));
        }

        interest = known;
        return true;
    }

    private void Attach(IActorRef sink, string uri, Interest interest, Action<SubscribeOutcome> done)
    {
        var own = _sinks[sink];
        if (!own.TryGetValue(uri, out var subscription))
        {
            own.Add(uri, subscription = new Subscription());
        }

        subscription.At = interest;
        subscription.IsEstablished |= interest.IsHeld;
        interest.Sinks.Add((sink, uri));
        Timers.Cancel(new LingerOver(interest.Session, interest.Uri));
        WhenSettled(interest, done);
    }

    private static void WhenSettled(Interest interest, Action<SubscribeOutcome> done)
    {
        if (interest.IsHeld)
        {
            done(SubscribeOutcome.Success);
        }
        else
        {
            interest.Waiting.Add(done);
        }
    }

    private void Remove(IActorRef sink, string uri)
    {
        if (!_sinks.TryGetValue(sink, out var own) || !own.Remove(uri, out var subscription))
        {
            return;
        }

        _count--;
        if (own.Count == 0)
        {
            _sinks.Remove(sink);
            Context.Unwatch(sink);
        }

        var interest = subscription.At;
        interest?.Sinks.Remove((sink, uri));
        if (interest is { IsHeld: true })
        {
            LingerIfUnused(interest);
        }
    }

    private void LingerIfUnused(Interest interest)
    {
        if (interest.Sinks.Count == 0)
        {
            var over = new LingerOver(interest.Session, interest.Uri);
            Timers.StartSingleTimer(over, over, Linger);
        }
    }

    private void OnSubscribed(UpstreamSession.ResourceSubscribed subscribed)
    {
        if (!_interests.TryGetValue((subscribed.Session, subscribed.Uri), out var interest) || interest.IsHeld)
        {
            return;
        }

        var outcome = new SubscribeOutcome(subscribed.Error, subscribed.Answer, interest.Route, subscribed.Session.Peer);
        if (outcome.IsSuccess)
        {
            interest.IsHeld = true;
            foreach (var (sink, uri) in interest.Sinks)
            {
                _sinks[sink][uri].IsEstablished = true;
            }

            LingerIfUnused(interest);
        }
        else
        {
            _interests.Remove((interest.Session, interest.Uri));
            Detach(interest);
        }

        foreach (var waiting in interest.Waiting)
        {
            waiting(outcome);
        }

        interest.Waiting.Clear();
    }

    private void FanOut(UpstreamSession.ResourceUpdated updated)
    {
        if (_interests.TryGetValue((updated.Session, updated.Uri), out var interest))
        {
            foreach (var (sink, uri) in interest.Sinks)
            {
                Tell(sink, uri, updated.Notification);
            }
        }
    }

    private static void Tell(IActorRef sink, string uri, Envelope? notification) => sink.Tell(new Updated(uri, UpdatedNotification.ForClient(uri, notification)));

    /// <summary>A session that goes on without this hub needs to know what it is not wanted for any more; one that has ended does not.</summary>
    private void EndAt(SessionRef session)
    {
        foreach (var interest in _interests.Values.Where(interest => ReferenceEquals(interest.Session, session) && !session.Ended.IsCompleted))
        {
            session.Actor.Tell(new UpstreamSession.UnsubscribeResource(interest.Uri));
        }
    }

    /// <summary>A removed server takes its subscriptions with it; whoever owns the resource now, or later, gets them.</summary>
    private void OnServerGone(SessionRef gone)
    {
        foreach (var interest in _interests.Values.Where(interest => ReferenceEquals(interest.Session, gone)).ToArray())
        {
            _interests.Remove((interest.Session, interest.Uri));
            Timers.Cancel(new LingerOver(interest.Session, interest.Uri));
            Detach(interest);
            foreach (var waiting in interest.Waiting)
            {
                waiting(SubscribeOutcome.Failed(HubErrors.ServerDisconnected.With(("server", gone.ServerId))));
            }
        }

        FindOwners();
    }

    // Who was never told yes is told no; who was waits for the next owner.
    private void Detach(Interest interest)
    {
        foreach (var (sink, uri) in interest.Sinks.ToArray())
        {
            var subscription = _sinks[sink][uri];
            if (subscription.IsEstablished)
            {
                subscription.At = null;
            }
            else
            {
                Remove(sink, uri);
            }
        }
    }

    private void FindOwners()
    {
        foreach (var (sink, own) in _sinks.ToArray())
        {
            foreach (var uri in own.Where(pair => pair.Value.At is null).Select(pair => pair.Key).ToArray())
            {
                if (TryRoute(uri, out var interest, out _))
                {
                    // Between the two owners something may have been missed (contract 3.7, rule 8).
                    Attach(sink, uri, interest, outcome =>
                    {
                        if (outcome.IsSuccess)
                        {
                            Tell(sink, uri, null);
                        }
                    });
                }
            }
        }
    }

    private static HubError TooMany() => HubErrors.TooManyResources.With(("count", MaxUris));
}
