using McpHub.Testing;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Groups;

/// <summary>What a group tells by itself: changes of lists and states, and of resources that were subscribed to.</summary>
public sealed class EventScenarios(ITestOutputHelper output) : GroupScenario(output)
{
    [Fact(DisplayName = "SG-14 a server's way from its connect over a crash and its return to its end is told with id, state, cause and hint")]
    public async Task States_of_a_server()
    {
        await using var server = new ScriptedServer("orders", Era.Legacy).Tool("get", _ => "1");
        var group = NewGroup();
        await using var changes = group.WatchAsync().OfType<GroupServerChanged>().GetAsyncEnumerator();
        var session = await group.ConnectToServerAsync(server.OverPipe());
        Assert.Null((await NextAsync(changes, GroupServerState.Ready)).Cause);

        server.IsDown = true;
        var lost = await NextAsync(changes, GroupServerState.Reconnecting);
        Assert.Equal("orders", lost.ServerId);
        Assert.Same(session, lost.Session);
        Assert.NotNull(lost.Cause);
        Assert.NotNull(lost.Hint);
        Assert.NotNull(lost.NextAttempt);

        server.IsDown = false;
        var back = await NextAsync(changes, GroupServerState.Ready);
        Assert.NotNull(back.Cause);
        Assert.Equal("1", TextOf(await group.CallToolAsync("get")));

        await group.DisconnectFromServerAsync(session);
        Assert.Null((await NextAsync(changes, GroupServerState.Disconnected)).Cause);
        await group.DisposeAsync();
        while (await changes.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            Assert.NotEqual(GroupServerState.Ready, changes.Current.State);
        }
    }

    [Fact(DisplayName = "SG-02 a connect that fails is told with its cause, and only the watcher and the caller hear of it")]
    public async Task Failed_connect()
    {
        var group = NewGroup();
        await using var changes = group.WatchAsync().OfType<GroupServerChanged>().GetAsyncEnumerator();

        await Assert.ThrowsAnyAsync<HubException>(() => group.ConnectToServerAsync(new StdioServerParameters("/nowhere/at-all") { Name = "bad" }));

        var failed = await NextAsync(changes, GroupServerState.Disconnected);
        Assert.Equal(("bad", "HUB2101"), (failed.ServerId, failed.Cause!.Code));
        Assert.NotNull(failed.Hint);
    }

