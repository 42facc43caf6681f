using McpHub.Testing;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Groups;

/// <summary>Sessions that belong to somebody else, as members of a group.</summary>
public sealed class BorrowedScenarios(ITestOutputHelper output) : GroupScenario(output)
{
    [Theory(DisplayName = "A-026 a session that its caller owns is still usable after the group is disposed, and after it was disconnected")]
    [InlineData("memory", Era.Legacy)]
    [InlineData("pipe", Era.Legacy)]
    [InlineData("pipe", Era.Modern)]
    [InlineData("http", Era.Legacy)]
    [InlineData("http", Era.Modern)]
    public async Task Borrowed_session_outlives_the_group(string carrier, Era era)
    {
        await using var server = new ScriptedServer("own", era).Tool("say", _ => "hello").Prompt("greet", _ => "hi").Resource("own://1", "one").ResourceTemplate("own://t/{id}", request => $"read {request.Name}");
        await using var session = await ClientSession.ConnectAsync(Over(server, carrier));
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        await group.ConnectToServerAsync(Peer("a", "--tools", "1"));

        await group.ConnectWithSessionAsync(session);

        Assert.Equal(["a__a0", "own__say"], group.Tools.Keys);
        Assert.Same(session, group.Tools["own__say"].Session);
        Assert.Same(session, group.Sessions[1]);
        Assert.Equal("hello", TextOf(await group.CallToolAsync("own__say")));
        Assert.Equal("hello", TextOf(await CallToolAsync(Router, group, "own__say")));
        Assert.Single((await group.GetPromptAsync("own__greet")).Messages);
        Assert.Equal("one", ((TextResourceContents)(await group.ReadResourceAsync("own://1")).Contents[0]).Text);
        Assert.Equal("read own://t/2", ((TextResourceContents)(await group.ReadResourceAsync("own://t/2")).Contents[0]).Text);

        await group.DisconnectFromServerAsync(session);
        Assert.Equal(["a__a0"], group.Tools.Keys);
        Assert.Equal("hello", TextOf(await session.CallToolAsync("say")));
        await group.DisconnectFromServerAsync(session);

        await group.ConnectWithSessionAsync(session);
        Assert.Equal("hello", TextOf(await group.CallToolAsync("own__say")));
        await group.DisposeAsync();

        Assert.Equal("hello", TextOf(await session.CallToolAsync("say")));
        Assert.False(session.Completion.IsCompleted);
        Assert.Equal(1, server.ConnectionCount);
    }

    [Fact(DisplayName = "SG-03 a session without any tool, prompt or resource is a member like any other")]
    public async Task Nothing_to_offer()
    {
        await using var server = new ScriptedServer("empty", Era.Legacy);
        await using var session = await ClientSession.ConnectAsync(server.OverPipe());
        var group = NewGroup();

        await group.ConnectWithSessionAsync(session);

        Assert.Equal([session], group.Sessions);
        Assert.Empty(group.Tools);
        await group.DisconnectFromServerAsync(session);
        Assert.Empty(group.Sessions);
        await session.SendPingAsync();
    }

