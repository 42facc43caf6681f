using System.Text;
using Akka.TestKit;
using McpHub.Protocol.Revisions;
using McpHub.Transports.Sse;
using McpHub.Transports.Tests.StreamableHttp;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace McpHub.Transports.Tests.Sse;

/// <summary>HTTP+SSE between a server of Kestrel and the test.</summary>
public abstract class SseServerSpec(string config = "akka.loglevel = WARNING") : TransportSpec(config)
{
    protected ScriptedHttpServer Server { get; set; } = null!;

    protected SseServerParameters Parameters => new(new Uri(Server.Url, "/sse")) { Name = "peer" };

    protected IEnumerable<SeenRequest> Posts => Server.Requests.Where(request => request.Method == "POST");

    /// <summary>A server whose stream begins with <paramref name="first"/> and stays open; <paramref name="post"/> says what a POST gets, with the stream to answer on.</summary>
    protected async Task Serve(string first, Func<HttpContext, SeenRequest, HttpContext, Task>? post = null)
    {
        HttpContext? stream = null;
        Server = Using(await ScriptedHttpServer.StartAsync(async (http, request) =>
        {
            if (request.Method == "GET")
            {
                stream = http;
                await http.Events(first);
                await http.UntilAborted();
            }
            else if (post is not null)
            {
                await post(http, request, stream!);
            }
            else
            {
                http.Response.StatusCode = 202;
                await stream!.Events($"event: message\ndata: {request.Text}\n\n");
            }
        }));
    }

    protected static Task Endpoint(HttpContext http, string endpoint) => http.Events($"event: endpoint\ndata: {endpoint}\n\n");

    protected static string Text(OutboundFrame.Message message) => Encoding.UTF8.GetString(message.Utf8.Span);
}