    [Fact(DisplayName = "SG-10 a watcher that sleeps through many changes is told the difference in a bounded number of events, and nothing is lost")]
    public async Task Slow_watcher()
    {
        await using var server = new ScriptedServer("a", Era.Legacy).Tool("t", _ => "1");
        var group = NewGroup();
        await group.ConnectToServerAsync(server.OverPipe());
        await using var changes = group.WatchAsync().GetAsyncEnumerator();
        var version = group.Version;
        for (var n = 0; n < 5; n++)
        {
            var name = $"t{n}";
            server.Tool(name, _ => "1");
            await server.ToolsChangedAsync();
            await UntilAsync(() => Assert.Contains(name, group.Tools.Keys));
        }

        var settled = group.Version;
        Assert.True(settled >= version + 5);
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Patience));
        var change = Assert.IsType<GroupCatalogChanged>(changes.Current);
        Assert.Equal([ComponentKind.Tool], change.Kinds);
        Assert.InRange(change.Version, settled, group.Version);
        Assert.Equal(6, group.Tools.Count);
        server.Tool("last", _ => "1");
        await server.ToolsChangedAsync();
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.True(changes.Current.Version > change.Version);
        Assert.Contains("last", group.Tools.Keys);
    }

    [Fact(DisplayName = "SG-04 an item that loses its name is told of and listed as hidden, and comes up when the name is free")]
    public async Task Hidden_items()
    {
        await using var late = new ScriptedServer("late", Era.Legacy).Tool("other", _ => "late");
        var group = NewGroup();
        var first = await group.ConnectToServerAsync(Peer("a", "--tools", "1"));
        await group.ConnectToServerAsync(late.OverPipe());
        await using var changes = group.WatchAsync().OfType<GroupCatalogChanged>().GetAsyncEnumerator();

        late.Tool("a0", _ => "late");
        await late.ToolsChangedAsync();

        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Patience));
        var hidden = new HiddenItem(ComponentKind.Tool, "a0", "a0", "late", "a");
        Assert.Equal([hidden], changes.Current.NewlyHidden);
        Assert.Equal([hidden], group.Hidden);
        Assert.Equal("a", AnsweredBy(await group.CallToolAsync("a0")));

        await group.DisconnectFromServerAsync(first);
        Assert.Empty(group.Hidden);
        Assert.Equal("late", TextOf(await group.CallToolAsync("a0")));
    }

    [Theory(DisplayName = "SG-11 CM-07 updates of a resource go to whom subscribed through the group, from the owner, over a reconnect, until disposed")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Resource_updates(Era era)
    {
        await using var server = new ScriptedServer("own", era).Resource("own://1", "one").Resource("own://2", "two").Tool("t", _ => "1");
        var group = NewGroup();
        await group.ConnectToServerAsync(Peer("other", "--resources", "1"));
        await group.ConnectToServerAsync(server.OverPipe());
        var (one, two, both) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var first = await group.SubscribeResourceAsync("own://1", Tell(one));
        await using var second = await group.SubscribeResourceAsync("own://2", Tell(two));
        await using var third = await group.SubscribeResourceAsync("own://1", update =>
        {
            both.Ref.Tell(update, TestActor);
            throw new InvalidOperationException("a handler that fails changes nothing");
        });

        await server.ResourceUpdatedAsync("own://1");
        await one.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);
        await both.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);

        await server.CrashAsync();
        // It may have changed unseen.
        await one.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);
        await two.ExpectMsgAsync(new ResourceUpdated("own://2"), Patience);
        await both.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);
        await server.ResourceUpdatedAsync("own://2");
        await two.ExpectMsgAsync(new ResourceUpdated("own://2"), Patience);

        await first.DisposeAsync();
        await first.DisposeAsync();
        await server.ResourceUpdatedAsync("own://1");
        await both.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);
        await one.ExpectNoMsgAsync(TimeSpan.Zero);
        var unknown = await Assert.ThrowsAnyAsync<HubException>(() => group.SubscribeResourceAsync("nobody://1", Tell(one)));
        Assert.Equal("HUB5103", unknown.Code);
        Assert.Equal("HUB5107", (await Assert.ThrowsAnyAsync<HubException>(() => group.SubscribeResourceAsync("other://resource/0", Tell(one)))).Code);
    }

    [Fact(DisplayName = "SG-11 a server's refusal of a subscription is a PeerException of that server, and nothing is left of it")]
    public async Task Refused_subscription()
    {
        await using var server = Notifications.NotifyingServer.Create("a");
        var group = NewGroup();
        await group.ConnectToServerAsync(server.OverPipe());

        var refused = await Assert.ThrowsAsync<PeerException>(() => group.SubscribeResourceAsync("a://template/0/unknown", _ => default));

        Assert.Equal((-32002, "a", true), (refused.PeerCode, refused.ServerId, refused.IsResourceNotFound));
        Assert.Single(server.Requests("resources/subscribe"));
        await server.CrashAsync();
        await UntilAsync(() => Assert.Equal((2, Actors.Servers.ServerPhase.Ready), (server.Requests("initialize").Count, group.Table.Servers[0].State.Phase)));
        await group.ReadResourceAsync("a://resource/0");
        Assert.Single(server.Requests("resources/subscribe")); // It is not asked for again: nobody wants it.
    }

    [Fact(DisplayName = "SG-14 the log level of a session in a group is set again after a reconnect")]
    public async Task Log_level_after_a_reconnect()
    {
        await using var server = new ScriptedServer("a", Era.Legacy) { Capabilities = new Newtonsoft.Json.Linq.JObject { ["logging"] = new Newtonsoft.Json.Linq.JObject(), ["tools"] = new Newtonsoft.Json.Linq.JObject() } };
        server.Tool("t", _ => "1").On("logging/setLevel", request => request.ReplyAsync(new Newtonsoft.Json.Linq.JObject()));
        var group = NewGroup();
        var session = await group.ConnectToServerAsync(server.OverPipe());
        await session.SetLoggingLevelAsync(LoggingLevel.Error);
        Assert.Single(server.Requests("logging/setLevel"));

        await server.CrashAsync();

        await UntilAsync(() => Assert.Equal(["error", "error"], server.Requests("logging/setLevel").Select(request => (string?)request.Params["level"])));
    }

    private static async Task<GroupServerChanged> NextAsync(IAsyncEnumerator<GroupServerChanged> changes, GroupServerState state)
    {
        while (await changes.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            if (changes.Current.State == state)
            {
                return changes.Current;
            }
        }

        throw new InvalidOperationException($"the watch ended without {state}");
    }
}