    [Theory(DisplayName = "SG-03 a session in two groups, one of them its home: list changes reach both, and leaving one changes nothing in the other")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task In_two_groups(Era era)
    {
        await using var server = new ScriptedServer("own", era).Tool("say", _ => "hello");
        await using var alone = await ClientSession.ConnectAsync(server.OverHttp());
        var (first, second) = (NewGroup(), new ClientSessionGroup());
        await using var _ = second;
        var member = await first.ConnectToServerAsync(Peer("a", "--tools", "1"));
        await first.ConnectWithSessionAsync(alone);
        await second.ConnectWithSessionAsync(alone);
        await second.ConnectWithSessionAsync(member);
        Assert.Equal(["a0", "say"], first.Tools.Keys);
        Assert.Equal(["say", "a0"], second.Tools.Keys);

        server.Tool("more", _ => "new");
        await server.ToolsChangedAsync();
        await UntilAsync(() => Assert.Equal(["a0", "say", "more"], first.Tools.Keys));
        await UntilAsync(() => Assert.Equal(["say", "more", "a0"], second.Tools.Keys));

        await second.DisconnectFromServerAsync(alone);
        Assert.Equal(["a0"], second.Tools.Keys);
        Assert.Equal("new", TextOf(await first.CallToolAsync("more")));
        Assert.Equal("a", AnsweredBy(await second.CallToolAsync("a0")));

        await first.DisconnectFromServerAsync(member);
        await UntilAsync(() => Assert.Empty(second.Sessions));
        Assert.Equal(["say", "more"], first.Tools.Keys);
    }

    [Fact(DisplayName = "SG-03 a borrowed session that ends leaves the group, which says why; one that is there already, or has ended, is refused")]
    public async Task Ends_by_itself()
    {
        await using var server = new ScriptedServer("own", Era.Legacy).Tool("say", _ => "hello");
        await using var session = await ClientSession.ConnectAsync(server.OverPipe());
        var group = NewGroup();
        await group.ConnectWithSessionAsync(session);
        Assert.Equal("HUB5110", (await Assert.ThrowsAsync<HubException>(() => group.ConnectWithSessionAsync(session))).Code);
        var ended = group.WatchAsync().OfType<GroupServerChanged>().FirstAsync(change => change.State == GroupServerState.Disconnected).AsTask();

        await server.CrashAsync(3, "boom");

        var change = await ended.WaitAsync(Patience);
        Assert.Same(session, change.Session);
        Assert.Equal("own", change.ServerId);
        Assert.NotNull(change.Cause);
        Assert.NotNull(change.Hint);
        Assert.Empty(group.Tools);
        await Assert.ThrowsAsync<ToolNotFoundException>(() => group.CallToolAsync("say"));
        await Assert.ThrowsAnyAsync<HubException>(() => group.ConnectWithSessionAsync(session));
        Assert.Empty(group.Sessions);
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => group.ConnectWithSessionAsync(session));
    }

    [Fact(DisplayName = "SG-05 a borrowed session whose names are taken is refused and stays usable")]
    public async Task Names_are_taken()
    {
        await using var server = new ScriptedServer("own", Era.Legacy).Tool("a0", _ => "mine");
        await using var session = await ClientSession.ConnectAsync(server.OverPipe());
        var group = NewGroup();
        await group.ConnectToServerAsync(Peer("a", "--tools", "1"));

        Assert.Equal("HUB4101", (await Assert.ThrowsAsync<HubException>(() => group.ConnectWithSessionAsync(session))).Code);

        Assert.Equal("a", AnsweredBy(await group.CallToolAsync("a0")));
        Assert.Equal("mine", TextOf(await session.CallToolAsync("a0")));
    }

    [Theory(DisplayName = "SG-11 two groups with one borrowed session: each hears of what it subscribed to, and its user too")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Subscriptions_of_two_groups(Era era)
    {
        await using var server = new ScriptedServer("own", era).Resource("own://1", "one").Resource("own://2", "two");
        await using var session = await ClientSession.ConnectAsync(server.OverPipe());
        var (first, second) = (NewGroup(), NewGroup());
        await first.ConnectWithSessionAsync(session);
        await second.ConnectWithSessionAsync(session);
        var (ofFirst, ofSecond) = (CreateTestProbe(), CreateTestProbe());
        await using var one = await first.SubscribeResourceAsync("own://1", Tell(ofFirst));
        var other = await second.SubscribeResourceAsync("own://1", Tell(ofSecond));
        await using var two = await second.SubscribeResourceAsync("own://2", Tell(ofSecond));

        await server.ResourceUpdatedAsync("own://1");
        await ofFirst.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);
        await ofSecond.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);

        await first.DisposeAsync();
        await server.ResourceUpdatedAsync("own://1");
        await ofSecond.ExpectMsgAsync(new ResourceUpdated("own://1"), Patience);

        await other.DisposeAsync();
        await server.ResourceUpdatedAsync("own://1");
        await server.ResourceUpdatedAsync("own://2");
        await ofSecond.ExpectMsgAsync(new ResourceUpdated("own://2"), Patience);
        await ofFirst.ExpectNoMsgAsync(TimeSpan.Zero);

        await second.DisconnectFromServerAsync(session);
        Assert.Equal("two", ((TextResourceContents)(await session.ReadResourceAsync("own://2")).Contents[0]).Text);
    }
}
