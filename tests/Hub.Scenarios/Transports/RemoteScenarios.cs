using System.Net.WebSockets;
using System.Text;
using McpHub.Scenarios.Groups;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Transports;

/// <summary>Sessions and groups over HTTP+SSE and WebSocket, in front of a real socket.</summary>
public sealed class RemoteScenarios(ITestOutputHelper output) : GroupScenario(output)
{
    private static ServerParameters Parameters(string transport, RemotePeer peer, IReadOnlyDictionary<string, string>? headers = null) => transport switch
    {
        "sse" => new SseServerParameters(peer.Url("/sse")) { Name = "remote", Headers = headers ?? new Dictionary<string, string>() },
        "ws" => new WebSocketServerParameters(peer.Url("/ws", "ws")) { Name = "remote", Headers = headers ?? new Dictionary<string, string>() },
        _ => new StreamableHttpParameters(peer.Url("/sse")) { Name = "remote", Headers = headers ?? new Dictionary<string, string>() },
    };

    private static async Task<string> EchoAsync(ClientSession session, string text) =>
        (string)JObject.Parse(TextOf(await session.CallToolAsync("echo", new { text }).WaitAsync(Patience)))["text"]!;

    private static async Task<string> EchoOnceReadyAsync(ClientSession session, string text)
    {
        while (true)
        {
            try
            {
                return await EchoAsync(session, text);
            }
            catch (ServerUnavailableException)
            {
                await Task.Delay(20);
            }
        }
    }

    [Theory(DisplayName = "A-006 SSE and WebSocket parameters: their transport is used, with exactly their url and headers, by a session and by a group")]
    [InlineData("sse", "GET /sse")]
    [InlineData("ws", "GET /ws")]
    public async Task Each_parameter_class_uses_its_transport(string transport, string first)
    {
        await using var peer = await RemotePeer.StartAsync();
        var parameters = Parameters(transport, peer, new Dictionary<string, string> { ["Authorization"] = "Bearer t", ["X-Tenant"] = "acme" });
        await using (var session = await ClientSession.ConnectAsync(parameters).WaitAsync(Patience))
        {
            Assert.Equal("remote", session.ServerInfo!.Name);
            Assert.Equal("x", await EchoAsync(session, "x"));
        }

        var group = NewGroup();
        await group.ConnectToServerAsync(parameters).WaitAsync(Patience);
        Assert.Contains("echo", group.Tools.Keys);
        Assert.Equal("{\"a\":1}", TextOf(await group.CallToolAsync("echo", new JObject { ["a"] = 1 }).WaitAsync(Patience)));

        Assert.Equal(first, peer.Requests.First().Request);
        Assert.All(peer.Requests, request => Assert.Equal(("Bearer t", "acme"), (request.Authorization, request.Tenant)));
        Assert.Equal(2, peer.Connections.Count);
    }

    [Theory(DisplayName = "X-006 A server that asks for credentials: AuthenticationError, at the connect and nowhere later")]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task A_refused_login_is_an_authentication_error(string transport)
    {
        await using var peer = await RemotePeer.StartAsync();
        peer.Refuses = 401;
        var error = await Assert.ThrowsAsync<AuthenticationError>(() => ClientSession.ConnectAsync(Parameters(transport, peer)).WaitAsync(Patience));
        Assert.Equal((AuthenticationFailure.NoCredentials, "Bearer", "remote"), (error.Kind, error.Challenge!.Scheme, error.ServerId));
        // A connection that never came about says nothing about the era: it is not dialled again for that.
        Assert.Single(peer.Requests);
    }

