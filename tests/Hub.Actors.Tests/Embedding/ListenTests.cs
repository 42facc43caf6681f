using System.Text.Json;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Subscriptions of a session's user (contract 1, CM-07 and CM-16).</summary>
public sealed class ListenTests
{
    private const string All = """{"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true}}""";

    [Fact(DisplayName = "CM-07 a legacy server is asked once for a resource, however often it is subscribed to, and told when the last one is gone")]
    public async Task Subscriptions_are_counted()
    {
        var updated = new TaskCompletionSource<ServerNotification>();
        await using var scripted = await ScriptedSession.LegacyAsync(
            new ClientSessionOptions
            {
                MessageHandler = message =>
                {
                    updated.TrySetResult((ServerNotification)message);
                    return default;
                },
            },
            All);
        var first = scripted.Session.SubscribeResourceAsync("u://a");
        var second = scripted.Session.SubscribeResourceAsync("u://a");
        var request = await scripted.Server.ExpectAsync(MethodNames.ResourcesSubscribe);
        Assert.Equal("""{"uri":"u://a"}""", request.GetProperty("params").GetRawText());
        Assert.False(first.IsCompleted || second.IsCompleted);
        scripted.Server.Reply(request, "{}");
        await Task.WhenAll(first, second).WaitAsync(ScriptedSession.Patience);
        await scripted.Session.SubscribeResourceAsync("u://a");
        scripted.Notify(MethodNames.ResourcesUpdated, """{"uri":"u://a"}""");
        Assert.Equal("u://a", (string?)(await updated.Task.WaitAsync(ScriptedSession.Patience)).Params!["uri"]);

        await scripted.Session.UnsubscribeResourceAsync("u://a");
        await scripted.Session.UnsubscribeResourceAsync("u://a");
        await scripted.WorksAsync();
        var last = scripted.Session.UnsubscribeResourceAsync("u://a");
        scripted.Server.ReplyError(await scripted.Server.ExpectAsync(MethodNames.ResourcesUnsubscribe), -32603);
        await Assert.ThrowsAsync<PeerException>(() => last);
        await scripted.Session.UnsubscribeResourceAsync("u://a");
        await scripted.WorksAsync();
    }

    [Fact]
    public async Task A_refused_subscription_throws_and_leaves_nothing()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(capabilities: All);
        for (var i = 0; i < 2; i++)
        {
            var subscribing = scripted.Session.SubscribeResourceAsync("u://a");
            scripted.Server.ReplyError(await scripted.Server.ExpectAsync(MethodNames.ResourcesSubscribe), -32002);
            Assert.Equal(-32002, (await Assert.ThrowsAsync<PeerException>(() => subscribing)).PeerCode);
        }

