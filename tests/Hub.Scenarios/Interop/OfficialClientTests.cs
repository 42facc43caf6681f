using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpHub.Host.Demo;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using Sdk = ModelContextProtocol.Protocol;

namespace McpHub.Scenarios.Interop;

/// <summary>The demo's hub and its three servers, started once for the tests of this file.</summary>
public sealed class DemoHubFixture : IAsyncLifetime
{
    internal DemoHub Hub { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Hub = await DemoHub.StartAsync(new Uri("http://127.0.0.1:0"), CancellationToken.None);
        await Hub.UntilReadyAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
    }

    public async Task DisposeAsync() => await Hub.DisposeAsync();
}

/// <summary>
/// The client nobody here wrote, in both eras, against servers nobody here wrote: a stdio server and an HTTP server of the 2025 revisions and an HTTP
/// server of 2026-07-28, all through one <c>/mcp</c>.
/// </summary>
public class OfficialClientTests(DemoHubFixture demo) : IClassFixture<DemoHubFixture>
{
    private const string Legacy = "2025-11-25";
    private const string Modern = "2026-07-28";

    [Theory]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task Speaks_the_revision_that_the_client_asks_for(string revision)
    {
        await using var client = await ConnectAsync(revision);
        Assert.Equal(revision, client.NegotiatedProtocolVersion);
        Assert.Equal("hub", client.ServerInfo?.Name);
    }

