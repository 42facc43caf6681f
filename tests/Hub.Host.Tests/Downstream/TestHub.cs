using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using McpHub.Actors.Servers;
using McpHub.TestSupport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace McpHub.Host.Tests.Downstream;

/// <summary>A hub on a real socket, in front of scripted stdio servers.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    /// <summary>The members of a modern request's <c>_meta</c>.</summary>
    public const string ModernMeta = """ "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{} """;

    private readonly ILoggerFactory _loggers;

    private TestHub(HubHost host, ILoggerFactory loggers, FakeLogCollector logs)
    {
        (Host, _loggers, Logs) = (host, loggers, logs);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 1000 }) { BaseAddress = host.Url };
    }

    public HubHost Host { get; }

    public HttpClient Http { get; }

    public FakeLogCollector Logs { get; }

    public static ServerDefinition Peer(string id, params string[] options) => new(id)
    {
        OpenTransport = () => McpTransports.Stdio(TestPeer.Server(["mcp", "--name", id, .. options])),
        TransportName = "stdio",
        Era = Era.Legacy,
        MaxInFlight = 1000,
    };

    public static async Task<TestHub> StartAsync(Func<HubHostOptions, HubHostOptions>? change = null, params ServerDefinition[] servers)
    {
        var logs = new FakeLogCollector();
        var loggers = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(logs)));
        var options = new HubHostOptions { Servers = servers, Loggers = loggers };
        options = change?.Invoke(options) ?? options;
        // These clients read one JSON answer, however long it takes; streams for slow calls have tests of their own (Hub.Scenarios, Notifications).
        options = options with { Limits = options.Limits with { StreamAfter = Timeout.InfiniteTimeSpan } };
        var host = await HubHost.StartAsync(options, CancellationToken.None);
        await host.Runtime.Settled.WaitAsync(TimeSpan.FromSeconds(60));
        return new TestHub(host, loggers, logs);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.StopAsync();
        _loggers.Dispose();
    }

    /// <summary>A POST with the headers every client sends, and more or other ones ("Name: value"; no value removes it).</summary>
    public async Task<HttpResponseMessage> PostAsync(string body, params string[] headers) => await SendAsync(HttpMethod.Post, Encoding.UTF8.GetBytes(body), headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, byte[]? body, params string[] headers)
    {
        using var request = new HttpRequestMessage(method, "");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        request.Headers.TryAddWithoutValidation("Accept", method == HttpMethod.Get ? "text/event-stream" : "application/json, text/event-stream");
        foreach (var line in headers)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            var target = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) ? (HttpHeaders)request.Content!.Headers : request.Headers;
            if (name is "Accept" or "Content-Type")
            {
                target.Remove(name);
            }

            if (value.Length > 0)
            {
                target.TryAddWithoutValidation(name, value);
            }
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>A modern request with all the headers that belong to it.</summary>
    public Task<HttpResponseMessage> ModernAsync(string method, string parameters = "", string id = "1", string[]? headers = null, string meta = "")
    {
        var json = JsonNode.Parse("{" + parameters + "}")!;
        var name = method == "resources/read" ? json["uri"] : method is "tools/call" or "prompts/get" ? json["name"] : null;
        string[] all = ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: " + method, .. name is null ? [] : (string[])["Mcp-Name: " + name.GetValue<string>()], .. headers ?? []];
        var rest = parameters.Length > 0 ? parameters + "," : "";
        return PostAsync($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{ {{{rest}}} "_meta":{ {{{ModernMeta}}} {{{meta}}} } } }""", all);
    }

    /// <summary>Opens a legacy session and says that it is initialized.</summary>
    public async Task<LegacyClient> InitializeAsync(string revision = "2025-11-25")
    {
        using var response = await PostAsync($$"""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"{{revision}}","capabilities":{},"clientInfo":{"name":"test","version":"1"} } }""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var client = new LegacyClient(this, response.Headers.GetValues("Mcp-Session-Id").Single(), await JsonAsync(response));
        using var initialized = await client.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        Assert.Equal(HttpStatusCode.Accepted, initialized.StatusCode);
        return client;
    }

    public static async Task<JsonNode> JsonAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    /// <summary>The data of the events of a stream, as JSON.</summary>
    public static async IAsyncEnumerable<JsonNode> EventsAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            if (item.Data.Length > 0)
            {
                yield return JsonNode.Parse(item.Data)!;
            }
        }
    }

    /// <summary>Waits until something holds; the time is an upper bound only.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> holds, string what)
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(20);
        }

        Assert.Fail("never happened: " + what);
    }
}

/// <summary>A legacy client's session with a <see cref="TestHub"/>.</summary>
internal sealed class LegacyClient(TestHub hub, string sessionId, JsonNode initialized)
{
    public string SessionId => sessionId;

    public JsonNode Initialized => initialized;

    public Task<HttpResponseMessage> SendAsync(string body, params string[] headers) =>
        hub.PostAsync(body, ["Mcp-Session-Id: " + sessionId, "MCP-Protocol-Version: 2025-11-25", .. headers]);

    public Task<HttpResponseMessage> RequestAsync(string method, string parameters = "{}", string id = "1") =>
        SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}} }""");

    public async Task<JsonNode> AskAsync(string method, string parameters = "{}", string id = "1")
    {
        using var response = await RequestAsync(method, parameters, id);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await TestHub.JsonAsync(response);
    }

    public async Task<string> CallTextAsync(string tool, string arguments = "{}", string id = "\"text\"")
    {
        var answer = await AskAsync("tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}}}""", id);
        return answer["result"]!["content"]![0]!["text"]!.GetValue<string>();
    }

    public Task<HttpResponseMessage> OpenStreamAsync() => hub.SendAsync(HttpMethod.Get, null, "Mcp-Session-Id: " + sessionId);

    public Task<HttpResponseMessage> DeleteAsync() => hub.SendAsync(HttpMethod.Delete, null, "Mcp-Session-Id: " + sessionId);
}
