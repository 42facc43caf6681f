using System.Text;
using McpHub.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>What the answers to a POST become.</summary>
public class AnswerSpec : HttpTransportSpec
{
    [Fact]
    public async Task A_message_is_one_POST_with_its_bytes_and_the_two_accepted_types()
    {
        await Serve((http, request) => http.Json(Answer(7)));
        await Ask(7, "tools/call", ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "echo"));
        Assert.Equal(Answer(7), await NextText(7));
        Assert.Null((await Ended(7)).Error);

        var seen = Assert.Single(Server.Requests);
        Assert.Equal(("POST", "/mcp"), (seen.Method, seen.Path));
        Assert.Equal("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{} }""", seen.Text);
        Assert.Equal("application/json", seen.Header("Content-Type"));
        Assert.Equal("application/json, text/event-stream", seen.Header("Accept"));
        Assert.Equal("2026-07-28", seen.Header("MCP-Protocol-Version"));
        Assert.Equal("tools/call", seen.Header("Mcp-Method"));
        Assert.Equal("echo", seen.Header("Mcp-Name"));
        Assert.Null(seen.Header("Mcp-Session-Id"));
        Assert.Null(seen.Header("traceparent"));
        Assert.Null(seen.Header("Transfer-Encoding"));
    }

    public static TheoryData<string> Bodies => new()
    {
        """{"jsonrpc":"2.0","id":1,"result":{"n":[1.0,1E5,1e400,0.1000,12345678901234567890,-0]}}""",
        """{ "result" : {"s":"\u00e9\/\ud800 \u0000 é 😀"} , "id":1,"unknown":[ ],"jsonrpc":"2.0" }""",
        "{\"jsonrpc\":\"2.0\",\r\n\t\"id\":1,\n\"result\":{}}\n",
    };

    [Theory(DisplayName = "E-004 a JSON answer arrives, byte for byte")]
    [MemberData(nameof(Bodies))]
    public async Task A_JSON_body_arrives_byte_for_byte(string body)
    {
        await Serve((http, request) => http.Json(body));
        await Ask(1);
        Assert.Equal(body, await NextText(1));
        Assert.Null((await Ended(1)).Error);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task The_hubs_own_message_leaves_byte_for_byte(string body)
    {
        await Serve((http, request) => http.Json(request.Body));
        await Say(new OutboundFrame.Message(Encoding.UTF8.GetBytes(body), 1, "tools/call", []));
        Assert.Equal(body, await NextText(1));
    }

    [Fact]
    public async Task A_JSON_body_without_length_arrives_whole()
    {
        var body = Answer(1) + new string(' ', 300_000);
        await Serve(async (http, request) =>
        {
            http.Response.ContentType = "application/json; charset=utf-8";
            foreach (var piece in body.Chunk(70_000))
            {
                await http.Response.WriteAsync(new string(piece));
                await http.Response.Body.FlushAsync();
            }
        });
        await Ask(1);
        Assert.Equal(body, await NextText(1));
        Assert.Null((await Ended(1)).Error);
    }

    [Fact(DisplayName = "E-004 an answer as events arrives, in order")]
    public async Task The_events_of_a_response_arrive_in_order_before_its_end()
    {
        await Serve(async (http, request) =>
        {
            await http.Events(":hello\n\nid: 1\ndata:\n\n");
            for (var i = 0; i < 200; i++)
            {
                await http.Events(i % 2 == 0 ? $"event: message\r\ndata: {i}\r\n\r\n" : $"data: {i}\n\n");
            }

            await http.Events("event: other\ndata: not for us\n\ndata: [1,\ndata: 1E5]\n\ndata: unfinished\n");
        });
        await Ask(3);
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal($"{i}", await NextText(3));
        }

        Assert.Equal("[1,\n1E5]", await NextText(3));
        Assert.Null((await Ended(3)).Error);
    }

    [Fact]
    public async Task Events_arrive_while_the_response_is_still_open()
    {
        var finish = new TaskCompletionSource();
        await Serve(async (http, request) =>
        {
            await http.Events("data: 1\n\n");
            await finish.Task;
            await http.Events("data: 2\n\n");
        });
        await Ask(1);
        Assert.Equal("1", await NextText(1));
        finish.SetResult();
        Assert.Equal("2", await NextText(1));
        Assert.Null((await Ended(1)).Error);
    }

    [Fact(DisplayName = "E-006 a request that is answered 202 fails at once")]
    public async Task A_202_to_a_request_fails_it()
    {
        await Serve((http, request) => http.Status(202));
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal(HubErrors.UpstreamViolation, error.Definition);
        Assert.Equal(Delivery.Unknown, error.Delivery);
    }

    [Theory(DisplayName = "E-007 text/html or broken JSON as an answer is a prompt typed error")]
    [InlineData("text/html", "<html></html>")]
    [InlineData(null, "{}")]
    [InlineData("application/json", "")]
    public async Task An_answer_that_is_no_message_is_a_violation(string? contentType, string body)
    {
        await Serve(async (http, request) =>
        {
            http.Response.ContentType = contentType;
            await http.Response.WriteAsync(body);
        });
        await Ask(1);
        Assert.Equal(HubErrors.UpstreamViolation, (await Ended(1)).Error?.Definition);
    }

    [Fact]
    public async Task A_compressed_answer_is_a_violation()
    {
        await Serve((http, request) =>
        {
            http.Response.Headers.ContentEncoding = "gzip";
            return http.Json("x");
        });
        await Ask(1);
        Assert.Equal(HubErrors.UpstreamViolation, (await Ended(1)).Error?.Definition);
    }

    [Theory(DisplayName = "E-008 the JSON-RPC error of a body comes before the status")]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_JSON_RPC_error_body_comes_before_the_status(int status)
    {
        const string Body = """  {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"?"}}""";
        await Serve((http, request) => http.Json(Body, status));
        await Ask(1);
        Assert.Equal(Body, await NextText(1));
        var error = (await Ended(1)).Error!;
        Assert.Equal((HubErrors.HttpStatus, status, Delivery.Answered), (error.Definition, error.HttpStatus, error.Delivery));
    }

    [Fact]
    public async Task Another_error_body_becomes_a_clean_excerpt()
    {
        var text = "no\r\n\u001b[2J\u0000 " + new string('x', 500);
        await Serve(async (http, request) =>
        {
            http.Response.StatusCode = 502;
            await http.Response.WriteAsync(text);
        });
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal(502, error.HttpStatus);
        Assert.Equal("the server answered HTTP 502: no [2J " + new string('x', 193), error.Message);
        Assert.Equal("Server \"peer\" refused the request", error.ToModel);
        Assert.Equal("peer", error.ServerId);
    }

    [Fact]
    public async Task An_error_object_of_a_web_framework_is_no_message()
    {
        await Serve((http, request) => http.Json("""{"detail":"Not Found"}""", 404));
        await Ask(1);
        Assert.Equal(404, (await Ended(1)).Error?.HttpStatus);
    }

    [Theory(DisplayName = "E-008 a status that says later is told apart, with the time it names")]
    [InlineData(408, null, 1)]
    [InlineData(429, "7", 7)]
    [InlineData(503, "86400", 3600)]
    public async Task A_status_that_says_later_may_be_sent_again(int status, string? header, int seconds)
    {
        await Serve((http, request) =>
        {
            http.Response.Headers.RetryAfter = header;
            return http.Status(status);
        });
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal((HubErrors.HttpStatus, status, Delivery.NotSent), (error.Definition, error.HttpStatus, error.Delivery));
        Assert.Equal(TimeSpan.FromSeconds(seconds), error.RetryAfter);
    }

    [Theory(DisplayName = "E-008 W-04 a POST that is refused for want of credentials ends its call with status and challenge")]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Missing_credentials_carry_the_challenge(int status)
    {
        await Serve((http, request) =>
        {
            http.Response.Headers.WWWAuthenticate = "Bearer scope=\"a b\"";
            return http.Json("""{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no"}}""", status);
        });
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal((HubErrors.Unauthorized, status), (error.Definition, error.HttpStatus));
        Assert.Contains(": Bearer scope=\"a b\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_within_the_origin_is_followed_once(int status)
    {
        await Serve((http, request) =>
        {
            if (request.Path == "/mcp")
            {
                http.Response.Headers.Location = "/other";
                return http.Status(status);
            }

            return http.Json(request.Body);
        });
        await Ask(1, "ping", ("Mcp-Method", "ping"));
        Assert.Contains("\"ping\"", await NextText(1), StringComparison.Ordinal);
        Assert.Null((await Ended(1)).Error);
        Assert.Equal(["/mcp", "/other"], Server.Requests.Select(request => request.Path));
        Assert.All(Server.Requests, request => Assert.Equal("ping", request.Header("Mcp-Method")));
    }

    [Theory]
    [InlineData(307, "/mcp", 2)]
    [InlineData(307, "http://127.0.0.2:1/mcp", 1)]
    [InlineData(302, "/other", 1)]
    public async Task Any_other_redirect_ends_the_exchange(int status, string location, int requests)
    {
        await Serve((http, request) =>
        {
            http.Response.Headers.Location = location;
            return http.Status(status);
        });
        await Ask(1);
        Assert.Equal(status, (await Ended(1)).Error?.HttpStatus);
        Assert.Equal(requests, Server.Requests.Count);
    }
}
