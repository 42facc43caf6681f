using System.Net;
using System.Net.Sockets;
using McpHub.Protocol.Errors;
using McpHub.Transports.Tests.StreamableHttp;
using McpHub.Transports.WebSocket;

namespace McpHub.Transports.Tests.WebSocket;

public sealed class WebSocketConnectSpec : WebSocketSpec
{
    [Fact(DisplayName = "X-001 Subprotocol mcp is offered and configured headers are in the upgrade")]
    public async Task Subprotocol_and_headers_are_in_the_upgrade()
    {
        await Listen(socket => socket.Drain());
        Connect(new WebSocketTransport(Parameters with { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer t0ken", ["X-Tenant"] = "a b" } }));
        await Say(Request(1));
        await Until(() => !Server.Requests.IsEmpty);
        var upgrade = Assert.Single(Server.Requests);
        Assert.Equal("mcp", upgrade.Header("Sec-WebSocket-Protocol"));
        Assert.Equal("Bearer t0ken", upgrade.Header("Authorization"));
        Assert.Equal("a b", upgrade.Header("X-Tenant"));
    }

    [Theory(DisplayName = "X-006 An upgrade refused with 401 or 403 is an AuthenticationError with the challenge")]
    [InlineData(401, false, AuthenticationFailure.NoCredentials)]
    [InlineData(401, true, AuthenticationFailure.Rejected)]
    [InlineData(403, true, AuthenticationFailure.InsufficientScope)]
    public async Task A_refused_login_is_an_authentication_error(int status, bool withToken, AuthenticationFailure kind)
    {
        await Listen(http =>
        {
            http.Response.Headers.WWWAuthenticate = status == 401 ? "Bearer realm=\"hub\"" : "Bearer error=\"insufficient_scope\", scope=\"read\"";
            return http.Status(status);
        });
        Connect(new WebSocketTransport(withToken ? Parameters with { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer s3cret" } } : Parameters));
        var error = await Assert.ThrowsAsync<AuthenticationError>(Rest);
        Assert.Equal(kind, error.Kind);
        Assert.Equal("Bearer", error.Challenge!.Scheme);
        Assert.Equal(status == 403 ? "read" : null, error.Challenge.Scope);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(status, (await Transport.Closed.WaitAsync(Patience)).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_first_connect_that_fails_is_reported_and_not_tried_again()
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        Connect(new WebSocketTransport(new WebSocketServerParameters(new Uri($"ws://127.0.0.1:{port}/"))));
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(Rest);
        Assert.Equal("HUB2105", error.Code);
        Assert.Equal(Delivery.NotSent, error.Delivery);
        Assert.Equal("HUB2105", (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
    }

    [Fact]
    public async Task Another_status_than_101_says_which()
    {
        await Listen(http => http.Status(404));
        Connect(new WebSocketTransport(Parameters));
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(Rest);
        Assert.Equal(("HUB2106", 404), (error.Code, error.Error.HttpStatus));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task An_upgrade_that_nobody_answers_ends_in_its_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Connect(new WebSocketTransport(new WebSocketServerParameters(new Uri($"ws://{silent.LocalEndpoint}/")), upgradeLimit: TimeSpan.FromMilliseconds(200)));
        Assert.Equal("HUB2105", (await Assert.ThrowsAsync<ServerUnavailableException>(Rest)).Code);
    }

    [Fact]
    public async Task A_server_that_chooses_no_subprotocol_is_reported_and_used()
    {
        await Listen(async socket => await socket.Text(Answer(1)), subprotocol: null);
        Connect(new WebSocketTransport(Parameters));
        Assert.Equal("HUB2121", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        Assert.Equal(Answer(1), await NextText(null));
    }

    [Fact]
    public async Task A_server_that_chooses_no_subprotocol_is_refused_where_it_is_required()
    {
        await Listen(socket => socket.Drain(), subprotocol: null);
        Connect(new WebSocketTransport(Parameters with { RequireSubprotocol = true }));
        Assert.Equal("HUB2121", (await Assert.ThrowsAsync<ServerUnavailableException>(Rest)).Code);
    }

    [Fact]
    public async Task A_server_that_chooses_another_subprotocol_is_refused()
    {
        await using var other = new RawWebSocketServer((socket, _) => socket.ReceiveAsync(new byte[1]), subprotocol: "graphql-ws");
        Connect(new WebSocketTransport(new WebSocketServerParameters(other.Url)));
        Assert.Equal("HUB2107", (await Assert.ThrowsAsync<HubException>(Rest)).Code);
    }

    [Fact]
    public async Task Closing_while_it_connects_ends_without_an_error()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Connect(new WebSocketTransport(new WebSocketServerParameters(new Uri($"ws://{silent.LocalEndpoint}/"))));
        await Transport.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Empty(await Rest());
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task A_second_materialisation_fails()
    {
        await Serve(socket => socket.Drain());
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Akka.Streams.Dsl.Source.FromGraph(Transport.Inbound)
            .RunWith(Akka.Streams.Dsl.Sink.Ignore<FrameBatch>(), Akka.Streams.ActorMaterializerExtensions.Materializer(Sys)).WaitAsync(Patience));
        Assert.Equal("HUB2115", ((HubException)failure.InnerException!).Code);
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("ws://user:password@127.0.0.1/")]
    public void A_URL_that_is_no_WebSocket_URL_is_refused(string url) =>
        Assert.Equal("HUB1001", Assert.Throws<HubException>(() => McpTransports.WebSocket(new WebSocketServerParameters(new Uri(url)))).Code);

    [Fact]
    public void Headers_go_to_another_host_over_wss_only()
    {
        var headers = new Dictionary<string, string> { ["X-Api-Key"] = "k" };
        Assert.Equal("HUB1001", Assert.Throws<HubException>(() => McpTransports.WebSocket(new WebSocketServerParameters(new Uri("ws://example.test/")) { Headers = headers })).Code);
        Assert.NotNull(McpTransports.WebSocket(new WebSocketServerParameters(new Uri("ws://example.test/"))));
        Assert.NotNull(McpTransports.WebSocket(new WebSocketServerParameters(new Uri("wss://example.test/")) { Headers = headers }));
    }
}