public sealed class SseConnectSpec : SseServerSpec
{
    [Theory(DisplayName = "D-001 Messages go to the endpoint that the stream names, relative to its URL")]
    [InlineData("/messages?session=1", "/messages")]
    [InlineData("messages/?session=1", "/messages/")]
    [InlineData("?session=1", "/sse")]
    public async Task A_relative_endpoint_is_resolved(string endpoint, string path)
    {
        await Serve($"event: endpoint\ndata: {endpoint}\n\n");
        Connect(new SseTransport(Parameters with { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer t" } }));
        await Ask(1);
        Assert.Equal(Text(Request(1)), await NextText(null));
        var post = Assert.Single(Posts);
        Assert.Equal(path, post.Path);
        Assert.Equal("application/json", post.Header("Content-Type"));
        Assert.All(Server.Requests, request => Assert.Equal("Bearer t", request.Header("Authorization")));
        Assert.Equal("text/event-stream", Server.Requests.First().Header("Accept"));
    }

    [Fact(DisplayName = "D-002 An absolute endpoint of the same origin works")]
    public async Task An_absolute_endpoint_of_the_same_origin_works()
    {
        Uri? url = null;
        Server = Using(await ScriptedHttpServer.StartAsync(async (http, request) =>
        {
            if (request.Method == "GET")
            {
                await Endpoint(http, new Uri(url!, "/elsewhere").AbsoluteUri);
                await http.UntilAborted();
            }
            else
            {
                http.Response.StatusCode = 202;
            }
        }));
        url = Server.Url;
        Connect(new SseTransport(Parameters));
        await Ask(1);
        await Until(() => Posts.Any());
        Assert.Equal("/elsewhere", Posts.Single().Path);
    }

    [Theory(DisplayName = "D-003 An endpoint of another port, scheme or host fails the connect, and nothing is sent there")]
    [InlineData("port")]
    [InlineData("scheme")]
    [InlineData("host")]
    [InlineData("user")]
    public async Task An_endpoint_of_another_origin_is_refused(string other)
    {
        await using var thief = await ScriptedHttpServer.StartAsync((http, _) => http.Status(202));
        Uri? url = null;
        Server = Using(await ScriptedHttpServer.StartAsync(async (http, _) =>
        {
            await Endpoint(http, other switch
            {
                "port" => thief.Url.AbsoluteUri,
                "scheme" => new UriBuilder(url!) { Scheme = "https" }.Uri.AbsoluteUri,
                "user" => new UriBuilder(url!) { UserName = "a", Password = "b" }.Uri.AbsoluteUri,
                _ => new UriBuilder(thief.Url) { Host = "localhost", Port = url!.Port }.Uri.AbsoluteUri,
            });
            await http.UntilAborted();
        }));
        url = Server.Url;
        Connect(new SseTransport(Parameters with { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer s3cret" } }));
        var offered = Say(Request(1));
        var error = await Assert.ThrowsAnyAsync<HubException>(Rest);
        Assert.Equal(other == "user" ? "HUB2107" : "HUB2122", error.Code);
        Assert.Empty(thief.Requests);
        Assert.Empty(Posts);
        await offered;
    }

    [Fact]
    public async Task An_origin_that_is_allowed_gets_the_messages()
    {
        await using var other = await ScriptedHttpServer.StartAsync((http, _) => http.Status(202));
        await Serve($"event: endpoint\ndata: {other.Url}\n\n");
        Connect(new SseTransport(Parameters with { AllowedOrigins = [other.Url] }));
        await Ask(1);
        await Until(() => !other.Requests.IsEmpty);
    }

    [Theory(DisplayName = "D-004 With messageUrl the configured URL is used, whatever prefix the server names; the session in its query is kept")]
    [InlineData("", "?session=7")]
    [InlineData("?mine=1", "?mine=1")]
    public async Task A_message_URL_replaces_the_endpoint(string query, string expected)
    {
        var asked = "";
        await Serve("event: endpoint\ndata: http://internal.example:9/wrong/messages?session=7\n\n", (http, _, _) =>
        {
            asked = http.Request.QueryString.Value;
            return http.Status(202);
        });
        Connect(new SseTransport(Parameters with { MessageUrl = new Uri(Server.Url, "/right/messages" + query) }));
        await Ask(1);
        await Until(() => Posts.Any());
        Assert.Equal("/right/messages", Posts.Single().Path);
        await Until(() => asked.Length > 0);
        Assert.Equal(expected, asked);
    }

    [Fact(DisplayName = "D-005 Comments, empty data and unknown events deliver nothing, several data lines are one message")]
    public async Task Only_messages_are_delivered()
    {
        await Serve("\uFEFF: hello\nretry: 100\nevent: endpoint\ndata: /m\n\ndata:\n\nevent: ping\ndata: 1\n\n: still here\n\nevent: message\ndata: {\"a\":\ndata: 1}\n\nid: 5\ndata: 2\r\n\r\nevent: endpoint\ndata: /other\n\ndata: 3\n\n");
        Connect(new SseTransport(Parameters));
        Assert.Equal("{\"a\":\n1}", await NextText(null));
        Assert.Equal("2", await NextText(null));
        Assert.Equal("HUB2107", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        Assert.Equal("3", await NextText(null));
        await Ask(1);
        await NextText(null);
        Assert.Equal("/m", Posts.Single().Path);
    }

    [Theory]
    [InlineData(401, "HUB3101")]
    [InlineData(404, "HUB2106")]
    [InlineData(500, "HUB2106")]
    public async Task A_stream_that_is_refused_says_why(int status, string code)
    {
        Server = Using(await ScriptedHttpServer.StartAsync((http, _) => http.Status(status)));
        Connect(new SseTransport(Parameters));
        var error = await Assert.ThrowsAnyAsync<HubException>(Rest);
        Assert.Equal((code, status), (error.Code, error.Error.HttpStatus));
        Assert.Equal(status == 401, error is AuthenticationError);
        Assert.Equal(code, (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
    }

    [Fact]
    public async Task Something_else_than_events_is_refused()
    {
        Server = Using(await ScriptedHttpServer.StartAsync((http, _) => http.Json("{}")));
        Connect(new SseTransport(Parameters));
        Assert.Equal("HUB2107", (await Assert.ThrowsAnyAsync<HubException>(Rest)).Code);
    }

    [Theory]
    [InlineData("ws://127.0.0.1/", null)]
    [InlineData("http://127.0.0.1/", "ftp://127.0.0.1/")]
    [InlineData("http://127.0.0.1/", "http://u:p@127.0.0.1/")]
    public void URLs_that_cannot_be_used_are_refused(string url, string? messageUrl) => Assert.Equal("HUB1001",
        Assert.Throws<HubException>(() => McpTransports.Sse(new SseServerParameters(new Uri(url)) { MessageUrl = messageUrl is null ? null : new Uri(messageUrl) })).Code);

    [Fact]
    public void The_era_of_today_cannot_be_pinned() =>
        Assert.Equal("HUB1001", Assert.Throws<HubException>(() => McpTransports.Sse(new SseServerParameters(new Uri("http://127.0.0.1/")) { Era = Era.Modern })).Code);
}

public sealed class SseExchangeSpec : SseServerSpec
{
    [Theory(DisplayName = "D-006 A POST answered 401 or 500 ends its call with the status, and the next call works")]
    [InlineData(401)]
    [InlineData(500)]
    public async Task A_refused_POST_ends_its_call_only(int status)
    {
        await Serve("event: endpoint\ndata: /m\n\n", async (http, request, stream) =>
        {
            if (IdOf(request) == "1")
            {
                http.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
                http.Response.StatusCode = status;
                await http.Response.WriteAsync("no\u0007t so");
                return;
            }

            http.Response.StatusCode = 202;
            await stream.Events($"data: {Answer(2)}\n\n");
        });
        Connect(new SseTransport(Parameters));
        await Ask(1);
        var refused = await Next<InboundEvent.Rejected>();
        Assert.Equal(1, refused.Exchange);
        Assert.Equal(status, refused.Error.HttpStatus);
        Assert.Equal(Delivery.Answered, refused.Error.Delivery);
        if (status == 401)
        {
            Assert.Equal("invalid_token", Assert.IsType<AuthenticationError>(HubException.From(refused.Error)).Challenge!.Error);
        }

        await Ask(2);
        Assert.Equal(Answer(2), await NextText(null));
    }

    [Fact]
    public async Task A_POST_that_breaks_ends_its_call_as_unknown()
    {
        await Serve("event: endpoint\ndata: /m\n\n", (http, _, _) =>
        {
            http.Abort();
            return Task.CompletedTask;
        });
        Connect(new SseTransport(Parameters));
        await Ask(1);
        var refused = await Next<InboundEvent.Rejected>();
        Assert.Equal((1L, "HUB2111", Delivery.Unknown), (refused.Exchange!.Value, refused.Error.Definition.Code, refused.Error.Delivery));
    }

    [Fact]
    public async Task Nothing_is_posted_before_the_endpoint_is_known_nor_past_a_running_handshake()
    {
        var goOn = new TaskCompletionSource();
        var accept = new TaskCompletionSource();
        Server = Using(await ScriptedHttpServer.StartAsync(async (http, request) =>
        {
            if (request.Method == "GET")
            {
                await http.Events(": wait\n\n");
                await goOn.Task;
                await Endpoint(http, "/m");
                await http.UntilAborted();
                return;
            }

            if (request.Text.Contains("initialized", StringComparison.Ordinal))
            {
                await accept.Task;
            }

            http.Response.StatusCode = 202;
        }));
        Connect(new SseTransport(Parameters));
        var first = Request(1, MethodNames.Initialize);
        await Say(first);
        await Until(() => !Server.Requests.IsEmpty);
        Assert.False(first.HasBegun);
        Assert.True(Request(9).TryWithdraw());
        goOn.SetResult();
        await Until(() => Posts.Count() == 1);
        await Notify(MethodNames.Initialized);
        var next = Request(2);
        await Say(next);
        await Until(() => Posts.Count() == 2);
        Assert.False(next.HasBegun);
        accept.SetResult();
        await Until(() => Posts.Count() == 3);
    }

    [Fact]
    public async Task A_POST_that_takes_long_holds_no_other_back()
    {
        await Serve("event: endpoint\ndata: /m\n\n", async (http, request, stream) =>
        {
            if (IdOf(request) == "1")
            {
                await http.UntilAborted();
                return;
            }

            http.Response.StatusCode = 202;
            await stream.Events($"data: {Answer(2)}\n\n");
        });
        Connect(new SseTransport(Parameters));
        await Ask(1);
        await Ask(2);
        Assert.Equal(Answer(2), await NextText(null));
        await Transport.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
    }

    [Fact(DisplayName = "D-007 The end of the stream is the end of the connection: what came before it is delivered, the reason is said")]
    public async Task The_end_of_the_stream_is_a_loss()
    {
        Server = Using(await ScriptedHttpServer.StartAsync((http, _) => http.Events("event: endpoint\ndata: /m\n\ndata: 1\n\ndata: cut off")));
        Connect(new SseTransport(Parameters));
        Assert.Equal("1", await NextText(null));
        Assert.Equal("HUB2110", (await Assert.ThrowsAnyAsync<HubException>(Rest)).Code);
        Assert.Equal("HUB2110", (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
    }
}

/// <summary>In virtual time.</summary>
public sealed class SseTimerSpec() : SseServerSpec("""akka { loglevel = WARNING, scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" }""")
{
    private readonly FakeTimeProvider _time = new();

    private void Advance(TimeSpan by)
    {
        _time.Advance(by);
        ((TestScheduler)Sys.Scheduler).Advance(by);
    }

    [Fact(DisplayName = "D-008 Without an endpoint event the connect fails after 30 s")]
    public async Task Without_an_endpoint_the_connect_fails_after_30_seconds()
    {
        await Serve(": nothing\n\ndata: 1\n\n");
        Connect(new SseTransport(Parameters, _time));
        Assert.Equal("1", await NextText(null));
        Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(Transport.Closed.IsCompleted);
        Advance(TimeSpan.FromSeconds(0.2));
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(Rest);
        Assert.Equal("HUB2105", error.Code);
        Assert.Contains("30 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_silent_for_longer_than_the_read_timeout_is_lost_but_a_comment_is_life()
    {
        HttpContext? stream = null;
        Server = Using(await ScriptedHttpServer.StartAsync(async (http, _) =>
        {
            stream = http;
            await http.Events("event: endpoint\ndata: /m\n\ndata: 1\n\n");
            await http.UntilAborted();
        }));
        Connect(new SseTransport(Parameters with { ReadTimeout = TimeSpan.FromSeconds(300) }, _time));
        await NextText(null);
        Advance(TimeSpan.FromSeconds(250));
        await stream!.Events(": alive\n\ndata: 2\n\n");
        await NextText(null);
        Advance(TimeSpan.FromSeconds(250));
        await stream!.Events("data: 3\n\n");
        await NextText(null);
        Advance(TimeSpan.FromSeconds(306));
        Assert.Equal("HUB2110", (await Assert.ThrowsAnyAsync<HubException>(Rest)).Code);
    }
}
