using System.Net;
using McpHub.Host.Downstream;

namespace McpHub.Host.Tests.Downstream;

public sealed class CallTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact(DisplayName = "3-18 a cancelled legacy call ends without an answer and its server is told")]
    public async Task Legacy_cancel()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var held = client.RequestAsync("tools/call", """{"name":"hold"}""", "\"h\"");
        await InFlightAsync(hub, 1);

        using var stranger = await (await hub.InitializeAsync()).SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"h"}}""");
        using var wrongType = await client.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""");
        Assert.Equal(1, hub.Host.Runtime.Table.Servers[0].Session.InFlight);
        await client.CallTextAsync("echo");
        using var cancelled = await client.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"h"}}""");
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);

        using var ended = await held.WaitAsync(_limit);
        Assert.Empty(await TestHub.EventsAsync(ended).ToListAsync());
        await TestHub.EventuallyAsync(async () => (await client.CallTextAsync("cancelled")).Length > 0, "the server was told");
        await InFlightAsync(hub, 0);
    }

    [Fact(DisplayName = "4-15 a modern client that closes its connection has cancelled")]
    public async Task Modern_cancel()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        using (var raw = await RawHttp.ConnectAsync(hub.Host.Url))
        {
            await raw.PostAsync(System.Text.Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hold","_meta":{ {{TestHub.ModernMeta}} } } }"""),
                "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: hold\r\n");
            await InFlightAsync(hub, 1);
            // Answered behind it on the same pipe: a call that was never written would be taken back without a word.
            await client.CallTextAsync("echo");
        }

        await InFlightAsync(hub, 0);
        await TestHub.EventuallyAsync(async () => (await client.CallTextAsync("cancelled")).Length > 0, "the server was told");
    }

    [Fact(DisplayName = "3-18 a legacy client that closes its connection has not cancelled")]
    public async Task Legacy_disconnect()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        using (var raw = await RawHttp.ConnectAsync(hub.Host.Url))
        {
            await raw.PostAsync("""{"jsonrpc":"2.0","id":"gone","method":"tools/call","params":{"name":"hold"}}"""u8.ToArray(), $"Mcp-Session-Id: {client.SessionId}\r\n");
            await InFlightAsync(hub, 1);
        }

        // Its id is still taken while it runs. The answer is dropped when it comes.
        Assert.Equal("HUB6114", (await client.AskAsync("tools/call", """{"name":"echo"}""", "\"gone\""))["error"]!["data"]!["hub"]!.GetValue<string>());
        Assert.Equal("1", await client.CallTextAsync("release", """{"atLeast":1}"""));
        Assert.Equal("", await client.CallTextAsync("cancelled"));
        await InFlightAsync(hub, 0);
        Assert.NotNull((await client.AskAsync("tools/call", """{"name":"echo"}""", "\"gone\""))["result"]);
    }

    [Fact(DisplayName = "EN-05 an id in flight is refused and the first call still completes")]
    public async Task Duplicate_id()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var first = client.AskAsync("tools/call", """{"name":"hold"}""", "5");
        await InFlightAsync(hub, 1);

        Assert.Equal(-32600, (await client.AskAsync("tools/call", """{"name":"echo"}""", "5"))["error"]!["code"]!.GetValue<int>());
        Assert.NotNull((await client.AskAsync("tools/call", """{"name":"echo"}""", "\"5\""))["result"]);
        Assert.Equal("1", await client.CallTextAsync("release", """{"atLeast":1}"""));
        Assert.NotNull((await first.WaitAsync(_limit))["result"]);
    }

    [Fact(DisplayName = "0.3 a session has 128 calls in flight; the next is refused with 429 and other sessions are not")]
    public async Task In_flight_limit()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var other = await hub.InitializeAsync();
        var held = Enumerable.Range(0, 128).Select(n => client.AskAsync("tools/call", """{"name":"hold"}""", $"{n}")).ToList();
        await InFlightAsync(hub, 128);

        using var refused = await client.RequestAsync("tools/call", """{"name":"echo"}""", "129");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(2003, (await TestHub.JsonAsync(refused))["error"]!["code"]!.GetValue<int>());

        Assert.Equal("128", await other.CallTextAsync("release", """{"atLeast":128}"""));
        Assert.All(await Task.WhenAll(held).WaitAsync(_limit), answer => Assert.NotNull(answer["result"]));
        Assert.NotNull((await client.AskAsync("tools/call", """{"name":"echo"}""", "130"))["result"]);
    }

    [Fact(DisplayName = "0.3 start: a client that comes first waits for the servers' first connect, not for ever")]
    public async Task Settled()
    {
        await using var host = await HubHost.StartAsync(new HubHostOptions { Servers = [TestHub.Peer("late", "--init-delay", "1000"), TestHub.Peer("early")] }, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = host.Url };
        using var content = new StringContent("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""", System.Text.Encoding.UTF8, "application/json");
        Assert.False(host.Runtime.Settled.IsCompleted);

        using var response = await http.PostAsync("", content).WaitAsync(_limit);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(host.Runtime.Settled.IsCompleted);
        Assert.All(host.Runtime.Table.Servers, server => Assert.NotNull(server.Catalog));
    }

    [Fact(DisplayName = "L-008 what is advertised does not depend on which servers are up")]
    public async Task Stable_capabilities()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer") with { RestartMin = TimeSpan.FromHours(1), RestartMax = TimeSpan.FromHours(1) });
        var client = await hub.InitializeAsync();
        using var before = await hub.ModernAsync("server/discover");
        using var crashed = await client.RequestAsync("tools/call", """{"name":"crash"}""");
        Assert.Equal(2007, (await TestHub.JsonAsync(crashed))["error"]!["code"]!.GetValue<int>());
        await TestHub.EventuallyAsync(() => Task.FromResult(hub.Host.Runtime.Table.Servers[0].State.Phase != McpHub.Actors.Servers.ServerPhase.Ready), "the server is down");

        using var after = await hub.ModernAsync("server/discover");

        Assert.Equal(Capabilities(await TestHub.JsonAsync(before)), Capabilities(await TestHub.JsonAsync(after)));
        Assert.Equal(Capabilities(client.Initialized), Capabilities((await hub.InitializeAsync()).Initialized));

        static string Capabilities(System.Text.Json.Nodes.JsonNode answer) => answer["result"]!["capabilities"]!.ToJsonString();
    }

    [Fact]
    public async Task A_client_that_stops_reading_is_disconnected_after_ten_seconds()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var hub = await TestHub.StartAsync(options => options with { Runtime = options.Runtime with { Time = time } }, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        using var raw = await RawHttp.ConnectAsync(hub.Host.Url, receiveBuffer: 4096);

        // The answer repeats the arguments twice: more than the sockets of both sides hold.
        var pad = new string('x', 1_900_000);
        await raw.PostAsync(System.Text.Encoding.ASCII.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"x":"{{pad}}","y":"{{pad}}"} } }"""), $"Mcp-Session-Id: {client.SessionId}\r\n");
        await TestHub.EventuallyAsync(() => Task.FromResult(raw.Available > 0), "the answer has begun");
        Assert.Equal(1, hub.Host.Requests);

        await TestHub.EventuallyAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(hub.Host.Requests == 0);
        }, "its request has ended");
        Assert.False(await raw.TryReadAsync());
    }

    [Fact]
    public async Task The_whole_hub_has_a_limit_too()
    {
        await using var hub = await TestHub.StartAsync(options => options with { Limits = new DownstreamLimits { Requests = 2 } }, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var held = Enumerable.Range(0, 2).Select(n => client.AskAsync("tools/call", """{"name":"hold"}""", $"{n}")).ToList();
        await InFlightAsync(hub, 2);

        using var refused = await hub.ModernAsync("tools/list");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.Contains("Retry-After"));

        foreach (var n in Enumerable.Range(0, 2))
        {
            using var cancelled = await client.SendAsync($$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{n}} } }""");
        }

        await InFlightAsync(hub, 0);
        await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(held));
    }

    [Fact]
    public async Task Stopping_lets_calls_end_and_admits_no_new_ones()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        using var stream = await client.OpenStreamAsync();
        var running = client.AskAsync("tools/call", """{"name":"slow","arguments":{"ms":1500}}""");
        await InFlightAsync(hub, 1);

        var stopping = hub.Host.StopAsync();
        await TestHub.EventuallyAsync(async () =>
        {
            using var refused = await client.RequestAsync("ping", id: "2");
            if (refused.StatusCode == HttpStatusCode.OK)
            {
                return false;
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal(2006, (await TestHub.JsonAsync(refused))["error"]!["code"]!.GetValue<int>());
            return true;
        }, "new requests are refused");

        Assert.NotNull((await running.WaitAsync(_limit))["result"]);
        Assert.Empty(await TestHub.EventsAsync(stream).ToListAsync());
        await stopping.WaitAsync(_limit);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.RequestAsync("ping"));
        Assert.DoesNotContain(hub.Logs.GetSnapshot(), entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task A_call_that_outlasts_the_drain_is_answered_with_an_error()
    {
        await using var hub = await TestHub.StartAsync(options => options with { Limits = new DownstreamLimits { Drain = TimeSpan.FromMilliseconds(100) } }, TestHub.Peer("peer"));
        var client = await hub.InitializeAsync();
        var held = client.AskAsync("tools/call", """{"name":"hold"}""");
        await InFlightAsync(hub, 1);

        await hub.Host.StopAsync().WaitAsync(_limit);

        Assert.Equal("hub", (await held.WaitAsync(_limit))["error"]!["data"]!["origin"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_start_that_fails_gives_the_port_back()
    {
        var listen = new Uri("http://127.0.0.1:" + FreePort());
        await Assert.ThrowsAnyAsync<Exception>(() => HubHost.StartAsync(new HubHostOptions { Listen = listen, Hocon = "hub.session.tick = nonsense" }, CancellationToken.None));

        await using var hub = await HubHost.StartAsync(new HubHostOptions { Listen = listen }, CancellationToken.None);
        Assert.Equal(listen.Port, hub.Url.Port);
    }

    [Fact]
    public async Task A_taken_port_is_named_and_no_server_is_started()
    {
        await using var hub = await TestHub.StartAsync();
        var opened = 0;
        var server = new McpHub.Actors.Servers.ServerDefinition("s") { OpenTransport = () => { opened++; throw new InvalidOperationException(); } };

        var refused = await Assert.ThrowsAsync<HubException>(() => HubHost.StartAsync(new HubHostOptions { Listen = new Uri($"http://127.0.0.1:{hub.Host.Url.Port}"), Servers = [server] }, CancellationToken.None));

        Assert.Equal("HUB1019", refused.Code);
        Assert.Equal(0, opened);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://192.0.2.1:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://example.com:0")]
    [InlineData("https://127.0.0.1:0")]
    public async Task Only_this_machine_is_listened_on(string url) =>
        Assert.Equal("HUB1015", (await Assert.ThrowsAsync<HubException>(() => HubHost.StartAsync(new HubHostOptions { Listen = new Uri(url) }, CancellationToken.None))).Code);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task InFlightAsync(TestHub hub, int calls) =>
        TestHub.EventuallyAsync(() => Task.FromResult(hub.Host.Runtime.Table.Servers[0].Session.InFlight == calls), $"{calls} calls are in flight");
}