    [Fact(DisplayName = "D-006 A POST that is refused ends its call with the status, and the next call works")]
    public async Task A_refused_POST_ends_its_call()
    {
        await using var peer = await RemotePeer.StartAsync();
        await using var session = await ClientSession.ConnectAsync(Parameters("sse", peer)).WaitAsync(Patience);
        var error = await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("refuse").WaitAsync(Patience));
        Assert.Equal(("HUB2106", 500), (error.Code, error.Error.HttpStatus));
        Assert.Equal("after", await EchoAsync(session, "after"));
        Assert.Single(peer.Connections);
    }

    [Fact(DisplayName = "D-007 The stream ends with a call pending: the call fails, a new GET and a new handshake restore the service")]
    public async Task The_end_of_the_stream_is_made_good()
    {
        await using var peer = await RemotePeer.StartAsync();
        var group = NewGroup();
        var session = await group.ConnectToServerAsync(Parameters("sse", peer)).WaitAsync(Patience);
        var held = session.CallToolAsync("hold");
        var first = peer.Connections.Single();
        await UntilAsync(() => Assert.Contains(first.Heard, message => (string?)message["params"]?["name"] == "hold"));
        first.End();
        var lost = await Assert.ThrowsAnyAsync<HubException>(() => held.WaitAsync(Patience));
        Assert.Equal(("HUB2111", Delivery.Unknown), (lost.Code, lost.Delivery));
        await UntilAsync(() => Assert.Equal(2, peer.Connections.Count));
        Assert.Equal("again", await EchoOnceReadyAsync(session, "again").WaitAsync(Patience));
        var second = peer.Connections.Last();
        Assert.Equal("initialize", second.Methods.First());
        Assert.DoesNotContain(second.Heard, message => (string?)message["params"]?["name"] == "hold");
    }

    [Fact(DisplayName = "D-009 A URL that answers POST with 405 and offers SSE on GET: SSE is used, and the next connect knows")]
    public async Task A_URL_of_the_older_transport_is_found_by_itself()
    {
        await using var peer = await RemotePeer.StartAsync();
        await using (var session = await ClientSession.ConnectAsync(Parameters("http", peer)).WaitAsync(Patience))
        {
            Assert.Equal((Era.Legacy, "2024-11-05"), (session.Era, session.ProtocolVersion));
            Assert.Equal("x", await EchoAsync(session, "x"));
        }

        // Kestrel answers the two POSTs, the probe's and the handshake's, with 405 by itself; the script sees the GET.
        Assert.Equal("GET /sse", peer.Requests.First().Request);
        var seen = peer.Requests.Count;
        await using var again = await ClientSession.ConnectAsync(Parameters("http", peer)).WaitAsync(Patience);
        Assert.Equal("y", await EchoAsync(again, "y"));
        Assert.Equal("GET /sse", peer.Requests.Skip(seen).First().Request);
    }

    [Fact]
    public async Task A_URL_that_is_no_MCP_endpoint_at_all_says_what_the_POST_was_answered()
    {
        await using var peer = await RemotePeer.StartAsync();
        var error = await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(new StreamableHttpParameters(peer.Url("/nothing"))).WaitAsync(Patience));
        Assert.Equal(("HUB2106", 404), (error.Code, error.Error.HttpStatus));
        Assert.Contains("HTTP+SSE was tried as well", error.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "X-003 After a silence the call goes over the same socket")]
    public async Task Silence_is_no_loss()
    {
        await using var peer = await RemotePeer.StartAsync();
        await using var session = await ClientSession.ConnectAsync(Parameters("ws", peer)).WaitAsync(Patience);
        Assert.Equal("1", await EchoAsync(session, "1"));
        if (Environment.GetEnvironmentVariable("HUB_LONG") == "1")
        {
            await Task.Delay(TimeSpan.FromSeconds(150));
        }

        Assert.Equal("2", await EchoAsync(session, "2"));
        Assert.Single(peer.Requests);
    }

    [Fact(DisplayName = "X-004 A binary frame and a broken text frame: the session goes on")]
    public async Task Garbage_does_not_end_the_session()
    {
        await using var peer = await RemotePeer.StartAsync();
        peer.Greets = async socket =>
        {
            await socket.SendAsync(new byte[] { 0xFF, 0 }, WebSocketMessageType.Binary, true, default);
            await socket.SendAsync(Encoding.UTF8.GetBytes("{\"jsonrpc\":"), WebSocketMessageType.Text, true, default);
        };
        await using var session = await ClientSession.ConnectAsync(Parameters("ws", peer)).WaitAsync(Patience);
        Assert.Equal("x", await EchoAsync(session, "x"));
        Assert.Single(peer.Requests);
    }

    [Fact(DisplayName = "X-005 The socket drops with one call sent and one queued: the sent one is unknown and not replayed, initialize comes first on the new socket, before the queued one")]
    public async Task Nothing_is_sent_twice_nor_ahead_of_the_handshake()
    {
        await using var peer = await RemotePeer.StartAsync();
        peer.StopsReadingLarge = true;
        var group = NewGroup();
        var session = await group.ConnectToServerAsync(Parameters("ws", peer)).WaitAsync(Patience);
        var first = peer.Connections.Single();
        // More than the sockets take in while nobody reads: the first is begun, and nothing gets past the last.
        var large = Enumerable.Range(0, 8).Select(n => session.CallToolAsync("echo", new { n, text = new string('x', 3_900_000) })).ToArray();
        await first.StoppedReading.Task.WaitAsync(Patience);
        var queued = session.CallToolAsync("echo", new { text = "queued" });
        await UntilAsync(() => Assert.Equal(9, session.InFlight));
        first.Abort();
        var lost = await Assert.ThrowsAnyAsync<HubException>(() => large[0].WaitAsync(Patience));
        Assert.Equal(("HUB2111", Delivery.Unknown), (lost.Code, lost.Delivery));

        // Contract 0.3: provably unwritten, so it waits for the next connection; what comes while there is none ends at once (docs/decisions/0052).
        Assert.Equal("queued", (string)JObject.Parse(TextOf(await queued.WaitAsync(Patience)))["text"]!);
        await Task.WhenAny(Task.WhenAll(large), Task.Delay(Patience));
        Assert.All(large, call => Assert.True(call.IsCompletedSuccessfully || call.Exception!.InnerException is HubException { Delivery: Delivery.Unknown }));
        var second = peer.Connections.Last();
        Assert.Equal(2, peer.Connections.Count);
        Assert.Equal(["initialize", "notifications/initialized"], second.Methods.Take(2));
        Assert.Equal(1 + large.Count(call => call.IsCompletedSuccessfully), second.Heard.Count(message => (string?)message["method"] == "tools/call"));
        Assert.DoesNotContain(second.Heard, message => (int?)message["params"]?["arguments"]?["n"] == 0);
    }

    [Theory(DisplayName = "X-007 Close 1000 is a normal end, 1011 a loss")]
    [InlineData(1000, null)]
    [InlineData(1011, "HUB2110")]
    public async Task Close_codes_are_told_apart(int code, string? error)
    {
        await using var peer = await RemotePeer.StartAsync();
        peer.Hears = async (_, socket, message) =>
        {
            if ((string?)message["params"]?["name"] != "echo")
            {
                return false;
            }

            await socket.CloseOutputAsync((WebSocketCloseStatus)code, "done", default);
            return true;
        };
        await using var session = await ClientSession.ConnectAsync(Parameters("ws", peer)).WaitAsync(Patience);
        var call = await Assert.ThrowsAnyAsync<HubException>(() => EchoAsync(session, "x"));
        Assert.Equal(Delivery.Unknown, call.Delivery);
        var closed = await session.Completion.WaitAsync(Patience);
        Assert.Equal(code, closed.CloseCode);
        Assert.Equal(error, closed.Error?.Code);
    }
}
