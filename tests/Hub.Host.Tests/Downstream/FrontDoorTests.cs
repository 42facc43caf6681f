using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace McpHub.Host.Tests.Downstream;

public sealed class FrontDoorTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    private TestHub Hub => fixture.Hub;

    [Theory(DisplayName = "A-2 a foreign Host is refused before routing, on every path and method")]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: evil.com\r\n\r\n", 421)]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1.evil.com:PORT\r\n\r\n", 421)]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421)]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 421)]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:PORT\r\n\r\n", 421)]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: evil.com\r\n\r\n", 421)]
    [InlineData("OPTIONS /mcp HTTP/1.1\r\nHost: evil.com\r\n\r\n", 421)]
    [InlineData("DELETE /mcp HTTP/1.1\r\nHost: evil.com\r\n\r\n", 421)]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: evil.com\r\nContent-Length: 0\r\n\r\n", 421)]
    [InlineData("GET /mcp HTTP/1.0\r\n\r\n", 421)]
    [InlineData("GET /mcp HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: localhost:PORT\r\nHost: localhost:PORT\r\n\r\n", 400)]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: user@localhost:PORT\r\n\r\n", 400)]
    [InlineData("GET http://evil.com/mcp HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n", 400)]
    [InlineData("GET http://evil.com/mcp HTTP/1.1\r\nHost: evil.com\r\n\r\n", 421)]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: LocalHost:PORT\r\n\r\n", 404)]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: [::1]:PORT\r\n\r\n", 404)]
    public async Task Host(string request, int status) => Assert.Equal(status, (await RawHttp.ExchangeAsync(Hub.Host.Url, request))?.Status);

    [Theory(DisplayName = "A-3, L-010 a foreign Origin is refused before the body is read, on every path and method")]
    [InlineData("POST /mcp", "Origin: http://evil.com", 403)]
    [InlineData("POST /mcp", "Origin: null", 403)]
    [InlineData("POST /mcp", "Origin: http://localhost.evil:PORT", 403)]
    [InlineData("POST /mcp", "Origin: http://localhost:1", 403)]
    [InlineData("POST /mcp", "Origin: http://localhost:PORT\r\nOrigin: http://localhost:PORT", 403)]
    [InlineData("GET /mcp", "Origin: http://evil.com", 403)]
    [InlineData("DELETE /mcp", "Origin: http://evil.com", 403)]
    [InlineData("OPTIONS /mcp", "Origin: http://evil.com", 403)]
    [InlineData("GET /health", "Origin: http://evil.com", 403)]
    [InlineData("GET /mcp", "Origin: http://evil.com\r\nUpgrade: websocket\r\nConnection: Upgrade", 403)]
    [InlineData("GET /nothing", "Origin: http://localhost:PORT", 404)]
    [InlineData("GET /nothing", "X: y", 404)]
    public async Task Origin(string line, string headers, int status)
    {
        var body = line.StartsWith("POST", StringComparison.Ordinal) ? "Content-Length: 3\r\n" : "";
        var response = await RawHttp.ExchangeAsync(Hub.Host.Url, $"{line} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n{headers}\r\n{body}\r\n{(body.Length > 0 ? "{{{" : "")}");

        Assert.Equal(status, response?.Status);
        Assert.Null(response?.Header("Access-Control-Allow-Origin"));
        if (status == 403)
        {
            Assert.Equal(-32600, JsonNode.Parse(response!.Body)!["error"]!["code"]!.GetValue<int>());
        }
    }

    [Theory(DisplayName = "A-5 only the canonical path is the endpoint")]
    [InlineData("//mcp")]
    [InlineData("/mcp/")]
    [InlineData("/MCP")]
    [InlineData("/mcp;x")]
    [InlineData("/mcp/../admin")]
    [InlineData("/mcp%2F")]
    public async Task Path(string path) => Assert.Equal(404, (await RawHttp.ExchangeAsync(Hub.Host.Url, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"))?.Status);

    [Fact(DisplayName = "A-11 no Server header; an error names its request and nothing of the inside")]
    public async Task Nothing_of_the_inside_is_told()
    {
        using var response = await Hub.PostAsync("{");
        Assert.False(response.Headers.Contains("Server"));
        Assert.True(response.Headers.Contains("X-Request-Id"));
        Assert.DoesNotContain("   at ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var refused = await RawHttp.ExchangeAsync(Hub.Host.Url, "BROKEN\r\n\r\n");
        Assert.Equal(400, refused?.Status);
        Assert.Null(refused?.Header("Server"));
    }

    [Theory]
    [InlineData(406, "Accept: application/json")]
    [InlineData(406, "Accept: text/event-stream")]
    [InlineData(406, "Accept: text/html")]
    [InlineData(415, "Content-Type: text/plain")]
    [InlineData(415, "Content-Type: application/x-www-form-urlencoded")]
    [InlineData(415, "Content-Type:")]
    [InlineData(415, "Content-Encoding: gzip")]
    [InlineData(400, "Accept: */*")]
    [InlineData(400, "Content-Type: application/json; charset=utf-8")]
    public async Task Headers_are_checked_before_the_message(int status, string header)
    {
        using var response = await Hub.PostAsync(Ping, header);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotNull((await TestHub.JsonAsync(response))["error"]);
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("TRACE")]
    public async Task Other_methods_are_not_allowed(string method)
    {
        var response = await RawHttp.ExchangeAsync(Hub.Host.Url, $"{method} /mcp HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(405, response?.Status);
        Assert.Equal("GET, POST, DELETE", response?.Header("Allow"));
    }

    [Theory(DisplayName = "B-1 a body over the limit is refused before it is read; one at the limit is not")]
    [InlineData(4 * 1024 * 1024, 200)]
    [InlineData((4 * 1024 * 1024) + 1, 413)]
    public async Task Body_size(int size, int status)
    {
        var client = await Hub.InitializeAsync();
        var head = """{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":""" + "\"";
        var body = head + new string('x', size - head.Length - 3) + "\"}}";
        Assert.Equal(size, body.Length);

        using var declared = await client.SendAsync(body);
        Assert.Equal(status, (int)declared.StatusCode);

        using var raw = await RawHttp.ConnectAsync(Hub.Host.Url);
        await raw.WriteAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{Hub.Host.Url.Port}\r\nContent-Type: application/json\r\nMcp-Session-Id: {client.SessionId}\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n"));
        await raw.WriteAsync(Encoding.ASCII.GetBytes(body + "\r\n0\r\n\r\n"));
        Assert.Equal(status, (await raw.ReadAsync())?.Status);
    }

    [Fact(DisplayName = "B-1 a declared size is enough to be refused")]
    public async Task Declared_size()
    {
        using var raw = await RawHttp.ConnectAsync(Hub.Host.Url);
        await raw.WriteAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{Hub.Host.Url.Port}\r\nContent-Type: application/json\r\nContent-Length: 900000000\r\n\r\n"));

        var response = await raw.ReadAsync();
        Assert.Equal(413, response?.Status);
        Assert.Equal(2008, JsonNode.Parse(response!.Body)!["error"]!["code"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_body_that_ends_early_reaches_nobody()
    {
        using var raw = await RawHttp.ConnectAsync(Hub.Host.Url);
        await raw.WriteAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{Hub.Host.Url.Port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{Ping}"));
        raw.CloseSending();

        Assert.True((await raw.ReadAsync())?.Status is null or 400);
        Assert.DoesNotContain(Hub.Logs.GetSnapshot(), entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Theory(DisplayName = "B-3, B-4, B-7 what is no single strict JSON-RPC message is refused")]
    [InlineData(-32700, "null", "")]
    [InlineData(-32700, "null", "{")]
    [InlineData(-32700, "null", "nonsense")]
    [InlineData(-32700, "null", "\uFEFF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}")]
    [InlineData(-32600, "null", "7")]
    [InlineData(-32600, "null", "[]")]
    [InlineData(-32600, "null", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]")]
    [InlineData(-32600, "null", "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}")]
    [InlineData(-32600, "null", "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}")]
    [InlineData(-32600, "null", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}")]
    [InlineData(-32600, "null", "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}")]
    [InlineData(-32600, null, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}")]
    [InlineData(-32600, null, "{\"id\":1,\"method\":\"ping\"}")]
    [InlineData(-32600, null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"Method\":\"ping\"}")]
    [InlineData(-32600, null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"method\":\"tools/list\"}")]
    [InlineData(null, null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"name\":\"b\"}}")]
    [InlineData(null, null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"\\u006eame\":\"b\"}}")]
    [InlineData(null, null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":{\"x\":1,\"x\":2}}}")]
    public async Task Malformed(int? code, string? id, string body)
    {
        using var response = await Hub.PostAsync(body);
        var answer = await TestHub.JsonAsync(response);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("2.0", answer["jsonrpc"]!.GetValue<string>());
        if (code is not null)
        {
            Assert.Equal(code, answer["error"]!["code"]!.GetValue<int>());
        }

        if (id == "null")
        {
            Assert.Null(answer["id"]);
        }
    }

    [Theory(DisplayName = "B-7 broken text is refused")]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x00 })]
    public async Task Broken_utf8(byte[] bytes)
    {
        byte[] body = [.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":\""u8, .. bytes, .. "\"}}"u8];
        using var response = await Hub.SendAsync(HttpMethod.Post, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory(DisplayName = "B-7 an id has 256 bytes at most")]
    [InlineData(254, HttpStatusCode.OK)]
    [InlineData(255, HttpStatusCode.BadRequest)]
    public async Task Id_length(int characters, HttpStatusCode status)
    {
        var client = await Hub.InitializeAsync();
        using var response = await client.RequestAsync("ping", id: "\"" + new string('i', characters) + "\"");

        Assert.Equal(status, response.StatusCode);
    }
}
