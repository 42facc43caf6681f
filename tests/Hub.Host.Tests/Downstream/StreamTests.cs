using System.Net;
using System.Text.Json.Nodes;
using McpHub.Host.Downstream;
using Microsoft.Extensions.Time.Testing;

namespace McpHub.Host.Tests.Downstream;

public sealed class StreamTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_get_stream_tells_of_changed_lists_and_of_nothing_else()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        using var stream = await client.OpenStreamAsync();
        Assert.Equal("no", stream.Headers.GetValues("X-Accel-Buffering").Single());
        await using var events = TestHub.EventsAsync(stream).GetAsyncEnumerator();

        await client.CallTextAsync("change", """{"name":"extra"}""");

        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(_limit));
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""", events.Current.ToJsonString());
        Assert.Contains("extra", (await client.AskAsync("tools/list"))["result"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_before_the_stream_is_told_when_it_opens()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var witness = await hub.InitializeAsync();
        var late = await hub.InitializeAsync();
        using var witnessing = await witness.OpenStreamAsync();
        await using var seen = TestHub.EventsAsync(witnessing).GetAsyncEnumerator();
        await witness.CallTextAsync("change", """{"name":"extra"}""");
        Assert.True(await seen.MoveNextAsync().AsTask().WaitAsync(_limit));

        using var stream = await late.OpenStreamAsync();
        await using var events = TestHub.EventsAsync(stream).GetAsyncEnumerator();

        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(_limit));
        Assert.Equal("notifications/tools/list_changed", events.Current["method"]!.GetValue<string>());
    }

    [Fact]
    public async Task Deleting_a_session_ends_its_streams_and_its_calls()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        using var stream = await client.OpenStreamAsync();
        var held = client.RequestAsync("tools/call", """{"name":"hold"}""", "1");
        await TestHub.EventuallyAsync(() => Task.FromResult(hub.Host.Runtime.Table.Servers[0].Session.InFlight == 1), "the call is in flight");

        using var deleted = await client.DeleteAsync();

        Assert.Empty(await TestHub.EventsAsync(stream).ToListAsync().AsTask().WaitAsync(_limit));
        using var ended = await held.WaitAsync(_limit);
        Assert.Empty(await TestHub.EventsAsync(ended).ToListAsync());
        Assert.Equal(0, hub.Host.ClientSessions);
    }

    [Fact]
    public async Task A_fifth_stream_of_a_session_ends_the_first()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < 5; i++)
        {
            streams.Add(await client.OpenStreamAsync());
        }

        Assert.Empty(await TestHub.EventsAsync(streams[0]).ToListAsync().AsTask().WaitAsync(_limit));
        await using var newest = TestHub.EventsAsync(streams[4]).GetAsyncEnumerator();
        await client.CallTextAsync("change", """{"name":"extra"}""");
        Assert.True(await newest.MoveNextAsync().AsTask().WaitAsync(_limit));
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact(DisplayName = "4-25, 4-26 a subscription is acknowledged first and tells what was asked for, with its id")]
    public async Task Listen()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        using var listen = await hub.ModernAsync("subscriptions/listen", """ "notifications":{"toolsListChanged":true,"promptsListChanged":false,"resourceSubscriptions":["a:b"],"x":1} """, "\"7\"");
        using var deaf = await hub.ModernAsync("subscriptions/listen", """ "notifications":{"promptsListChanged":true} """, "7");
        await using var events = TestHub.EventsAsync(listen).GetAsyncEnumerator();
        await using var others = TestHub.EventsAsync(deaf).GetAsyncEnumerator();

        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(_limit));
        Assert.Equal("notifications/subscriptions/acknowledged", events.Current["method"]!.GetValue<string>());
        Assert.Equal("""{"toolsListChanged":true}""", events.Current["params"]!["notifications"]!.ToJsonString());
        Assert.Equal("\"7\"", SubscriptionId(events.Current["params"]));
        Assert.True(await others.MoveNextAsync().AsTask().WaitAsync(_limit));
        Assert.Equal("7", SubscriptionId(others.Current["params"]));

        using var change = await hub.ModernAsync("tools/call", """ "name":"change","arguments":{"name":"extra"} """);
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(_limit));
        Assert.Equal("notifications/tools/list_changed", events.Current["method"]!.GetValue<string>());
        Assert.Equal("\"7\"", SubscriptionId(events.Current["params"]));

        // The other one hears of the end, and of nothing before it.
        var stopping = hub.Host.StopAsync();
        Assert.True(await others.MoveNextAsync().AsTask().WaitAsync(_limit));
        Assert.Equal("complete", others.Current["result"]!["resultType"]!.GetValue<string>());
        Assert.Equal("7", others.Current["id"]!.ToJsonString());
        Assert.Equal("7", SubscriptionId(others.Current["result"]));
        Assert.False(await others.MoveNextAsync().AsTask().WaitAsync(_limit));
        await stopping.WaitAsync(_limit);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" "notifications":[] """)]
    [InlineData(""" "notifications":{"toolsListChanged":1} """)]
    public async Task A_filter_that_is_none_is_refused(string parameters)
    {
        await using var hub = await TestHub.StartAsync();
        using var response = await hub.ModernAsync("subscriptions/listen", parameters);

        Assert.Equal(-32602, (await TestHub.JsonAsync(response))["error"]!["code"]!.GetValue<int>());
    }

    [Fact(DisplayName = "3.7-11 the seventeenth subscription is refused, and one that ended makes room")]
    public async Task Subscription_limit()
    {
        await using var hub = await TestHub.StartAsync();
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < 16; i++)
        {
            open.Add(await ListenAsync(hub, i));
            Assert.Equal(HttpStatusCode.OK, open[^1].StatusCode);
        }

        using var refused = await ListenAsync(hub, 16);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(2003, (await TestHub.JsonAsync(refused))["error"]!["code"]!.GetValue<int>());

        open[0].Dispose();
        await TestHub.EventuallyAsync(async () =>
        {
            using var again = await ListenAsync(hub, 17);
            return again.StatusCode == HttpStatusCode.OK;
        }, "a place is free");
        open.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task An_idle_stream_is_kept_alive_by_comments()
    {
        var time = new FakeTimeProvider();
        await using var hub = await TestHub.StartAsync(options => options with { Runtime = options.Runtime with { Time = time } });
        var client = await hub.InitializeAsync("2025-06-18");
        using var response = await client.OpenStreamAsync();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal(":", await reader.ReadLineAsync().WaitAsync(_limit));
        Assert.Equal("", await reader.ReadLineAsync().WaitAsync(_limit));

        for (var i = 0; i < 3; i++)
        {
            // Its timer is set after the first comment was sent: advance until it has run.
            var line = reader.ReadLineAsync();
            await TestHub.EventuallyAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(line.IsCompleted);
            }, "a comment");
            Assert.Equal(":", await line);
        }
    }

    [Fact]
    public async Task A_running_hub_without_clients_holds_no_sessions_requests_or_watchers()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var stream = await client.OpenStreamAsync();
        stream.Dispose();
        using var deleted = await client.DeleteAsync();

        await TestHub.EventuallyAsync(() => Task.FromResult(hub.Host.ClientSessions == 0 && hub.Host.OpenStreams == 0), "everything was let go");
    }

    private static Task<HttpResponseMessage> ListenAsync(TestHub hub, int id) => hub.ModernAsync("subscriptions/listen", """ "notifications":{"toolsListChanged":true} """, $"{id}");

    private static string SubscriptionId(JsonNode? holder) => holder!["_meta"]!["io.modelcontextprotocol/subscriptionId"]!.ToJsonString();
}
