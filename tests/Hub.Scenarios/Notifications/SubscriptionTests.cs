using McpHub.Actors.Servers;
using McpHub.Testing;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Notifications;

/// <summary>Changes of resources from real children through the hub to clients over sockets.</summary>
public sealed class SubscriptionTests
{
    private const string Updated = "notifications/resources/updated";
    private const string Uri = "a://resource/0";
    private const string TheUri = "\"uri\":\"a://resource/0\"";
    private const string OtherUri = "a://resource/1";

    [Fact]
    public async Task A_legacy_client_hears_of_what_it_subscribed_to_on_its_stream_until_it_unsubscribes()
    {
        await using var a = NotifyingServer.Create("a");
        await using var b = NotifyingServer.Create("b");
        await using var hub = await HubUnderTest.StartAsync(a.Definition(), b.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        using var other = await EventClient.OpenAsync(hub, Era.Legacy);
        Assert.True(client.Capabilities.GetProperty("resources").GetProperty("subscribe").GetBoolean());
        await using var stream = await client.GetAsync();
        Assert.Equal("{}", (await client.AnswerAsync("resources/subscribe", TheUri)).GetProperty("result").GetRawText());
        await other.AnswerAsync("resources/subscribe", TheUri.Replace("/0", "/1", StringComparison.Ordinal));
        Assert.Equal([Uri, OtherUri], a.Requests("resources/subscribe").Select(request => request.Name));
        Assert.Empty(b.Requests("resources/subscribe"));

        await a.UpdatedAsync(OtherUri);
        await a.UpdatedAsync(Uri);
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a://resource/0"}}""", (await stream.NextAsync(Updated)).GetRawText());
        await using var late = await other.GetAsync();
        Assert.Equal("a://resource/1", (await late.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());

        await client.AnswerAsync("resources/unsubscribe", TheUri);
        await a.ExpectRequestAsync("resources/unsubscribe", request => request.Name == Uri);
        await a.UpdatedAsync(Uri);
        await client.AnswerAsync("resources/subscribe", TheUri.Replace("/0", "/1", StringComparison.Ordinal));
        await a.UpdatedAsync(OtherUri);
        Assert.Equal("a://resource/1", (await stream.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());
    }

    [Fact]
    public async Task The_server_is_told_when_the_session_of_its_last_subscriber_ends()
    {
        await using var a = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(a.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        await client.AnswerAsync("resources/subscribe", TheUri);
        await client.EndAsync();
        await a.ExpectRequestAsync("resources/unsubscribe", request => request.Name == Uri);
    }

    [Fact]
    public async Task What_a_server_refuses_and_what_nobody_owns_is_refused_to_the_client()
    {
        await using var a = NotifyingServer.Create("a");
        await using var plain = new ScriptedServer("plain", Era.Legacy) { Capabilities = JObject.Parse("""{"resources":{"listChanged":true}}""") }.Resource("plain://resource/0", "");
        await using var hub = await HubUnderTest.StartAsync(a.Definition(), plain.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        Assert.Equal(-32002, await ErrorAsync(client, "\"uri\":\"a://template/0/unknown\""));
        Assert.Equal(-32002, await ErrorAsync(client, "\"uri\":\"nobody://x\""));
        Assert.Equal(-32601, await ErrorAsync(client, "\"uri\":\"plain://resource/0\""));
        Assert.Equal(-32602, await ErrorAsync(client, "\"uri\":7"));
    }

    [Fact]
    public async Task A_modern_client_listens_to_resources_and_is_told_which_of_them_are_honoured()
    {
        await using var a = NotifyingServer.Create("a");
        await using var b = NotifyingServer.Create("b");
        await using var hub = await HubUnderTest.StartAsync(a.Definition(), b.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Modern);
        await using var listen = await client.PostAsync("subscriptions/listen",
            "\"notifications\":{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"a://resource/0\",\"a://template/0/unknown\",\"nobody://x\"]}");
        var acknowledged = await listen.NextMessageAsync();
        Assert.Equal("notifications/subscriptions/acknowledged", acknowledged.GetProperty("method").GetString());
        Assert.Equal("""{"toolsListChanged":true,"resourceSubscriptions":["a://resource/0"]}""", acknowledged.GetProperty("params").GetProperty("notifications").GetRawText());
        var id = acknowledged.GetProperty("params").GetProperty("_meta").GetProperty("io.modelcontextprotocol/subscriptionId");
        await a.UpdatedAsync(Uri);
        Assert.Equal(
            $$$$"""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a://resource/0","_meta":{"io.modelcontextprotocol/subscriptionId":{{{{id}}}}}}}""",
            (await listen.NextAsync(Updated)).GetRawText());
    }

    [Fact]
    public async Task A_server_that_comes_back_is_subscribed_to_again_and_its_resources_may_have_changed()
    {
        await using var a = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(a.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        await using var stream = await client.GetAsync();
        await client.AnswerAsync("resources/subscribe", TheUri);
        var before = await hub.ExpectAsync("a", ServerPhase.Ready);
        await a.CrashAsync();
        Assert.Equal(Uri, (await stream.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());
        await hub.ExpectAsync("a", ServerPhase.Ready, otherThanProcess: before.ProcessId);
        Assert.Equal([Uri, Uri], a.Requests("resources/subscribe").Select(request => request.Name));
        await a.UpdatedAsync(Uri);
        Assert.Equal(Uri, (await stream.NextAsync(Updated)).GetProperty("params").GetProperty("uri").GetString());
    }

    private static async Task<int> ErrorAsync(EventClient client, string members) => (await client.AnswerAsync("resources/subscribe", members)).GetProperty("error").GetProperty("code").GetInt32();
}
