using System.Text.Json;
using Akka.Actor;
using Akka.TestKit;
using McpHub.Actors.Sessions;
using McpHub.Actors.Tests.Sessions;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Subscriptions;

/// <summary>What a session says to its server about subscriptions, in both eras.</summary>
public sealed class ServerSubscriptionsSpec : SessionSpec
{
    private const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{"resources":{"subscribe":true}},"serverInfo":{"name":"scripted","version":"1"}}""";
    private const string Modern = """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"resources":{"subscribe":true}},"ttlMs":0,"cacheScope":"public"}""";

    private readonly TestProbe _owner;

    public ServerSubscriptionsSpec() => _owner = CreateTestProbe("owner");

    [Fact]
    public async Task A_legacy_server_is_asked_and_its_news_of_that_resource_are_passed_on()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        Subscribe("u://a");
        var request = await peer.ExpectAsync("resources/subscribe");
        Assert.Equal("u://a", request.GetProperty("params").GetProperty("uri").GetString());
        peer.Reply(request, "{}");
        Assert.True(await SettledAsync("u://a"));
        peer.Send(Updated("u://other"));
        peer.Send(Updated("u://a"));
        var updated = await _owner.ExpectMsgAsync<UpstreamSession.ResourceUpdated>();
        Assert.Equal("u://a", updated.Uri);
        Assert.NotNull(updated.Notification);

        Actor.Tell(new UpstreamSession.UnsubscribeResource("u://a"), _owner);
        Assert.Equal("u://a", (await peer.ExpectAsync("resources/unsubscribe")).GetProperty("params").GetProperty("uri").GetString());
        peer.Send(Updated("u://a"));
        await _owner.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task A_refusal_is_told_with_the_servers_error()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        Subscribe("u://a");
        peer.ReplyError(await peer.ExpectAsync("resources/subscribe"), -32002);
        var answer = await _owner.ExpectMsgAsync<UpstreamSession.ResourceSubscribed>();
        Assert.Equal(-32002, answer.Answer!.Integer(Protocol.Wire.MemberOf.Error, "code"u8));
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_answer_refuses_and_one_that_breaks_later_is_followed_by_a_new_subscription_and_news_of_everything()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        Subscribe("u://a");
        peer.Reply(await peer.ExpectAsync("resources/subscribe"), "{}");
        Assert.True(await SettledAsync("u://a"));
        Subscribe("u://b");
        await peer.ExpectAsync("resources/subscribe");
        peer.Break(HubErrors.ConnectionLost.With(("server", "scripted"), ("reason", "broken by the test")));
        Assert.False(await SettledAsync("u://b"));
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();
        Subscribe("u://c");
        Assert.Equal("HUB2112", (await _owner.ExpectMsgAsync<UpstreamSession.ResourceSubscribed>()).Error!.Definition.Code);

        peer = await HandshakeAsync(Hello);
        var again = await peer.ExpectAsync("resources/subscribe");
        Assert.Equal("u://a", again.GetProperty("params").GetProperty("uri").GetString());
        peer.Reply(again, "{}");
        var updated = await _owner.ExpectMsgAsync<UpstreamSession.ResourceUpdated>();
        Assert.Equal("u://a", updated.Uri);
        Assert.Null(updated.Notification);
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "CM-07 CM-10 what the session's user subscribed to, listens to and the log level outlive the connection; what is told of may have changed")]
    public async Task What_the_user_wants_outlives_the_connection()
    {
        const string LoggingHello = """{"protocolVersion":"2025-11-25","capabilities":{"logging":{},"tools":{"listChanged":true},"resources":{"subscribe":true}},"serverInfo":{"name":"scripted","version":"1"}}""";
        var peer = await ConnectLegacyAsync(hello: LoggingHello);
        Session.LogLevel = LoggingLevel.Alert;
        var claimed = new TaskCompletionSource<CallOutcome>();
        Actor.Tell(new UpstreamSession.ClaimResource("u://a", outcome => claimed.SetResult(outcome)));
        peer.Reply(await peer.ExpectAsync("resources/subscribe"), "{}");
        Assert.Equal(default, await claimed.Task);
        var listen = new ListenSink(new SubscriptionFilter { ToolsListChanged = true, ResourceSubscriptions = ["u://a"] });
        Actor.Tell(new UpstreamSession.OpenListen(listen));
        Assert.IsType<SubscriptionAcknowledged>(await NextAsync());
        peer.Break(HubErrors.ConnectionLost.With(("server", "scripted"), ("reason", "broken by the test")));
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();

        peer = await HandshakeAsync(LoggingHello);
        Assert.Equal("alert", (await peer.ExpectAsync("logging/setLevel")).GetProperty("params").GetProperty("level").GetString());
        var again = await peer.ExpectAsync("resources/subscribe");
        Assert.IsType<SubscriptionAcknowledged>(await NextAsync());
        Assert.Equal(new ListChanged(ComponentKind.Tool), await NextAsync());
        Assert.Equal(new McpHub.ResourceUpdated("u://a"), await NextAsync());
        peer.Reply(again, "{}");
        Assert.Equal(new McpHub.ResourceUpdated("u://a"), await NextAsync());

        Actor.Tell(new UpstreamSession.CloseListen(listen));
        Actor.Tell(new UpstreamSession.ReleaseResource("u://a"));
        await peer.ExpectAsync("resources/unsubscribe");

        Task<SubscriptionEvent?> NextAsync() => listen.NextAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(TransportKind.Channel)]
    [InlineData(TransportKind.Http)]
    public async Task A_modern_server_gets_a_new_stream_before_the_old_one_is_closed(TransportKind kind)
    {
        var peer = await ConnectModernAsync(kind, Modern);
        Subscribe("u://a");
        var first = await ExpectListenAsync(peer, "u://a");
        Acknowledge(peer, first, "u://a");
        Assert.True(await SettledAsync("u://a"));

        Subscribe("u://b");
        Subscribe("u://c");
        var second = await ExpectListenAsync(peer, "u://a", "u://b");
        peer.Send(Updated("u://a", first), Exchange(kind, first));
        Assert.Equal("u://a", (await _owner.ExpectMsgAsync<UpstreamSession.ResourceUpdated>()).Uri);
        Acknowledge(peer, second, "u://a", "u://b");
        await ExpectEndAsync(peer, kind, first);
        Assert.True(await SettledAsync("u://b"));
        var third = await ExpectListenAsync(peer, "u://a", "u://b", "u://c");
        Acknowledge(peer, third, "u://a", "u://b");
        await ExpectEndAsync(peer, kind, second);
        var refused = await _owner.ExpectMsgAsync<UpstreamSession.ResourceSubscribed>();
        Assert.Equal(("u://c", "HUB5121"), (refused.Uri, refused.Error!.Definition.Code));

        peer.Send(Updated("u://a", first), Exchange(kind, first));
        peer.Send(Updated("u://b", third), Exchange(kind, third));
        Assert.Equal("u://b", (await _owner.ExpectMsgAsync<UpstreamSession.ResourceUpdated>()).Uri);
    }

    [Fact]
    public async Task A_modern_stream_that_ends_is_opened_again_and_everything_may_have_changed()
    {
        var peer = await ConnectModernAsync(TransportKind.Http, Modern);
        Subscribe("u://a");
        var first = await ExpectListenAsync(peer, "u://a");
        Acknowledge(peer, first, "u://a");
        Assert.True(await SettledAsync("u://a"));
        peer.Report(new InboundEvent.ExchangeEnded(first.GetProperty("id").GetInt64(), null));
        await AnswerAsync(peer, Call());    // said later, so the session has heard of the end before time moves
        await AdvanceUntilAsync(() => !peer.IsQuiet, TimeSpan.FromSeconds(2));
        Acknowledge(peer, await ExpectListenAsync(peer, "u://a"), "u://a");
        Assert.Null((await _owner.ExpectMsgAsync<UpstreamSession.ResourceUpdated>()).Notification);
    }

    [Fact]
    public async Task A_modern_server_that_does_not_acknowledge_in_ten_seconds_has_refused()
    {
        var peer = await ConnectModernAsync(TransportKind.Http, Modern);
        Subscribe("u://a");
        await ExpectListenAsync(peer, "u://a");
        Time.Advance(TimeSpan.FromSeconds(9.9));
        await _owner.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        await AdvanceUntilAsync(() => _owner.HasMessages, TimeSpan.FromSeconds(1));
        Assert.False(await SettledAsync("u://a"));
    }

    [Fact]
    public async Task The_last_resource_takes_the_stream_with_it()
    {
        var peer = await ConnectModernAsync(TransportKind.Http, Modern);
        Subscribe("u://a");
        var first = await ExpectListenAsync(peer, "u://a");
        Acknowledge(peer, first, "u://a");
        Assert.True(await SettledAsync("u://a"));
        Actor.Tell(new UpstreamSession.UnsubscribeResource("u://a"), _owner);
        await ExpectEndAsync(peer, TransportKind.Http, first);
    }

    private void Subscribe(string uri) => Actor.Tell(new UpstreamSession.SubscribeResource(uri), _owner);

    private async Task<bool> SettledAsync(string uri)
    {
        var answer = await _owner.ExpectMsgAsync<UpstreamSession.ResourceSubscribed>();
        Assert.Equal(uri, answer.Uri);
        return answer.Error is null && answer.Answer is null;
    }

    private static async Task<JsonElement> ExpectListenAsync(ScriptedTransport peer, params string[] uris)
    {
        var listen = await peer.ExpectAsync("subscriptions/listen");
        Assert.Equal(uris, listen.GetProperty("params").GetProperty("notifications").GetProperty("resourceSubscriptions").EnumerateArray().Select(uri => uri.GetString()!).Order());
        return listen;
    }

    private static async Task ExpectEndAsync(ScriptedTransport peer, TransportKind kind, JsonElement listen)
    {
        var id = listen.GetProperty("id").GetInt64();
        Assert.Equal(id, kind == TransportKind.Http ? await peer.ExpectAbortAsync()
            : (await peer.ExpectAsync("notifications/cancelled")).GetProperty("params").GetProperty("requestId").GetInt64());
    }

    private static long? Exchange(TransportKind kind, JsonElement listen) => kind == TransportKind.Http ? listen.GetProperty("id").GetInt64() : null;

    private static void Acknowledge(ScriptedTransport peer, JsonElement listen, params string[] uris) => peer.Send(
        $$$$"""{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":{{{{listen.GetProperty("id")}}}}},"notifications":{"resourceSubscriptions":{{{{JsonSerializer.Serialize(uris)}}}}}}}""",
        Exchange(peer.Kind, listen));

    private static string Updated(string uri, JsonElement? listen = null)
    {
        var meta = listen is { } of ? $$$""","_meta":{"io.modelcontextprotocol/subscriptionId":{{{of.GetProperty("id")}}}}""" : "";
        return $$$"""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"{{{uri}}}"{{{meta}}}}}""";
    }
}