        await using var none = await ScriptedSession.LegacyAsync(capabilities: """{"resources":{}}""");
        Assert.Equal("HUB5107", (await Assert.ThrowsAsync<HubException>(() => none.Session.SubscribeResourceAsync("u://a"))).Code);
        Assert.True(none.Server.IsQuiet);
    }

    [Fact]
    public async Task A_subscription_given_up_before_its_answer_is_taken_back()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(capabilities: All);
        using var cancel = new CancellationTokenSource();
        var subscribing = scripted.Session.SubscribeResourceAsync("u://a", cancel.Token);
        var request = await scripted.Server.ExpectAsync(MethodNames.ResourcesSubscribe);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => subscribing);
        scripted.Server.Reply(request, "{}");
        Assert.Equal("""{"uri":"u://a"}""", (await scripted.Server.ExpectAsync(MethodNames.ResourcesUnsubscribe)).GetProperty("params").GetRawText());
    }

    [Fact(DisplayName = "CM-07 a modern server gets one listen for the resources that are subscribed to")]
    public async Task Subscriptions_at_a_modern_server()
    {
        await using var scripted = await ScriptedSession.ModernAsync(capabilities: All);
        var subscribing = scripted.Session.SubscribeResourceAsync("u://a");
        var listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        Assert.Equal("""{"resourceSubscriptions":["u://a"]}""", listen.GetProperty("params").GetProperty("notifications").GetRawText());
        Acknowledge(scripted, listen, """{"resourceSubscriptions":["u://a"]}""");
        await subscribing.WaitAsync(ScriptedSession.Patience);
        subscribing = scripted.Session.SubscribeResourceAsync("u://b");
        listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        Acknowledge(scripted, listen, """{"resourceSubscriptions":["u://a"]}""");
        await scripted.Server.ExpectAsync(MethodNames.Cancelled);
        Assert.Equal("HUB5121", (await Assert.ThrowsAsync<HubException>(() => subscribing)).Code);
    }

    [Fact(DisplayName = "H-009 H-013 a filter that is honoured in part: the subset is told; what lies outside it, and what comes before, is not delivered")]
    public async Task The_honoured_subset()
    {
        await using var scripted = await ScriptedSession.ModernAsync(capabilities: All);
        await using var events = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true, PromptsListChanged = true, ResourceSubscriptions = ["u://a", "u://b", "u://a"] });
        var first = events.MoveNextAsync();
        var listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        Assert.Equal("""{"toolsListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["u://a","u://b"]}""", listen.GetProperty("params").GetProperty("notifications").GetRawText());
        Tell(scripted, listen, MethodNames.ToolsListChanged);
        Acknowledge(scripted, listen, """{"toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["u://b","u://c"]}""");
        Assert.True(await first);
        var honoured = ((SubscriptionAcknowledged)events.Current).Honoured;
        Assert.Equal((true, false, false, "u://b"), (honoured.ToolsListChanged, honoured.PromptsListChanged, honoured.ResourcesListChanged, Assert.Single(honoured.ResourceSubscriptions)));

        Tell(scripted, listen, MethodNames.PromptsListChanged);
        Tell(scripted, listen, MethodNames.ResourcesListChanged);
        Tell(scripted, listen, MethodNames.ResourcesUpdated, "\"uri\":\"u://a\",");
        scripted.Notify(MethodNames.ToolsListChanged, "{}"); // of no stream
        Tell(scripted, listen, MethodNames.ResourcesUpdated, "\"uri\":\"u://b\",");
        Tell(scripted, listen, MethodNames.ToolsListChanged);
        Assert.Equal([new ResourceUpdated("u://b"), new ListChanged(ComponentKind.Tool)], [await NextAsync(events), await NextAsync(events)]);
    }

    [Theory(DisplayName = "H-010 a listen that is closed by its reader: one cancelled on a channel, the closed response over HTTP, no event afterwards")]
    [InlineData(TransportKind.Channel)]
    [InlineData(TransportKind.Http)]
    public async Task The_reader_closes(TransportKind kind)
    {
        await using var scripted = await ScriptedSession.ModernAsync(capabilities: All, kind: kind);
        var events = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true });
        var first = events.MoveNextAsync();
        var listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        Acknowledge(scripted, listen, """{"toolsListChanged":true}""", kind);
        Assert.True(await first);

        await events.DisposeAsync();
        if (kind == TransportKind.Channel)
        {
            Assert.Equal(listen.GetProperty("id").GetInt64(), (await scripted.Server.ExpectAsync(MethodNames.Cancelled)).GetProperty("params").GetProperty("requestId").GetInt64());
        }
        else
        {
            Assert.Equal(listen.GetProperty("id").GetInt64(), await scripted.Server.ExpectAbortAsync());
        }

        Tell(scripted, listen, MethodNames.ToolsListChanged);
        await scripted.WorksAsync();
        Assert.False(await events.MoveNextAsync());
    }

    [Fact(DisplayName = "H-011 two listens: each event reaches its own, whatever type the id is echoed with")]
    public async Task Two_listens()
    {
        await using var scripted = await ScriptedSession.ModernAsync(capabilities: All);
        await using var one = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true, PromptsListChanged = true });
        var (firstOfOne, listenOne) = (one.MoveNextAsync().AsTask(), await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen));
        await using var two = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true, PromptsListChanged = true });
        var (firstOfTwo, listenTwo) = (two.MoveNextAsync().AsTask(), await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen));
        Acknowledge(scripted, listenTwo, """{"toolsListChanged":true,"promptsListChanged":true}""");
        Acknowledge(scripted, listenOne, """{"toolsListChanged":true,"promptsListChanged":true}""");
        Assert.True(await firstOfOne && await firstOfTwo);

        scripted.Notify(MethodNames.ToolsListChanged, $$$"""{"_meta":{"{{{MetaKeys.SubscriptionId}}}":"{{{listenOne.GetProperty("id").GetRawText()}}}"}}""");
        Tell(scripted, listenTwo, MethodNames.PromptsListChanged);
        Assert.Equal(new ListChanged(ComponentKind.Tool), await NextAsync(one));
        Assert.Equal(new ListChanged(ComponentKind.Prompt), await NextAsync(two));
    }

    [Fact(DisplayName = "H-012 W-24 a graceful end, a cancelled and a dropped stream: each is opened anew after a wait, and everything honoured is told as changed once")]
    public async Task Streams_are_opened_anew()
    {
        await using var scripted = await ScriptedSession.ModernAsync(capabilities: All, kind: TransportKind.Http);
        await using var events = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true, ResourceSubscriptions = ["u://a"] });
        var pending = events.MoveNextAsync().AsTask();
        var listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        Acknowledge(scripted, listen, """{"toolsListChanged":true,"resourceSubscriptions":["u://a"]}""", TransportKind.Http);
        Assert.True(await pending);
        Assert.IsType<SubscriptionAcknowledged>(events.Current);
        Action<JsonElement>[] ends =
        [
            stream => scripted.Server.Reply(stream, """{"resultType":"complete"}"""),
            stream => scripted.Notify(MethodNames.Cancelled, $$"""{"requestId":{{stream.GetProperty("id").GetRawText()}}}""", stream.GetProperty("id").GetInt64()),
            stream => scripted.Server.Report(new InboundEvent.ExchangeEnded(stream.GetProperty("id").GetInt64(), HubErrors.ConnectionLost.With(("reason", "dropped")))),
        ];
        foreach (var end in ends)
        {
            end(listen);
            listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
            Acknowledge(scripted, listen, """{"toolsListChanged":true,"resourceSubscriptions":["u://a"]}""", TransportKind.Http);
            Assert.IsType<SubscriptionAcknowledged>(await NextAsync(events));
            Assert.Equal([new ListChanged(ComponentKind.Tool), new ResourceUpdated("u://a")], [await NextAsync(events), await NextAsync(events)]);
        }

        Tell(scripted, listen, MethodNames.ResourcesUpdated, "\"uri\":\"u://a\",", TransportKind.Http);
        Assert.Equal(new ResourceUpdated("u://a"), await NextAsync(events));
    }

    [Fact]
    public async Task A_refusal_a_server_without_subscriptions_and_the_end_of_the_session_end_it()
    {
        var scripted = await ScriptedSession.ModernAsync(capabilities: All);
        var refused = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true });
        var next = refused.MoveNextAsync().AsTask();
        scripted.Server.ReplyError(await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen), -32602);
        Assert.Equal(-32602, (await Assert.ThrowsAsync<PeerException>(() => next)).PeerCode);

        next = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true }).MoveNextAsync().AsTask();
        scripted.Server.ReplyError(await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen), -32601);
        Assert.Equal("HUB5107", (await Assert.ThrowsAsync<HubException>(() => next)).Code);

        var closed = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true });
        next = closed.MoveNextAsync().AsTask();
        Acknowledge(scripted, await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen), """{"toolsListChanged":true}""");
        Assert.True(await next);
        next = closed.MoveNextAsync().AsTask();
        await scripted.DisposeAsync();
        Assert.False(await next.WaitAsync(ScriptedSession.Patience));

        var broken = await ScriptedSession.ModernAsync(capabilities: All);
        next = Listen(broken, new SubscriptionFilter { ToolsListChanged = true }).MoveNextAsync().AsTask();
        await broken.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        broken.Server.Break(HubErrors.ConnectionLost.With(("server", "server"), ("reason", "broken by the test")));
        Assert.Equal("HUB2110", (await Assert.ThrowsAsync<ServerUnavailableException>(() => next.WaitAsync(ScriptedSession.Patience))).Code);
        await broken.DisposeAsync();
    }

    [Fact]
    public async Task More_than_1024_events_that_wait_lose_the_subscription_and_the_same_event_waits_once()
    {
        var uris = Enumerable.Range(0, ListenSink.MaxWaiting + 1).Select(n => $"u://{n}").ToArray();
        await using var scripted = await ScriptedSession.ModernAsync(capabilities: All);
        await using var events = Listen(scripted, new SubscriptionFilter { ResourceSubscriptions = uris });
        var first = events.MoveNextAsync();
        var listen = await scripted.Server.ExpectAsync(MethodNames.SubscriptionsListen);
        Acknowledge(scripted, listen, $$"""{"resourceSubscriptions":[{{string.Join(',', uris.Select(uri => $"\"{uri}\""))}}]}""");
        Assert.True(await first);
        foreach (var uri in uris[..^1].Concat(uris[..10]))
        {
            Tell(scripted, listen, MethodNames.ResourcesUpdated, $"\"uri\":\"{uri}\",");
        }

        await scripted.WorksAsync();
        Tell(scripted, listen, MethodNames.ResourcesUpdated, $"\"uri\":\"{uris[^1]}\",");
        await scripted.Server.ExpectAsync(MethodNames.Cancelled);
        for (var n = 0; n < ListenSink.MaxWaiting; n++)
        {
            Assert.Equal(new ResourceUpdated(uris[n]), await NextAsync(events));
        }

        Assert.Equal("HUB5164", (await Assert.ThrowsAsync<HubException>(() => events.MoveNextAsync().AsTask())).Code);
    }

    [Fact(DisplayName = "CM-16 at a legacy server a listen is made of what it tells by itself and of resource subscriptions")]
    public async Task Listening_to_a_legacy_server()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(capabilities: """{"tools":{"listChanged":true},"prompts":{},"resources":{"subscribe":true}}""");
        var events = Listen(scripted, new SubscriptionFilter { ToolsListChanged = true, PromptsListChanged = true, ResourceSubscriptions = ["u://a", "u://b"] });
        var first = events.MoveNextAsync();
        scripted.Server.Reply(await scripted.Server.ExpectAsync(MethodNames.ResourcesSubscribe), "{}");
        scripted.Server.ReplyError(await scripted.Server.ExpectAsync(MethodNames.ResourcesSubscribe), -32002);
        Assert.True(await first);
        var honoured = ((SubscriptionAcknowledged)events.Current).Honoured;
        Assert.Equal((true, false, "u://a"), (honoured.ToolsListChanged, honoured.PromptsListChanged, Assert.Single(honoured.ResourceSubscriptions)));
        await scripted.Session.SubscribeResourceAsync("u://a").WaitAsync(ScriptedSession.Patience); // counted together

        scripted.Notify(MethodNames.PromptsListChanged, "{}");
        scripted.Notify(MethodNames.ResourcesUpdated, """{"uri":"u://b"}""");
        scripted.Notify(MethodNames.ResourcesUpdated, """{"uri":"u://a"}""");
        scripted.Notify(MethodNames.ToolsListChanged, "{}");
        Assert.Equal([new ResourceUpdated("u://a"), new ListChanged(ComponentKind.Tool)], [await NextAsync(events), await NextAsync(events)]);

        await events.DisposeAsync();
        await scripted.WorksAsync();
        var last = scripted.Session.UnsubscribeResourceAsync("u://a");
        scripted.Server.Reply(await scripted.Server.ExpectAsync(MethodNames.ResourcesUnsubscribe), "{}");
        await last.WaitAsync(ScriptedSession.Patience);
    }

    private static IAsyncEnumerator<SubscriptionEvent> Listen(ScriptedSession scripted, SubscriptionFilter filter) => scripted.Session.ListenAsync(filter).GetAsyncEnumerator();

    private static async Task<SubscriptionEvent> NextAsync(IAsyncEnumerator<SubscriptionEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(ScriptedSession.Patience));
        return events.Current;
    }

    private static void Acknowledge(ScriptedSession scripted, JsonElement listen, string honoured, TransportKind kind = TransportKind.Channel) =>
        Tell(scripted, listen, MethodNames.SubscriptionsAcknowledged, $"\"notifications\":{honoured},", kind);

    private static void Tell(ScriptedSession scripted, JsonElement listen, string method, string members = "", TransportKind kind = TransportKind.Channel) => scripted.Notify(
        method, "{" + members + $"\"_meta\":{{\"{MetaKeys.SubscriptionId}\":{listen.GetProperty("id").GetRawText()}}}}}", kind == TransportKind.Http ? listen.GetProperty("id").GetInt64() : null);
}
