using McpHub.Actors.Servers;

namespace McpHub.Scenarios.Notifications;

/// <summary>Changes of resources from real children through the hub to clients over sockets.</summary>
public sealed class SubscriptionTests
{
    private const string Updated = "notifications/resources/updated";
    private const string Uri = "a://resource/0";
    private const string TheUri = "\"uri\":\"a://resource/0\"";
    private const string TheArguments = "{\"uri\":\"a://resource/0\"}";

    [Fact]
    public async Task A_legacy_client_hears_of_what_it_subscribed_to_on_its_stream_until_it_unsubscribes()
    {
        await using var hub = await HubUnderTest.StartAsync(Peer("a"), Peer("b"));
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        using var other = await EventClient.OpenAsync(hub, Era.Legacy);
        Assert.True(client.Capabilities.GetProperty("resources").GetProperty("subscribe").GetBoolean());
        await using var stream = await client.GetAsync();
        Assert.Equal("{}", (await client.AnswerAsync("resources/subscribe", TheUri)).GetProperty("result").GetRawText());
        await other.AnswerAsync("resources/subscribe", TheUri.Replace("/0", "/1", StringComparison.Ordinal));
        Assert.Equal("a://resource/0,a://resource/1", await client.TextAsync("a__subscribed"));
        Assert.Equal("", await client.TextAsync("b__subscribed"));

        await client.TextAsync("a__touch", TheArguments.Replace("/0", "/1", StringComparison.Ordinal));
        await client.TextAsync("a__touch", TheArguments);
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a://resource/0"}}""", (await stream.NextAsync(Updated)).GetRawText());
        await using var late = await other.GetAsync();
        Assert.Equal("a://resource/1", (await late.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());

        await client.AnswerAsync("resources/unsubscribe", TheUri);
        await client.TextAsync("a__touch", TheArguments);
        await client.AnswerAsync("resources/subscribe", TheUri.Replace("/0", "/1", StringComparison.Ordinal));
        await client.TextAsync("a__touch", TheArguments.Replace("/0", "/1", StringComparison.Ordinal));
        Assert.Equal("a://resource/1", (await stream.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());
    }

    [Fact]
    public async Task The_server_is_told_when_the_session_of_its_last_subscriber_ends()
    {
        await using var hub = await HubUnderTest.StartAsync(Peer("a"));
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        await client.AnswerAsync("resources/subscribe", TheUri);
        await client.EndAsync();
        using var other = await EventClient.OpenAsync(hub, Era.Legacy);
        var until = Environment.TickCount64 + 60_000;
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await other.TextAsync("a__subscribed") is { Length: > 0 } still)
        {
            Assert.True(Environment.TickCount64 < until, still);
            await poll.WaitForNextTickAsync();
        }
    }

    [Fact]
    public async Task What_a_server_refuses_and_what_nobody_owns_is_refused_to_the_client()
    {
        await using var hub = await HubUnderTest.StartAsync(Peer("a"), HubUnderTest.Peer("plain", "--resources", "1"));
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        Assert.Equal(-32002, await ErrorAsync(client, "\"uri\":\"a://template/0/unknown\""));
        Assert.Equal(-32002, await ErrorAsync(client, "\"uri\":\"nobody://x\""));
        Assert.Equal(-32601, await ErrorAsync(client, "\"uri\":\"plain://resource/0\""));
        Assert.Equal(-32602, await ErrorAsync(client, "\"uri\":7"));
    }

    [Fact]
    public async Task A_modern_client_listens_to_resources_and_is_told_which_of_them_are_honoured()
    {
        await using var hub = await HubUnderTest.StartAsync(Peer("a"), Peer("b"));
        using var client = await EventClient.OpenAsync(hub, Era.Modern);
        await using var listen = await client.PostAsync("subscriptions/listen",
            "\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"a://resource/0\",\"a://template/0/unknown\",\"nobody://x\"]}");
        var acknowledged = await listen.NextMessageAsync();
        Assert.Equal("notifications/subscriptions/acknowledged", acknowledged.GetProperty("method").GetString());
        Assert.Equal("""{"toolsListChanged":true,"resourceSubscriptions":["a://resource/0"]}""", acknowledged.GetProperty("params").GetProperty("notifications").GetRawText());
        var id = acknowledged.GetProperty("params").GetProperty("_meta").GetProperty("io.modelcontextprotocol/subscriptionId");
        await client.TextAsync("a__touch", TheArguments);
        Assert.Equal(
            $$$$"""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a://resource/0","_meta":{"io.modelcontextprotocol/subscriptionId":{{{{id}}}}}}}""",
            (await listen.NextAsync(Updated)).GetRawText());
    }

    [Fact]
    public async Task A_server_that_comes_back_is_subscribed_to_again_and_its_resources_may_have_changed()
    {
        await using var hub = await HubUnderTest.StartAsync(Peer("a"));
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        await using var stream = await client.GetAsync();
        await client.AnswerAsync("resources/subscribe", TheUri);
        var before = await hub.ExpectAsync("a", ServerPhase.Ready);
        await client.AnswerAsync("tools/call", "\"name\":\"a__crash\",\"arguments\":{}");
        Assert.Equal(Uri, (await stream.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());
        await hub.ExpectAsync("a", ServerPhase.Ready, otherThanProcess: before.ProcessId);
        Assert.Equal(Uri, await client.TextAsync("a__subscribed"));
        await client.TextAsync("a__touch", TheArguments);
        Assert.Equal(Uri, (await stream.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());
    }

    private static ServerDefinition Peer(string id) => HubUnderTest.Peer(id, "--notify", "--resources", "2", "--templates", "1");

    private static async Task<int> ErrorAsync(EventClient client, string members) => (await client.AnswerAsync("resources/subscribe", members)).GetProperty("error").GetProperty("code").GetInt32();
}
