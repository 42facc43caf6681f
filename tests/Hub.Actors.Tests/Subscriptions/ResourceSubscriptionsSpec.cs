using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Actors.Subscriptions;
using McpHub.Actors.Tests.Routing;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using static McpHub.Actors.Tests.Routing.Catalogs;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Tests.Subscriptions;

/// <summary>Counting and fan-out, with probes as sessions and clients, in virtual time.</summary>
public sealed class ResourceSubscriptionsSpec : TestKit
{
    private readonly RoutingTablePublisher _publisher = new();
    private readonly Registry _registry = Registry();
    private readonly TestProbe _a;
    private readonly TestProbe _b;
    private readonly TestProbe _router;
    private readonly IActorRef _subscriptions;

    public ResourceSubscriptionsSpec()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        (_a, _b, _router) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        AddServer("a", _a, "a://x", "shared://x");
        AddServer("b", _b, "b://x", "shared://x");
        _subscriptions = Sys.ActorOf(ResourceSubscriptions.Props(_publisher, _router));
        _router.ExpectMsg<GroupRouter.Watch>();
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task A_server_is_asked_once_for_all_its_clients_and_each_hears_of_what_it_asked_for()
    {
        var (one, two, other) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var first = Subscribe(one, "a://x");
        var second = Subscribe(two, "a://x");
        Assert.Equal("a://x", _a.ExpectMsg<UpstreamSession.SubscribeResource>().Uri);
        Assert.False(first.IsCompleted || second.IsCompleted);
        Confirm(_a, "a", "a://x");
        Assert.True((await first).IsSuccess && (await second).IsSuccess);
        var third = Subscribe(other, "b://x");
        Confirm(_b, "b", _b.ExpectMsg<UpstreamSession.SubscribeResource>().Uri);
        Assert.True((await third).IsSuccess);

        Tell("a", "a://x", """{"uri":"a://x","_meta":{"io.modelcontextprotocol/subscriptionId":9,"k":1}}""");
        foreach (var sink in new[] { one, two })
        {
            var updated = sink.ExpectMsg<ResourceSubscriptions.Updated>();
            Assert.Equal("a://x", updated.Uri);
            Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a://x","_meta":{"k":1}}}""", Text(updated.Notification));
        }

        Tell("a", "b://x", """{"uri":"b://x"}""");
        other.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        _a.ExpectNoMsg(TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task The_last_one_to_leave_ends_the_subscription_five_seconds_later_unless_another_comes()
    {
        var (one, two) = (CreateTestProbe(), CreateTestProbe());
        await SubscribedAsync(one, "a", _a, "a://x");
        Assert.True((await Subscribe(two, "a://x")).IsSuccess);
        _subscriptions.Tell(new ResourceSubscriptions.Unsubscribe(one, "a://x"));
        Sync();
        Time.Advance(TimeSpan.FromSeconds(6));
        Sync();
        Sys.Stop(two);
        await AwaitAssertAsync(() =>
        {
            Sync();
            Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal("a://x", _a.ExpectMsg<UpstreamSession.UnsubscribeResource>(TimeSpan.FromMilliseconds(20)).Uri);
        });
    }

    [Fact]
    public async Task A_client_that_comes_back_in_time_costs_the_server_nothing()
    {
        var one = CreateTestProbe();
        await SubscribedAsync(one, "a", _a, "a://x");
        _subscriptions.Tell(new ResourceSubscriptions.Unsubscribe(one, "a://x"));
        Sync();
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.True((await Subscribe(one, "a://x")).IsSuccess);
        Time.Advance(TimeSpan.FromSeconds(4));
        Sync();
        _a.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Tell("a", "a://x", """{"uri":"a://x"}""");
        one.ExpectMsg<ResourceSubscriptions.Updated>();
    }

    [Fact]
    public async Task A_resource_that_two_servers_offer_is_told_under_the_name_that_the_client_used()
    {
        var (one, two) = (CreateTestProbe(), CreateTestProbe());
        var hidden = PrefixedUri.Make("b", "shared://x");
        await SubscribedAsync(one, "a", _a, "shared://x");
        var asked = Subscribe(two, hidden);
        Assert.Equal("shared://x", _b.ExpectMsg<UpstreamSession.SubscribeResource>().Uri);
        Confirm(_b, "b", "shared://x");
        Assert.True((await asked).IsSuccess);
        Tell("b", "shared://x", """{"uri":"shared://x"}""");
        var updated = two.ExpectMsg<ResourceSubscriptions.Updated>();
        Assert.Equal(hidden, updated.Uri);
        Assert.Equal(hidden, updated.Notification.Text(MemberOf.Params, "uri"u8));
        one.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task A_refusal_reaches_all_who_wait_and_the_next_one_asks_again()
    {
        var one = CreateTestProbe();
        var asked = Subscribe(one, "a://x");
        _a.ExpectMsg<UpstreamSession.SubscribeResource>();
        _subscriptions.Tell(new UpstreamSession.ResourceSubscribed(Session("a"), "a://x", HubErrors.SubscriptionRefused.With(("uri", "a://x")), null), _a);
        Assert.Equal("HUB5121", (await asked).Error!.Definition.Code);
        Subscribe(one, "a://x").Forget();
        _a.ExpectMsg<UpstreamSession.SubscribeResource>();
    }

    [Fact]
    public async Task What_nobody_owns_and_what_cannot_be_subscribed_to_is_refused()
    {
        AddServer("c", CreateTestProbe(), """{"resources":{}}""", ["c://x"]);
        AddServer("d", CreateTestProbe(), """{"resources":{"subscribe":true}}""", ["d://x"]);
        Session("d").Peer = null;
        var one = CreateTestProbe();
        Assert.Equal("HUB5103", (await Subscribe(one, "nobody://x")).Error!.Definition.Code);
        Assert.Equal("HUB5107", (await Subscribe(one, "c://x")).Error!.Definition.Code);
        Assert.Equal(2001, (await Subscribe(one, "d://x")).Error!.Definition.WireCode);
    }

    [Fact]
    public async Task A_thousand_resources_are_taken_and_not_one_more()
    {
        var one = CreateTestProbe();
        AddServer("many", CreateTestProbe(), [.. Enumerable.Range(0, 1001).Select(n => $"many://{n}")]);
        Assert.Null(await ListenAsync(one, 0, 999));
        Subscribe(one, "many://999").Forget();
        Assert.Equal(2003, (await Subscribe(one, "many://1000")).Error!.Definition.WireCode);
        Assert.Equal(2003, (await ListenAsync(one, 1000, 1))!.Definition.WireCode);
        _subscriptions.Tell(new ResourceSubscriptions.Unsubscribe(one, "many://5"));
        Assert.Null(await ListenAsync(one, 1000, 1));
    }

    [Fact]
    public async Task A_server_that_is_removed_and_added_again_gets_its_subscriptions_back()
    {
        var one = CreateTestProbe();
        await SubscribedAsync(one, "a", _a, "a://x");
        _registry.Remove(_registry.Find("a")!);
        _publisher.Publish(_registry.Build());
        Sys.Stop(_a);

        // The only server left with resources is asked for what is in no list; it says no, and the subscription waits on.
        Assert.Equal("a://x", _b.ExpectMsg<UpstreamSession.SubscribeResource>().Uri);
        _subscriptions.Tell(new UpstreamSession.ResourceSubscribed(Session("b"), "a://x", HubErrors.SubscriptionRefused.With(("uri", "a://x")), null), _b);
        Sync();
        var again = CreateTestProbe();
        AddServer("a", again, "a://x");
        _subscriptions.Tell(new GroupRouter.TableChanged(_publisher.Current, [ComponentKind.Resource]));
        again.ExpectMsg<UpstreamSession.SubscribeResource>();
        Confirm(again, "a", "a://x");
        Assert.Equal("a://x", one.ExpectMsg<ResourceSubscriptions.Updated>().Uri);
    }

    private SessionRef Session(string server) => _registry.Find(server)!.Session;

    private void AddServer(string id, TestProbe actor, params string[] uris) => AddServer(id, actor, """{"resources":{"subscribe":true}}""", uris);

    private void AddServer(string id, TestProbe actor, string capabilities, string[] uris)
    {
        var peer = Peer(capabilities: capabilities);
        _registry.Add(id);
        _registry.Read(id, Catalog(resources: uris), peer);
        (Session(id).Actor, Session(id).Peer) = (actor, peer);
        _publisher.Publish(_registry.Build());
    }

    private Task<SubscribeOutcome> Subscribe(TestProbe sink, string uri)
    {
        var done = new TaskCompletionSource<SubscribeOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _subscriptions.Tell(new ResourceSubscriptions.Subscribe(sink, uri, done));
        return done.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private async Task SubscribedAsync(TestProbe sink, string server, TestProbe session, string uri)
    {
        var asked = Subscribe(sink, uri);
        session.ExpectMsg<UpstreamSession.SubscribeResource>();
        Confirm(session, server, uri);
        Assert.True((await asked).IsSuccess);
    }

    private Task<HubError?> ListenAsync(TestProbe sink, int from, int count)
    {
        var admitted = new TaskCompletionSource<HubError?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _subscriptions.Tell(new ResourceSubscriptions.Listen(sink, [.. Enumerable.Range(from, count).Select(n => $"many://{n}")], admitted));
        return admitted.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private void Confirm(TestProbe session, string server, string uri) => _subscriptions.Tell(new UpstreamSession.ResourceSubscribed(Session(server), uri, null, null), session);

    private void Tell(string server, string uri, string parameters)
    {
        var frame = FrameWriter.Notification("notifications/resources/updated", Encoding.UTF8.GetBytes(parameters));
        Assert.True(EnvelopeScanner.TryScan(frame, ScanLimits.FromServer, out var notification, out _));
        _subscriptions.Tell(new UpstreamSession.ResourceUpdated(Session(server), uri, notification));
    }

    // Answered when all before it has been handled.
    private void Sync()
    {
        var probe = CreateTestProbe();
        _subscriptions.Tell(new Identify(null), probe);
        probe.ExpectMsg<ActorIdentity>();
    }

    private static string Text(Envelope envelope) => Encoding.UTF8.GetString(envelope.Frame.Span);
}

/// <summary>For answers that a test does not wait for.</summary>
internal static class Forgotten
{
    public static void Forget(this Task task) => _ = task.ContinueWith(done => done.Exception, TaskScheduler.Default);
}
