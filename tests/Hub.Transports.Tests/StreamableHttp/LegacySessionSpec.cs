using Akka.Streams;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>Session id, GET stream, DELETE.</summary>
public class LegacySessionSpec : HttpTransportSpec
{
    private static readonly (string, string) Version = ("MCP-Protocol-Version", "2025-11-25");

    private static bool IsInitialize(SeenRequest request) => request.Text.Contains("\"initialize\"", StringComparison.Ordinal);

    /// <summary>A legacy server with a session; the test scripts GET and the rest.</summary>
    private Task ServeLegacy(Func<HttpContext, Task>? get = null, Func<HttpContext, SeenRequest, Task>? other = null, Func<HttpContext, Task>? delete = null) => Serve((http, request) =>
    {
        switch (request.Method)
        {
            case "GET":
                return get?.Invoke(http) ?? http.Status(405);
            case "DELETE":
                return delete?.Invoke(http) ?? http.Status(204);
            case "POST" when IsInitialize(request):
                http.Response.Headers["mcp-session-ID"] = Server.Requests.Count(IsInitialize) == 1 ? "secret-1!~" : "secret-2";
                return http.Json(Answer(1));
            case "POST" when request.Text.Contains("\"id\"", StringComparison.Ordinal):
                return other?.Invoke(http, request) ?? http.Json(Answer(long.Parse(IdOf(request))));
            default:
                return http.Status(202);
        }
    });

    private IEnumerable<SeenRequest> Seen(string method) => Server.Requests.Where(request => request.Method == method);

    [Fact(DisplayName = "E-002 E-003 the session id of initialize is on all later requests, GET and DELETE included, and so is the revision; initialize had neither")]
    public async Task The_session_id_of_initialize_is_sent_on_all_later_requests()
    {
        await ServeLegacy();
        await Handshake();
        await Ask(2, MethodNames.ToolsList, Version);
        await NextText(2);
        await Until(() => Seen("GET").Any());
        await Transport.DisposeAsync();

        Assert.Null(Server.Requests.First().Header("Mcp-Session-Id"));
        Assert.All(Server.Requests.Skip(1), request => Assert.Equal("secret-1!~", request.Header("Mcp-Session-Id")));
        Assert.All(Server.Requests.Skip(1), request => Assert.Equal("2025-11-25", request.Header("MCP-Protocol-Version")));
        Assert.Single(Seen("DELETE"));
    }

    [Fact]
    public async Task A_new_initialize_carries_no_session_id()
    {
        await ServeLegacy();
        await Handshake();
        await Ask(1, MethodNames.Initialize);
        await NextText(1);
        Assert.All(Server.Requests.Where(IsInitialize), request => Assert.Null(request.Header("Mcp-Session-Id")));
    }

