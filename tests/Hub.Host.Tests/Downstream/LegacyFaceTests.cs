using System.Net;
using System.Text.Json.Nodes;

namespace McpHub.Host.Tests.Downstream;

public sealed class LegacyFaceTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private TestHub Hub => fixture.Hub;

    [Fact]
    public async Task A_session_begins_with_initialize_and_ends_with_delete()
    {
        var client = await Hub.InitializeAsync();
        Assert.Matches("^[A-Za-z0-9_-]{22}$", client.SessionId);
        Assert.Equal("2025-11-25", client.Initialized["result"]!["protocolVersion"]!.GetValue<string>());
        Assert.True(client.Initialized["result"]!["capabilities"]!["tools"]!["listChanged"]!.GetValue<bool>());
        Assert.NotNull(client.Initialized["result"]!["capabilities"]!["logging"]);
        Assert.Equal("{}", (await client.AskAsync("ping"))["result"]!.ToJsonString());

        using var deleted = await client.DeleteAsync();
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal("", await deleted.Content.ReadAsStringAsync());

        using var late = await client.RequestAsync("ping");
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
        using var again = await client.DeleteAsync();
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Theory]
    [InlineData("2025-11-25", "2025-11-25")]
    [InlineData("2025-06-18", "2025-06-18")]
    [InlineData("2025-03-26", "2025-03-26")]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("1999-01-01", "2025-11-25")]
    [InlineData("2026-07-28", "2025-11-25")]
    public async Task The_revision_asked_for_is_given_if_it_is_known(string asked, string given) =>
        Assert.Equal(given, (await Hub.InitializeAsync(asked)).Initialized["result"]!["protocolVersion"]!.GetValue<string>());

    [Theory]
    [InlineData(400, "MCP-Protocol-Version: 2025-11-25")]
    [InlineData(404, "Mcp-Session-Id: AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(404, "Mcp-Session-Id: ../../etc")]
    public async Task Without_a_session_nothing_is_answered(int status, params string[] headers)
    {
        using var post = await Hub.PostAsync("""{"jsonrpc":"2.0","id":"x","method":"tools/list"}""", headers);
        Assert.Equal(status, (int)post.StatusCode);
        Assert.Equal("x", (await TestHub.JsonAsync(post))["id"]!.GetValue<string>());

        using var notification = await Hub.PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", headers);
        Assert.Equal(status, (int)notification.StatusCode);
        using var get = await Hub.SendAsync(HttpMethod.Get, null, headers);
        Assert.Equal(status, (int)get.StatusCode);
        using var delete = await Hub.SendAsync(HttpMethod.Delete, null, headers);
        Assert.Equal(status, (int)delete.StatusCode);
    }

    [Fact]
    public async Task A_repeated_session_header_is_refused()
    {
        var client = await Hub.InitializeAsync();
        using var raw = await RawHttp.ConnectAsync(Hub.Host.Url);
        var header = $"Mcp-Session-Id: {client.SessionId}\r\n";
        await raw.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}"""u8.ToArray(), header + header);
        Assert.Equal(400, (await raw.ReadAsync())?.Status);

        await raw.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}"""u8.ToArray(), header);
        Assert.Equal(200, (await raw.ReadAsync())?.Status);
    }

    [Theory]
    [InlineData("1999-01-01", HttpStatusCode.BadRequest)]
    [InlineData("rubbish", HttpStatusCode.BadRequest)]
    [InlineData("2025-06-18", HttpStatusCode.OK)]
    public async Task The_version_header_names_a_revision_that_the_hub_speaks(string version, HttpStatusCode status)
    {
        var client = await Hub.InitializeAsync();
        using var response = await Hub.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", "Mcp-Session-Id: " + client.SessionId, "MCP-Protocol-Version: " + version);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Without_the_version_header_the_negotiated_revision_holds()
    {
        var client = await Hub.InitializeAsync();
        using var response = await Hub.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", "Mcp-Session-Id: " + client.SessionId);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Lists_come_without_modern_members()
    {
        var client = await Hub.InitializeAsync();
        var tools = (await client.AskAsync("tools/list"))["result"]!;

        Assert.Contains("echo", tools["tools"]!.AsArray().Select(tool => tool!["name"]!.GetValue<string>()));
        Assert.Equal(["tools"], tools.AsObject().Select(member => member.Key));
        Assert.Single((await client.AskAsync("prompts/list"))["result"]!["prompts"]!.AsArray());
        Assert.Single((await client.AskAsync("resources/list"))["result"]!["resources"]!.AsArray());
        Assert.Single((await client.AskAsync("resources/templates/list"))["result"]!["resourceTemplates"]!.AsArray());
    }

    [Theory]
    [InlineData("{\"cursor\":\"forged\"}")]
    [InlineData("{\"cursor\":7}")]
    public async Task A_cursor_that_the_hub_did_not_give_is_refused(string parameters)
    {
        var client = await Hub.InitializeAsync();

        Assert.Equal(-32602, (await client.AskAsync("tools/list", parameters))["error"]!["code"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("7")]
    [InlineData("\"7\"")]
    [InlineData("-9007199254740993")]
    [InlineData("\"\\u0041\\n\"")]
    public async Task An_answer_repeats_the_id_as_its_token_came(string id)
    {
        var client = await Hub.InitializeAsync();
        using var response = await client.RequestAsync("tools/call", """{"name":"echo","arguments":{"n":1E5}}""", id);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Contains($"\"id\":{id},", text, StringComparison.Ordinal);
        Assert.Contains("\"structuredContent\":{\"n\":1E5}", text, StringComparison.Ordinal);
        Assert.Equal(text.Length, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Prompts_resources_and_completions_reach_their_server()
    {
        var client = await Hub.InitializeAsync();

        Assert.NotNull((await client.AskAsync("prompts/get", """{"name":"tool-prompt-0"}"""))["result"]!["messages"]);
        Assert.NotNull((await client.AskAsync("resources/read", """{"uri":"tool://resource/0"}"""))["result"]!["contents"]);
        Assert.NotNull((await client.AskAsync("completion/complete", """{"ref":{"type":"ref/prompt","name":"tool-prompt-0"},"argument":{"name":"a","value":""}}"""))["error"]);
    }

    [Theory(DisplayName = "L-013 an unknown method is answered 200 with -32601")]
    [InlineData("vendor/unknown")]
    [InlineData("resources/subscribe")]
    [InlineData("tasks/list")]
    public async Task Unknown_method(string method)
    {
        var client = await Hub.InitializeAsync();

        Assert.Equal(-32601, (await client.AskAsync(method, """{"level":"info","uri":"a:b"}"""))["error"]!["code"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"name":"nobody-has-it"}""", -32602)]
    [InlineData("""{"name":7}""", -32602)]
    [InlineData("{}", -32602)]
    public async Task A_call_that_can_reach_nobody_is_answered_200(string parameters, int code)
    {
        var client = await Hub.InitializeAsync();

        Assert.Equal(code, (await client.AskAsync("tools/call", parameters))["error"]!["code"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/vendor"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/cancelled"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}""")]
    public async Task Notifications_and_responses_are_taken_with_202_and_no_body(string body)
    {
        var client = await Hub.InitializeAsync();
        using var response = await client.SendAsync(body);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_answer_is_json_unless_progress_comes_before_it()
    {
        var client = await Hub.InitializeAsync();

        // No token: the server has nothing to report.
        Assert.Equal("done", await client.CallTextAsync("progress"));

        using var response = await client.RequestAsync("tools/call", """{"name":"progress","arguments":{"steps":3},"_meta":{"progressToken":"mine"}}""", "5");
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.True(response.Headers.CacheControl?.NoCache);
        var events = await TestHub.EventsAsync(response).ToListAsync();

        Assert.Equal(5, events[^1]["id"]!.GetValue<int>());
        Assert.Equal("done", events[^1]["result"]!["content"]![0]!["text"]!.GetValue<string>());
        Assert.NotEmpty(events[..^1]);
        Assert.All(events[..^1], progress => Assert.Equal("mine", progress["params"]!["progressToken"]!.GetValue<string>()));
        Assert.Equal(3, events[^2]["params"]!["progress"]!.GetValue<int>());
    }

    [Fact(DisplayName = "B-9 no payload ends its event")]
    public async Task One_event_per_message()
    {
        var client = await Hub.InitializeAsync();
        const string Text = "a\\r\\n\\ndata: {}\\n\\nevent: x\u2028\u2029";
        using var response = await client.RequestAsync("tools/call", $$"""{"name":"progress","arguments":{"steps":1},"_meta":{"progressToken":"{{Text}}"} }""");
        var events = await TestHub.EventsAsync(response).ToListAsync();

        Assert.Equal(2, events.Count);
        Assert.Equal(JsonNode.Parse($"\"{Text}\"")!.GetValue<string>(), events[0]["params"]!["progressToken"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_batch_is_answered_in_a_session_of_2025_03_26_only()
    {
        const string Batch = """
            [{"jsonrpc":"2.0","id":1,"method":"ping"}, {"jsonrpc":"2.0","method":"notifications/x"},
             {"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"echo","arguments":{"n":1}}}, 7]
            """;
        var old = await Hub.InitializeAsync("2025-03-26");
        using var answered = await old.SendAsync(Batch);
        var answers = (await TestHub.JsonAsync(answered)).AsArray();
        Assert.Equal(3, answers.Count);
        Assert.Equal("{}", answers[0]!["result"]!.ToJsonString());
        Assert.Equal("c", answers[1]!["id"]!.GetValue<string>());
        Assert.NotNull(answers[1]!["result"]!["content"]);
        Assert.Equal(-32600, answers[2]!["error"]!["code"]!.GetValue<int>());

        using var silent = await old.SendAsync("""[{"jsonrpc":"2.0","method":"notifications/x"}]""");
        Assert.Equal(HttpStatusCode.Accepted, silent.StatusCode);

        var current = await Hub.InitializeAsync();
        using var refused = await current.SendAsync(Batch);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }
}
