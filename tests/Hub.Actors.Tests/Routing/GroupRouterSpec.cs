using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using static McpHub.Actors.Tests.Routing.Catalogs;

namespace McpHub.Actors.Tests.Routing;

/// <summary>The router on virtual time.</summary>
public sealed class GroupRouterSpec() : TestKit("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
{
    private readonly RoutingTablePublisher _publisher = new();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_catalog_is_in_the_published_table_before_its_server_hears_of_it()
    {
        var router = Router();
        Add(router, "a", ServerPhase.Connecting);
        Read(router, "a", Catalog(tools: ["t"]));
        var published = ExpectMsg<GroupRouter.CatalogPublished>();
        Assert.Equal(_publisher.Current.Version, published.Version);
        Assert.Equal("a \"t\"", _publisher.Current.Owner(ComponentKind.Tool, "t"));
    }

    [Fact(DisplayName = "A-004 a removed server's items leave the table before the removal is answered, and the others stay")]
    public void Removal()
    {
        var router = Router();
        Add(router, "a");
        Add(router, "b");
        Read(router, "a", Catalog(["t1"], ["p1"], ["a:1"], ["a:{x}"]));
        Read(router, "b", Catalog(["t2"], ["p2"], ["b:1"], ["b:{x}"]));
        ReceiveN(2);
        router.Tell(new GroupRouter.RemoveServer("a"));
        ExpectMsg<GroupRouter.ServerRemoved>(answer => Assert.Equal("a", answer.ServerId));
        var table = _publisher.Current;
        Assert.Equal(["b"], table.Servers.Select(entry => entry.Definition.Id));
        Assert.Equal(["t2"], table.Tools.Keys);
        Assert.Equal(["p2"], table.Prompts.Keys);
        Assert.Equal(["b:1"], table.Resources.Keys);
        Assert.Equal(["b:{x}"], table.ResourceTemplates.Keys);

        router.Tell(new GroupRouter.RemoveServer("a"));
        ExpectMsg<GroupRouter.ServerRemoved>();
    }

    [Fact]
    public void What_a_removed_server_still_says_changes_nothing()
    {
        var router = Router();
        Add(router, "a");
        router.Tell(new GroupRouter.RemoveServer("a"));
        ExpectMsg<GroupRouter.ServerRemoved>();
        Read(router, "a", Catalog(tools: ["t"]));
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.Ready)));
        router.Tell(new GroupRouter.RemoveServer("a"));
        ExpectMsg<GroupRouter.ServerRemoved>();
        Assert.Empty(_publisher.Current.Servers);
        Assert.Empty(_publisher.Current.Tools);
    }

    [Fact]
    public void A_state_is_published_and_no_list_changes()
    {
        var router = Router();
        Add(router, "a", ServerPhase.Connecting);
        var watcher = Watcher(router);
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.BackingOff)));
        Barrier(router);
        Assert.Equal(ServerPhase.BackingOff, _publisher.Current.Servers.Single().State.Phase);
        watcher.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void The_first_change_is_told_at_once_and_what_follows_once_in_250_ms()
    {
        var router = Router();
        Add(router, "a");
        var watcher = Watcher(router);
        Read(router, "a", Catalog(tools: ["t1"]));
        Assert.Equal([ComponentKind.Tool], watcher.ExpectMsg<GroupRouter.TableChanged>().Kinds);

        Read(router, "a", Catalog(tools: ["t1", "t2"]));
        Read(router, "a", Catalog(tools: ["t1", "t2"], prompts: ["p1"]));
        Read(router, "a", Catalog(tools: ["t1", "t2", "t3"], prompts: ["p1"]));
        ReceiveN(4);
        Time.Advance(TimeSpan.FromMilliseconds(249));
        Barrier(router);
        watcher.ExpectNoMsg(TimeSpan.Zero);

        Time.Advance(TimeSpan.FromMilliseconds(1));
        var changed = watcher.ExpectMsg<GroupRouter.TableChanged>();
        Assert.Equal([ComponentKind.Tool, ComponentKind.Prompt], changed.Kinds.Order());
        Assert.Equal(3, changed.Table.Tools.Count);

        Time.Advance(TimeSpan.FromMilliseconds(250));
        Barrier(router);
        watcher.ExpectNoMsg(TimeSpan.Zero);
        Read(router, "a", Catalog());
        watcher.ExpectMsg<GroupRouter.TableChanged>();
    }

    [Fact]
    public void A_catalog_with_the_same_content_is_no_change()
    {
        var router = Router();
        Add(router, "a");
        Read(router, "a", Catalog(tools: ["t1"]));
        ExpectMsg<GroupRouter.CatalogPublished>();
        Time.Advance(TimeSpan.FromSeconds(1));
        var watcher = Watcher(router);
        Read(router, "a", Catalog(tools: ["t1"]));
        ExpectMsg<GroupRouter.CatalogPublished>();
        watcher.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_watcher_gets_the_table_at_once_and_nothing_after_it_stopped_or_left()
    {
        var router = Router();
        Add(router, "a");
        var stopped = Watcher(router);
        var left = Watcher(router);
        Sys.Stop(stopped.Ref);
        AwaitAssert(() => Assert.DoesNotContain(stopped.Ref, _publisher.Watchers));
        router.Tell(new GroupRouter.Unwatch(left.Ref));
        Read(router, "a", Catalog(tools: ["t1"]));
        ExpectMsg<GroupRouter.CatalogPublished>();
        left.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_server_that_is_down_stays_listed_for_the_grace_and_returns_with_its_state()
    {
        var router = Router();
        Add(router, "a");
        Read(router, "a", Catalog(tools: ["t1"]));
        ExpectMsg<GroupRouter.CatalogPublished>();
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.BackingOff)));
        Barrier(router);
        Time.Advance(TimeSpan.FromMinutes(3));
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.Connecting)));
        Barrier(router);
        Time.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromMilliseconds(1));
        Barrier(router);
        Assert.Equal(["t1"], _publisher.Current.Tools.Keys);

        var watcher = Watcher(router);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([ComponentKind.Tool], watcher.ExpectMsg<GroupRouter.TableChanged>().Kinds);
        Assert.Empty(_publisher.Current.Tools);
        Assert.NotNull(_publisher.Current.Servers.Single().Catalog);

        Time.Advance(TimeSpan.FromMilliseconds(250));
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.Ready)));
        Assert.Equal([ComponentKind.Tool], watcher.ExpectMsg<GroupRouter.TableChanged>().Kinds);
        Assert.Equal(["t1"], _publisher.Current.Tools.Keys);
    }

    [Fact]
    public void A_server_that_comes_back_within_the_grace_starts_it_anew()
    {
        var router = Router();
        Add(router, "a");
        Read(router, "a", Catalog(tools: ["t1"]));
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.BackingOff)));
        Barrier(router, 1);
        Time.Advance(TimeSpan.FromMinutes(4));
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.Ready)));
        router.Tell(new GroupRouter.ServerStateChanged("a", State(ServerPhase.BackingOff)));
        Barrier(router);
        Time.Advance(TimeSpan.FromMinutes(4));
        Barrier(router);
        Assert.Equal(["t1"], _publisher.Current.Tools.Keys);
    }

    [Fact]
    public void Where_duplicates_reject_the_newcomer_is_refused_and_the_table_stays()
    {
        var router = Router(new HubRuntimeOptions { Naming = NamingRule.Never, Duplicates = DuplicatePolicy.Reject });
        Add(router, "a");
        Add(router, "b");
        Read(router, "a", Catalog(tools: ["t"]));
        ExpectMsg<GroupRouter.CatalogPublished>();
        var before = _publisher.Current;
        Read(router, "b", Catalog(tools: ["t", "u"]));
        Assert.Equal("HUB4101", ExpectMsg<GroupRouter.CatalogRejected>().Error.Definition.Code);
        Assert.Same(before, _publisher.Current);
    }

    [Fact]
    public void An_empty_hub_is_settled_when_its_start_is_declared_and_not_before()
    {
        var router = Router();
        Barrier(router);
        Assert.False(_publisher.Settled.IsCompleted);
        router.Tell(GroupRouter.StartDeclared.Instance);
        Barrier(router);
        Assert.True(_publisher.Settled.IsCompleted);
        Assert.True(_publisher.Current.Settled);
    }

    [Fact]
    public void A_hub_is_settled_when_each_server_has_a_catalog_or_has_failed_or_is_not_started()
    {
        var router = Router();
        Add(router, "ready", ServerPhase.Connecting);
        Add(router, "failing", ServerPhase.Connecting);
        Add(router, "disabled", ServerPhase.Disabled);
        router.Tell(GroupRouter.StartDeclared.Instance);
        Read(router, "ready", Catalog());
        Barrier(router, 1);
        Assert.False(_publisher.Current.Settled);
        router.Tell(new GroupRouter.ServerStateChanged("failing", State(ServerPhase.Connecting) with { LastError = HubErrors.Defect.With(("reason", "x")) }));
        Barrier(router);
        Assert.True(_publisher.Current.Settled);

        Add(router, "later", ServerPhase.Connecting);
        Barrier(router);
        Assert.True(_publisher.Current.Settled);
    }

    [Fact]
    public void A_hub_older_than_5_s_is_settled_in_any_case()
    {
        var router = Router();
        Add(router, "slow", ServerPhase.Connecting);
        router.Tell(GroupRouter.StartDeclared.Instance);
        Barrier(router);
        Time.Advance(TimeSpan.FromMilliseconds(4999));
        Barrier(router);
        Assert.False(_publisher.Settled.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Barrier(router);
        Assert.True(_publisher.Settled.IsCompleted);
    }

    [Fact]
    public void A_required_server_is_waited_for_until_it_is_ready_also_when_all_others_have_settled()
    {
        var router = Router(new HubRuntimeOptions { WaitForRequired = TimeSpan.FromSeconds(20) });
        AddRequired(router, "needed", ServerPhase.Connecting);
        Add(router, "other", ServerPhase.BackingOff);
        router.Tell(GroupRouter.StartDeclared.Instance);
        router.Tell(new GroupRouter.ServerStateChanged("needed", State(ServerPhase.BackingOff) with { LastError = HubErrors.Defect.With(("reason", "x")) }));
        Barrier(router);
        Time.Advance(TimeSpan.FromSeconds(6));
        Barrier(router);
        Assert.False(_publisher.Settled.IsCompleted);

        router.Tell(new GroupRouter.ServerStateChanged("needed", State(ServerPhase.Ready)));
        Barrier(router);
        Assert.False(_publisher.Settled.IsCompleted); // Not before its lists are there.
        Read(router, "needed", Catalog());
        Barrier(router, 1);
        Assert.True(_publisher.Settled.IsCompleted);
    }

    [Theory]
    [InlineData(ServerPhase.BackingOff, 19_999, false)]
    [InlineData(ServerPhase.BackingOff, 20_000, true)]
    [InlineData(ServerPhase.Stopped, 0, true)]
    internal void A_required_server_is_waited_for_no_longer_than_the_time_and_not_at_all_if_it_will_never_come(ServerPhase phase, int milliseconds, bool isSettled)
    {
        var router = Router(new HubRuntimeOptions { WaitForRequired = TimeSpan.FromSeconds(20) });
        AddRequired(router, "needed", phase);
        router.Tell(GroupRouter.StartDeclared.Instance);
        Barrier(router);
        Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Barrier(router);
        Assert.Equal(isSettled, _publisher.Settled.IsCompleted);
    }

    [Fact]
    public void Names_given_before_the_hub_is_settled_do_not_depend_on_who_is_faster_and_afterwards_they_stay()
    {
        var router = Router();
        Add(router, "a", ServerPhase.Connecting);
        Add(router, "b", ServerPhase.Connecting);
        router.Tell(GroupRouter.StartDeclared.Instance);
        Read(router, "b", Catalog(tools: ["t"]));
        Read(router, "a", Catalog(tools: ["t"]));
        ReceiveN(2);
        Assert.Equal("a \"t\"", _publisher.Current.Owner(ComponentKind.Tool, "t"));
        Assert.Equal("b \"t\"", _publisher.Current.Owner(ComponentKind.Tool, "b__t"));

        Read(router, "b", Catalog(tools: ["t", "late"]));
        Read(router, "a", Catalog(tools: ["t", "late"]));
        ReceiveN(2);
        Assert.Equal("b \"late\"", _publisher.Current.Owner(ComponentKind.Tool, "late"));
        Assert.Equal("a \"late\"", _publisher.Current.Owner(ComponentKind.Tool, "a__late"));
    }

    [Fact]
    public void A_restarted_router_keeps_table_names_and_watchers_and_asks_its_parent()
    {
        var parent = CreateTestProbe();
        var router = parent.ChildActorOf(GroupRouter.Props(_publisher, new HubRuntimeOptions()), SupervisorStrategy.DefaultStrategy);
        Add(router, "gone");
        Add(router, "a");
        Add(router, "b");
        router.Tell(GroupRouter.StartDeclared.Instance);
        Read(router, "gone", Catalog(tools: ["g"]));
        Read(router, "b", Catalog());
        Read(router, "a", Catalog());
        Read(router, "b", Catalog(tools: ["t"]));
        Read(router, "a", Catalog(tools: ["t"]));
        ReceiveN(5);
        var before = _publisher.Current;
        var watcher = Watcher(router);

        router.Tell(new GroupRouter.ServerStateChanged("a", null!));
        parent.ExpectMsg<GroupRouter.CatalogsWanted>();
        Assert.Equal(["a__t", "g", "t"], _publisher.Current.Tools.Keys.Order());

        foreach (var entry in before.Servers.Where(entry => entry.Definition.Id != "gone"))
        {
            router.Tell(new GroupRouter.AddServer(entry.Definition, entry.Session, entry.State));
        }

        router.Tell(GroupRouter.StartDeclared.Instance);
        // What the router had published but not told before it failed, then the list without the server that is gone.
        Assert.Contains("g", watcher.ExpectMsg<GroupRouter.TableChanged>().Table.Tools.Keys);
        Barrier(router);
        Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal([ComponentKind.Tool], watcher.ExpectMsg<GroupRouter.TableChanged>().Kinds);
        Assert.Equal(["a__t", "t"], _publisher.Current.Tools.Keys.Order());
        Assert.Equal("b \"t\"", _publisher.Current.Owner(ComponentKind.Tool, "t"));
        Assert.True(_publisher.Current.Version > before.Version);
    }

    [Fact]
    public void Unknown_messages_are_left_to_others()
    {
        var router = Router();
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.UnhandledMessage));
        router.Tell("what");
        Assert.Equal("what", ExpectMsg<Akka.Event.UnhandledMessage>().Message);
    }

    private IActorRef Router(HubRuntimeOptions? options = null) => Sys.ActorOf(GroupRouter.Props(_publisher, options ?? new HubRuntimeOptions()));

    private static void Add(IActorRef router, string id, ServerPhase phase = ServerPhase.Ready) =>
        router.Tell(new GroupRouter.AddServer(Server(id), new SessionRef(id, 8), State(phase)));

    private static void AddRequired(IActorRef router, string id, ServerPhase phase) =>
        router.Tell(new GroupRouter.AddServer(Server(id) with { Required = true }, new SessionRef(id, 8), State(phase)));

    private void Read(IActorRef router, string id, ServerCatalog catalog) => router.Tell(new GroupRouter.CatalogRead(id, Peer(), catalog), TestActor);

    private TestProbe Watcher(IActorRef router)
    {
        var watcher = CreateTestProbe();
        router.Tell(new GroupRouter.Watch(watcher.Ref));
        Assert.Empty(watcher.ExpectMsg<GroupRouter.TableChanged>().Kinds);
        return watcher;
    }

    // All that was told to the router before has been handled; answers to it are taken.
    private void Barrier(IActorRef router, int answers = 0)
    {
        ReceiveN(answers);
        router.Tell(new GroupRouter.RemoveServer("nobody"), TestActor);
        ExpectMsg<GroupRouter.ServerRemoved>();
    }
}
