using System.Net;
using System.Text.Json.Nodes;

namespace McpHub.Host.Tests.Downstream;

public sealed class ModernFaceTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private TestHub Hub => fixture.Hub;

    [Fact]
    public async Task Discover_lists_modern_revisions_and_says_who_the_hub_is()
    {
        using var response = await Hub.ModernAsync("server/discover");
        var result = (await TestHub.JsonAsync(response))["result"]!;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["2026-07-28"], result["supportedVersions"]!.AsArray().Select(version => version!.GetValue<string>()));
        Assert.Equal("complete", result["resultType"]!.GetValue<string>());
        Assert.Equal("hub", result["_meta"]!["io.modelcontextprotocol/serverInfo"]!["name"]!.GetValue<string>());
        Assert.False(response.Headers.Contains("Mcp-Session-Id"));
    }

    [Theory]
    [InlineData("tools/list", "tools")]
    [InlineData("prompts/list", "prompts")]
    [InlineData("resources/list", "resources")]
    [InlineData("resources/templates/list", "resourceTemplates")]
    public async Task Lists_carry_what_the_modern_era_wants(string method, string member)
    {
        using var response = await Hub.ModernAsync(method);
        var result = (await TestHub.JsonAsync(response))["result"]!;

        Assert.NotEmpty(result[member]!.AsArray());
        Assert.Equal("complete", result["resultType"]!.GetValue<string>());
        Assert.NotNull(result["ttlMs"]);
        Assert.NotNull(result["cacheScope"]);
    }

    [Fact(DisplayName = "L-014 lists are the same on every connection")]
    public async Task Same_lists()
    {
        using var first = await Hub.ModernAsync("tools/list");
        using var second = await Hub.ModernAsync("tools/list", headers: ["Connection: close"]);

        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_call_reaches_a_legacy_server_and_its_result_is_modern()
    {
        using var response = await Hub.ModernAsync("tools/call", """ "name":"echo","arguments":{"n":0.1000} """, "\"c\"");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"structuredContent\":{\"n\":0.1000}", text, StringComparison.Ordinal);
        Assert.Equal("complete", JsonNode.Parse(text)!["result"]!["resultType"]!.GetValue<string>());
        Assert.Equal("c", JsonNode.Parse(text)!["id"]!.GetValue<string>());
    }

    [Theory(DisplayName = "L-013, 4-36 unknown and removed methods are answered 404 with -32601")]
    [InlineData("vendor/unknown")]
    [InlineData("initialize")]
    [InlineData("ping")]
    [InlineData("logging/setLevel")]
    [InlineData("resources/subscribe")]
    [InlineData("resources/unsubscribe")]
    [InlineData("tasks/get")]
    public async Task Unknown_method(string method)
    {
        using var response = await Hub.ModernAsync(method, id: "\"u\"");
        var answer = await TestHub.JsonAsync(response);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(-32601, answer["error"]!["code"]!.GetValue<int>());
        Assert.Equal("u", answer["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_wrong_with_a_call_and_not_with_its_envelope_travels_as_200()
    {
        using var response = await Hub.ModernAsync("tools/call", """ "name":"nobody-has-it" """);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(-32602, (await TestHub.JsonAsync(response))["error"]!["code"]!.GetValue<int>());
    }

    [Theory(DisplayName = "L-009, L-012 a faulty envelope is answered 400 with the request's id")]
    [InlineData("-32020", "Mcp-Method: tools/call")]
    [InlineData("-32020", "MCP-Protocol-Version: 2025-11-25")]
    public async Task Faulty_envelope(string code, string header)
    {
        using var response = await Hub.ModernAsync("tools/list", id: "\"f\"", headers: [header]);
        var answer = await TestHub.JsonAsync(response);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(code, answer["error"]!["code"]!.ToJsonString());
        Assert.Equal("f", answer["id"]!.GetValue<string>());
    }

    [Fact(DisplayName = "B-7 responses posted by a modern client are refused")]
    public async Task Responses()
    {
        using var response = await Hub.PostAsync("""{"jsonrpc":"2.0","id":1,"result":{}}""", "MCP-Protocol-Version: 2026-07-28");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Notifications_are_taken_with_202()
    {
        using var response = await Hub.PostAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""", "MCP-Protocol-Version: 2026-07-28");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory(DisplayName = "L-011 the modern era has no GET and no DELETE")]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task No_sessions(string method)
    {
        var client = await Hub.InitializeAsync();
        using var response = await Hub.SendAsync(new HttpMethod(method), null, "MCP-Protocol-Version: 2026-07-28", "Mcp-Session-Id: " + client.SessionId);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("{}", (await client.AskAsync("ping"))["result"]!.ToJsonString());
    }

    [Fact(DisplayName = "L-011 both eras work side by side on one URL; a session id means nothing to a modern request")]
    public async Task Side_by_side()
    {
        var client = await Hub.InitializeAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async n =>
        {
            if (n % 2 == 0)
            {
                Assert.NotNull((await client.AskAsync("tools/call", """{"name":"echo"}""", $"{n}"))["result"]);
                return;
            }

            using var response = await Hub.ModernAsync("tools/call", """ "name":"echo" """, $"{n}", ["Mcp-Session-Id: " + (n % 4 == 1 ? client.SessionId : "unknown")]);
            var answer = await TestHub.JsonAsync(response);
            Assert.Equal("complete", answer["result"]!["resultType"]!.GetValue<string>());
            Assert.Equal(n, answer["id"]!.GetValue<int>());
        }));
    }

    [Fact]
    public async Task Progress_makes_the_answer_a_stream()
    {
        using var response = await Hub.ModernAsync("tools/call", """ "name":"progress","arguments":{"steps":2} """, "9", meta: """, "progressToken":77 """);
        var events = await TestHub.EventsAsync(response).ToListAsync();

        Assert.Equal(77, events[0]["params"]!["progressToken"]!.GetValue<int>());
        Assert.Equal("complete", events[^1]["result"]!["resultType"]!.GetValue<string>());
    }
}