    [Fact]
    public async Task A_client_without_a_wish_gets_the_modern_era()
    {
        await using var client = await ConnectAsync(null);
        Assert.Equal(Modern, client.NegotiatedProtocolVersion);
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task Lists_what_all_three_servers_offer(string revision)
    {
        await using var client = await ConnectAsync(revision);
        Assert.Equal(
            ["add_days", "add_note", "audit_orders", "current_time", "get_order", "import_notes", "list_notes", "list_orders", "search_notes", "wait"],
            (await client.ListToolsAsync()).Select(tool => tool.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["calendar://today", "note://1", "order://catalog"],
            (await client.ListResourcesAsync()).Select(resource => resource.Uri).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["calendar://{year}/{month}", "note://{id}", "order://{id}"],
            (await client.ListResourceTemplatesAsync()).Select(template => template.UriTemplate).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["plan_day", "refund_reply", "summarize_notes"],
            (await client.ListPromptsAsync()).Select(prompt => prompt.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task Calls_a_tool_of_each_server(string revision)
    {
        await using var client = await ConnectAsync(revision);
        Assert.Equal("1. Welcome: This notebook lives in a child process of the hub. Kill it: it comes back.", await CallAsync(client, "search_notes", new() { ["words"] = "child process" }));
        Assert.Equal("2024-03-01, Friday", await CallAsync(client, "add_days", new() { ["date"] = "2024-02-28", ["days"] = 2 }));

        var order = await client.CallToolAsync("get_order", new Dictionary<string, object?> { ["id"] = 7 });
        Assert.Equal("Model rocket", order.StructuredContent!.Value.GetProperty("item").GetString());
        Assert.Equal("64.20", order.StructuredContent!.Value.GetProperty("price").GetRawText());
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task A_tools_own_error_arrives_as_its_result(string revision)
    {
        await using var client = await ConnectAsync(revision);
        foreach (var (tool, arguments) in new[] { ("add_days", new Dictionary<string, object?> { ["date"] = "today", ["days"] = 1 }), ("get_order", new Dictionary<string, object?> { ["id"] = 99 }) })
        {
            Assert.True((await client.CallToolAsync(tool, arguments)).IsError, tool);
        }
    }

    [Theory]
    [InlineData(Legacy, "note://1", "This notebook lives in a child process of the hub. Kill it: it comes back.")]
    [InlineData(Modern, "note://1", "This notebook lives in a child process of the hub. Kill it: it comes back.")]
    [InlineData(Legacy, "note://2", "Milk, bread, a birthday card.")]
    [InlineData(Modern, "note://2", "Milk, bread, a birthday card.")]
    [InlineData(Legacy, "calendar://2026/2", "                   1")]
    [InlineData(Modern, "calendar://2026/2", "                   1")]
    [InlineData(Legacy, "order://7", """{"id":7,"customer":"Margaret","item":"Model rocket","price":64.20,"status":"shipped"}""")]
    [InlineData(Modern, "order://7", """{"id":7,"customer":"Margaret","item":"Model rocket","price":64.20,"status":"shipped"}""")]
    [InlineData(Legacy, "order://catalog", "\"item\":\"Slide rule\"")]
    [InlineData(Modern, "order://catalog", "\"item\":\"Slide rule\"")]
    public async Task Reads_a_resource_by_its_URI_or_by_the_template_that_fits(string revision, string uri, string text)
    {
        await using var client = await ConnectAsync(revision);
        var contents = Assert.IsType<Sdk.TextResourceContents>(Assert.Single((await client.ReadResourceAsync(uri)).Contents));
        Assert.Equal(uri, contents.Uri);
        Assert.Contains(text, contents.Text, StringComparison.Ordinal);
    }

    [Theory(DisplayName = "K-015 A resource that a server does not have ends with the error code of the client's era")]
    [InlineData(Legacy, "note://77", -32002)]
    [InlineData(Modern, "note://77", -32602)]
    [InlineData(Legacy, "order://77", -32002)]
    [InlineData(Modern, "order://77", -32602)]
    public async Task A_missing_resource_has_the_code_of_the_clients_era(string revision, string uri, int code)
    {
        await using var client = await ConnectAsync(revision);
        var error = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.ReadResourceAsync(uri));
        Assert.Equal(code, (int)error.ErrorCode);
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task Gets_a_prompt_of_each_server(string revision)
    {
        await using var client = await ConnectAsync(revision);
        Assert.StartsWith("Summarize these notes as bullets:", await PromptAsync(client, "summarize_notes", new() { ["style"] = "bullets" }), StringComparison.Ordinal);
        Assert.StartsWith("Plan 2026-12-24 hour by hour", await PromptAsync(client, "plan_day", new() { ["goal"] = "wrap presents", ["date"] = "2026-12-24" }), StringComparison.Ordinal);
        Assert.StartsWith("Write a formal reply to Alan", await PromptAsync(client, "refund_reply", new() { ["orderId"] = "3", ["tone"] = "formal" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task Completes_a_prompts_argument(string revision)
    {
        await using var client = await ConnectAsync(revision);
        var styles = await client.CompleteAsync(new Sdk.PromptReference { Name = "summarize_notes" }, "style", "b");
        Assert.Equal(["bullets"], styles.Completion.Values);
        var tones = await client.CompleteAsync(new Sdk.PromptReference { Name = "refund_reply" }, "tone", "f");
        Assert.Equal(["friendly", "formal"], tones.Completion.Values);
    }

    [Theory]
    [InlineData(Legacy, "import_notes", "count", 5)]
    [InlineData(Modern, "import_notes", "count", 5)]
    [InlineData(Legacy, "audit_orders", "delayMs", 7)]
    [InlineData(Modern, "audit_orders", "delayMs", 7)]
    public async Task Every_progress_notification_arrives(string revision, string tool, string argument, int value)
    {
        await using var client = await ConnectAsync(revision);
        using var progress = new Recorder();

        // Not through IProgress: the SDK lets go of that one when the result is there, also of what it has not handed on by then.
        await using var registration = client.RegisterNotificationHandler("notifications/progress", (notification, _) =>
        {
            progress.Report((int)notification.Params!["progress"]!);
            Assert.Equal("steps", (string?)notification.Params["progressToken"]);
            return default;
        });
        await client.CallToolAsync(new Sdk.CallToolRequestParams
        {
            Name = tool,
            Arguments = new Dictionary<string, JsonElement> { [argument] = JsonSerializer.SerializeToElement(value) },
            Meta = new JsonObject { ["progressToken"] = "steps" },
        });

        // 5 notes were asked for; the order book has 7 orders.
        await progress.ReachedAsync(value);
        Assert.Equal(Enumerable.Range(1, value), progress.Seen.Order());
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task A_cancelled_call_ends_at_once_and_the_server_answers_the_next(string revision)
    {
        await using var client = await ConnectAsync(revision);
        using var cancel = new CancellationTokenSource();
        using var progress = new Recorder();
        var call = client.CallToolAsync("wait", new Dictionary<string, object?> { ["seconds"] = 600 }, progress, cancellationToken: cancel.Token).AsTask();
        await progress.ReachedAsync(1);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("2025-01-01, Wednesday", await CallAsync(client, "add_days", new() { ["date"] = "2024-12-31", ["days"] = 1 }));
    }

    [Theory]
    [InlineData(Legacy)]
    [InlineData(Modern)]
    public async Task An_unknown_tool_is_the_clients_mistake(string revision)
    {
        await using var client = await ConnectAsync(revision);
        var error = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync("any_tool_name", new Dictionary<string, object?> { ["param"] = "value" }));
        Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
    }

    private async Task<McpClient> ConnectAsync(string? revision) => await McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions { Endpoint = demo.Hub.Endpoint, TransportMode = HttpTransportMode.StreamableHttp }),
        new McpClientOptions { ProtocolVersion = revision, ClientInfo = new() { Name = "interop", Version = "1" } });

    private static async Task<string> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var result = await client.CallToolAsync(tool, arguments);
        Assert.NotEqual(true, result.IsError);
        return Assert.IsType<Sdk.TextContentBlock>(Assert.Single(result.Content)).Text;
    }

    private static async Task<string> PromptAsync(McpClient client, string prompt, Dictionary<string, object?> arguments)
        => Assert.IsType<Sdk.TextContentBlock>(Assert.Single((await client.GetPromptAsync(prompt, arguments)).Messages).Content).Text;

    private sealed class Recorder : IProgress<ProgressNotificationValue>, IDisposable
    {
        private readonly ConcurrentQueue<int> _seen = new();
        private readonly SemaphoreSlim _reports = new(0);

        public IReadOnlyCollection<int> Seen => _seen;

        public void Report(ProgressNotificationValue value) => Report((int)value.Progress);

        public void Report(int progress)
        {
            _seen.Enqueue(progress);
            _reports.Release();
        }

        public void Dispose() => _reports.Dispose();

        /// <summary>The SDK hands on notifications on threads of their own, so the last one may come after the result.</summary>
        public async Task ReachedAsync(int count)
        {
            for (var seen = 0; seen < count; seen++)
            {
                Assert.True(await _reports.WaitAsync(TimeSpan.FromSeconds(30)), $"only {seen} of {count} progress notifications came");
            }
        }
    }
}