    [Theory(DisplayName = "E-023 a session id that is not visible ASCII is refused")]
    [InlineData("with blank")]
    [InlineData("tab\tinside")]
    [InlineData("é")]
    public async Task A_session_id_that_is_not_visible_ASCII_fails_initialize(string id)
    {
        await using var peer = new HostilePeer(socket => HostilePeer.Send(socket, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: {id}\r\nContent-Length: 2\r\n\r\n{{}}"));
        Connect(new StreamableHttpParameters(peer.Url));
        await Ask(1, MethodNames.Initialize);
        Assert.Equal(HubErrors.UpstreamViolation, (await Ended(1)).Error?.Definition);
    }

    [Fact]
    public async Task A_session_id_that_changes_is_ignored_and_reported_once()
    {
        await ServeLegacy(other: (http, request) =>
        {
            http.Response.Headers["Mcp-Session-Id"] = "other";
            return http.Json(Answer(long.Parse(IdOf(request))));
        });
        await Handshake();
        await Ask(2);
        var rejected = await Next<InboundEvent.Rejected>();
        Assert.Equal(HubErrors.UpstreamViolation, rejected.Error.Definition);
        Assert.Null(rejected.Exchange);    // or the session would fail the request for it
        Assert.DoesNotContain("secret", rejected.Error.Message, StringComparison.Ordinal);
        await NextText(2);
        await Ended(2);
        await Ask(3);
        await NextText(3);
        await Ended(3);
        Assert.Equal("secret-1!~", Server.Requests.Last(request => request.Method == "POST").Header("Mcp-Session-Id"));
    }

    [Fact(DisplayName = "E-037 a modern server that returns a session id: no session header, GET or DELETE is ever sent")]
    public async Task Modern_traffic_has_no_session_id_no_GET_and_no_DELETE()
    {
        await Serve((http, request) =>
        {
            http.Response.Headers["Mcp-Session-Id"] = "unasked";
            return http.Json(Answer(long.Parse(IdOf(request))));
        });
        for (var i = 1; i <= 3; i++)
        {
            await Ask(i, MethodNames.ToolsCall, ("MCP-Protocol-Version", "2026-07-28"));
            await NextText(i);
            Assert.Null((await Ended(i)).Error);
        }

        await Transport.DisposeAsync();
        Assert.Equal(3, Server.Requests.Count);
        Assert.All(Server.Requests, request => Assert.Null(request.Header("Mcp-Session-Id")));
    }

    [Fact(DisplayName = "3-8 a 404 in a session: this request was not executed, others go on, and the next initialize opens a new session with a GET stream of its own")]
    public async Task A_404_in_a_session_ends_its_request_only()
    {
        var (slow, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await ServeLegacy(
            get: async http =>
            {
                await http.Events(":\n\n");
                await http.UntilAborted();
            },
            other: async (http, request) =>
            {
                if (IdOf(request) == "2")
                {
                    slow.SetResult();
                    await release.Task;
                    await http.Json(Answer(2));
                    return;
                }

                await http.Json("""{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}""", 404);
            });
        await Handshake();
        await Ask(2);
        await slow.Task.WaitAsync(Patience);
        await Ask(3);
        var lost = (await Ended(3)).Error!;
        Assert.Equal((HubErrors.SessionForgotten, 404, Delivery.NotSent), (lost.Definition, lost.HttpStatus, lost.Delivery));
        await Until(() => Seen("GET").Any()); // It is opened after the handshake, by the way.
        Assert.Single(Seen("GET"));

        await Handshake();
        await Until(() => Seen("GET").Count() == 2);
        Assert.Null(Server.Requests.Last(IsInitialize).Header("Mcp-Session-Id"));
        release.SetResult();
        Assert.Equal(Answer(2), await NextText(2));
        Assert.Null((await Ended(2)).Error);
    }

    [Fact]
    public async Task A_404_without_session_is_only_the_status()
    {
        await Serve((http, request) => IdOf(request) == "1" ? http.Status(404) : http.Json(Answer(2)));
        await Ask(1);
        Assert.Equal(404, (await Ended(1)).Error?.HttpStatus);
        await Ask(2);
        Assert.Equal(Answer(2), await NextText(2));
    }

    [Fact]
    public async Task The_GET_stream_opens_after_initialized_was_taken_and_brings_what_the_server_says_unasked()
    {
        var taken = new TaskCompletionSource();
        var early = false;
        await Serve(async (http, request) =>
        {
            if (request.Method == "GET")
            {
                early |= !taken.Task.IsCompleted;
                await http.Events("data: 1\n\nevent: message\ndata: 2\n\n");
                await http.UntilAborted();
            }
            else if (IsInitialize(request))
            {
                await http.Json(Answer(1));
            }
            else
            {
                taken.SetResult();
                await http.Status(202);
            }
        });
        await Handshake();
        Assert.Equal("1", await NextText(null));
        Assert.Equal("2", await NextText(null));
        Assert.False(early);
        var get = Assert.Single(Seen("GET"));
        Assert.Equal("text/event-stream", get.Header("Accept"));
        Assert.Equal("2025-11-25", get.Header("MCP-Protocol-Version"));
        Assert.Null(get.Header("Mcp-Session-Id"));    // this server has none
        Assert.Null(get.Header("Last-Event-ID"));
    }

    [Fact]
    public async Task A_refused_initialized_opens_no_GET_stream()
    {
        await Serve((http, request) => IsInitialize(request) ? http.Json(Answer(1)) : http.Status(400));
        await Handshake();
        Assert.Equal(400, (await Next<InboundEvent.Rejected>()).Error.HttpStatus);
        await Ask(2);
        Assert.Equal(400, (await Ended(2)).Error?.HttpStatus);
        Assert.Empty(Seen("GET"));
    }

    [Fact(DisplayName = "E-005 a 405 to GET: calls work, and GET is not repeated")]
    public async Task A_405_to_GET_means_no_stream_for_good()
    {
        var asked = 0;
        await ServeLegacy(get: http => http.Status(Interlocked.Increment(ref asked) == 1 ? 405 : 500));
        await Handshake();
        await Until(() => Volatile.Read(ref asked) == 1);
        await Notify(MethodNames.Initialized, Version);
        await Ask(2);
        await NextText(2);
        await Ended(2);
        await Transport.DisposeAsync();
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_GET_stream_that_ends_is_opened_again_where_it_ended()
    {
        var opened = 0;
        await ServeLegacy(get: async http =>
        {
            switch (Interlocked.Increment(ref opened))
            {
                case 1:
                    await http.Events("id: e-1\nretry: 10\ndata: 1\n\nid: e-2\ndata:\n\nid: e-3\ndata: unfinished\n");
                    break;
                case 2:
                    await http.Status(503);
                    break;
                default:
                    await http.Events("data: 2\n\n");
                    await http.UntilAborted();
                    break;
            }
        });
        await Handshake();
        Assert.Equal("1", await NextText(null));
        Assert.Equal(503, (await Next<InboundEvent.Rejected>()).Error.HttpStatus);
        Assert.Equal("2", await NextText(null));
        Assert.Equal([null, "e-2", "e-2"], Seen("GET").Select(request => request.Header("Last-Event-ID")));
    }

    [Fact]
    public async Task A_404_to_GET_ends_nothing()
    {
        await ServeLegacy(get: http => http.Status(404));
        await Handshake();
        Assert.Equal(404, (await Next<InboundEvent.Rejected>()).Error.HttpStatus);
        await Ask(2);
        Assert.Equal(Answer(2), await NextText(2));
    }

    [Theory(DisplayName = "E-017 close ends well whatever DELETE answers")]
    [InlineData(200)]
    [InlineData(202)]
    [InlineData(204)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task Close_aborts_what_runs_then_deletes_the_session(int status)
    {
        var streams = new CountdownEvent(2);
        var gone = 0;
        await ServeLegacy(
            get: async http =>
            {
                streams.Signal();
                await http.Events(":\n\n");
                await http.UntilAborted();
                Interlocked.Increment(ref gone);
            },
            other: async (http, _) =>
            {
                streams.Signal();
                await http.Events(":\n\n");
                await http.UntilAborted();
                Interlocked.Increment(ref gone);
            },
            delete: http => http.Status(status));
        await Handshake();
        await Ask(2);
        await Until(() => streams.IsSet);

        var first = Transport.DisposeAsync().AsTask();
        await Task.WhenAll(first, Transport.DisposeAsync().AsTask()).WaitAsync(TimeSpan.FromSeconds(6));
        Assert.Null((await Transport.Closed).Error);
        var ended = Assert.IsType<InboundEvent.ExchangeEnded>(Assert.Single(await Rest()));
        Assert.Equal((2L, HubErrors.OutcomeUnknown), (ended.Exchange, ended.Error?.Definition));
        await Until(() => Volatile.Read(ref gone) == 2);
        var delete = Assert.Single(Seen("DELETE"));
        Assert.Equal("secret-1!~", delete.Header("Mcp-Session-Id"));
        Assert.Equal("2025-11-25", delete.Header("MCP-Protocol-Version"));
    }

    [Fact]
    public async Task A_failed_DELETE_is_reported_and_close_goes_on()
    {
        await ServeLegacy(delete: http => http.Status(500));
        await Handshake();
        await Until(() => Seen("GET").Any());
        await Transport.DisposeAsync();
        Assert.Null((await Transport.Closed).Error);
        Assert.Contains(await Rest(), happened => happened is InboundEvent.Rejected { Error.HttpStatus: 500 });
    }

    [Fact(DisplayName = "E-017 a DELETE that hangs does not hold the close")]
    public async Task A_server_that_does_not_answer_DELETE_does_not_hold_close()
    {
        await ServeLegacy(delete: http => http.UntilAborted());
        await Handshake();
        await Transport.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(6));
        Assert.Null((await Transport.Closed).Error);
    }

    [Fact]
    public async Task Close_sends_no_DELETE_when_that_is_switched_off()
    {
        await ServeLegacy();
        await Transport.DisposeAsync();
        Connect(new StreamableHttpParameters(Server.Url) { TerminateOnClose = false });
        await Handshake();
        await Transport.DisposeAsync();
        Assert.Empty(Seen("DELETE"));
    }

    [Fact]
    public async Task The_polite_end_of_Outbound_lets_exchanges_end_and_closes()
    {
        var slow = new TaskCompletionSource();
        await ServeLegacy(
            get: async http =>
            {
                await http.Events(":\n\n");
                await http.UntilAborted();
            },
            other: async (http, _) =>
            {
                await slow.Task;
                await http.Json(Answer(2));
            });
        await Handshake();
        await Ask(2);
        EndOutbound();
        slow.SetResult();
        Assert.Equal(Answer(2), await NextText(2));
        Assert.Null((await Ended(2)).Error);
        Assert.Empty(await Rest());
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
        Assert.Single(Seen("DELETE"));
    }

    [Fact]
    public async Task Stopping_the_graphs_stops_the_connection()
    {
        var gone = new TaskCompletionSource();
        await ServeLegacy(other: async (http, _) =>
        {
            await http.Events("data: 1\n\n");
            await http.UntilAborted();
            gone.SetResult();
        });
        await Transport.DisposeAsync();
        await using var transport = McpTransports.StreamableHttp(new StreamableHttpParameters(Server.Url));
        var materializer = ActorMaterializer.Create(Sys);
        var inbound = transport.Inbound.RunWith(Sink.Queue<FrameBatch>(), materializer);
        var outbound = Source.Queue<OutboundFrame>(16, OverflowStrategy.Backpressure).To(transport.Outbound).Run(materializer);
        await outbound.OfferAsync(Request(1, MethodNames.Initialize));
        await inbound.PullAsync();
        await outbound.OfferAsync(Request(2));
        await inbound.PullAsync();

        materializer.Shutdown();
        Assert.Null((await transport.Closed.WaitAsync(Patience)).Error);
        await gone.Task.WaitAsync(Patience);
        Assert.Single(Seen("DELETE"));
    }

    [Fact(DisplayName = "3-13 a response that ends early is asked for again from its last event, and what comes there belongs to the request")]
    public async Task A_response_that_ends_early_is_resumed()
    {
        var resumed = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeLegacy(
            get: async http =>
            {
                if (http.Request.Headers["Last-Event-ID"].Count == 0)
                {
                    await http.Status(405);
                    return;
                }

                resumed.TrySetResult(http.Request.Headers["Last-Event-ID"]);
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync($"id: e-2\ndata: {Answer(2)}\n\n");
            },
            other: async (http, _) =>
            {
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("id: e-1\nretry: 10\ndata: \n\n");
            });
        await Handshake();
        await Ask(2, MethodNames.ToolsCall, Version);

        Assert.Equal(Answer(2), await NextText(2));
        Assert.Null((await Ended(2)).Error);
        Assert.Equal("e-1", await resumed.Task);
        Assert.Single(Seen("POST"), request => request.Text.Contains("tools/call", StringComparison.Ordinal));
    }

    [Fact(DisplayName = "3-14 a response that has delivered its answer is not resumed")]
    public async Task An_answered_response_is_not_resumed()
    {
        await ServeLegacy(other: async (http, _) =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync($"id: e-1\nretry: 10\ndata: {Answer(2)}\n\n");
        });
        await Handshake();
        await Ask(2, MethodNames.ToolsCall, Version);

        await NextText(2);
        Assert.Null((await Ended(2)).Error);
        Assert.DoesNotContain(Seen("GET"), request => request.Header("Last-Event-ID") is not null);
    }

    [Fact(DisplayName = "3-13 a server that refuses to go on ends the request, outcome unknown")]
    public async Task A_refused_resumption_ends_the_request()
    {
        await ServeLegacy(other: async (http, _) =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("id: e-1\nretry: 10\ndata: \n\n");
        });
        await Handshake();
        await Ask(2, MethodNames.ToolsCall, Version);

        var error = (await Ended(2)).Error!;
        Assert.Equal((HubErrors.OutcomeUnknown, Delivery.Unknown), (error.Definition, error.Delivery));
        Assert.Equal("e-1", Assert.Single(Seen("GET"), request => request.Header("Last-Event-ID") is not null).Header("Last-Event-ID"));
    }

    [Fact(DisplayName = "a request that waits to go on with its response ends at once when it is given up")]
    public async Task A_waiting_resumption_can_be_given_up()
    {
        await ServeLegacy(other: async (http, _) =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("id: e-1\nretry: 600000\ndata: \n\n");
        });
        await Handshake();
        await Ask(2, MethodNames.ToolsCall, Version);
        await Until(() => Seen("POST").Any(request => request.Text.Contains("tools/call", StringComparison.Ordinal)));

        await Say(new OutboundFrame.Abort(2));

        Assert.Null((await Ended(2)).Error);
    }
}
