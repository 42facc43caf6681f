using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using McpHub.TestSupport;

namespace McpHub.Host.Tests.Cli;

/// <summary>Keys of <c>hub.json</c> that only show while a hub runs, with a real hub and a real server.</summary>
public sealed class ServerKeysTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hub-keys-").FullName;
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _limit.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task The_first_list_waits_for_a_required_server_calls_wait_their_turn_and_an_idle_server_comes_back_with_the_next_call()
    {
        var (file, pid, started) = (Path.Combine(_folder, "hub.json"), Path.Combine(_folder, "pid"), Path.Combine(_folder, "started"));
        // Its first start fails: a list that waited for nothing else would be empty then.
        var script = $"if [ -e {started} ]; then exec dotnet {TestPeer.Path} mcp --name lazy --pid {pid}; fi; touch {started}; exit 1";
        await File.WriteAllTextAsync(file, $$"""
            {
              "servers": {
                "lazy": {
                  "command": "sh", "args": ["-c", {{JsonSerializer.Serialize(script)}}],
                  "x-hub": {
                    "required": true, "era": "legacy",
                    "timeouts": { "idle": "2s" }, "limits": { "concurrency": 1, "queue": 1 }, "restart": { "min": "500ms", "jitter": 0 }
                  }
                }
              },
              "hub": { "startup": { "waitForRequired": "60s" } }
            }
            """);
        using var hub = HubProcess.Start(HubProcess.HubDll, ["run", "--config", file, "--urls", "http://127.0.0.1:0"]);
        try
        {
            var title = await hub.StandardOutput.ReadLineAsync(_limit.Token);
            var url = new Uri(title!.Split(' ')[^1]);

            Assert.Contains("\"slow\"", await PostAsync(url, "tools/list"), StringComparison.Ordinal);

            var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CallAsync(url, "slow", "\"ms\":1000")));
            Assert.Equal(2, answers.Count(answer => answer.Contains("\"text\":\"slow\"", StringComparison.Ordinal)));
            Assert.Contains("HUB5106", Assert.Single(answers, answer => answer.Contains("\"error\"", StringComparison.Ordinal)), StringComparison.Ordinal);

            var first = int.Parse(await File.ReadAllTextAsync(pid, _limit.Token), CultureInfo.InvariantCulture);
            await Eventually.HoldsAsync(() => !Directory.Exists($"/proc/{first}"));
            Assert.Equal("Healthy", await _client.GetStringAsync(new Uri(url, "/health"), _limit.Token));
            Assert.Contains("idle", await _client.GetStringAsync(new Uri(url, "/health?verbose"), _limit.Token), StringComparison.Ordinal);
            Assert.Contains("\"slow\"", await PostAsync(url, "tools/list"), StringComparison.Ordinal);

            Assert.Contains("\"text\":\"slow\"", await CallAsync(url, "slow", "\"ms\":1"), StringComparison.Ordinal);
            Assert.NotEqual(first, int.Parse(await File.ReadAllTextAsync(pid, _limit.Token), CultureInfo.InvariantCulture));
        }
        finally
        {
            hub.Kill();
        }
    }

    [Fact]
    public async Task A_server_that_inherits_everything_gets_what_the_hub_was_started_with_and_not_what_it_sets_for_itself()
    {
        var (file, environment) = (Path.Combine(_folder, "hub.json"), Path.Combine(_folder, "environment"));
        var script = $"env > {environment}.part; mv {environment}.part {environment}; exit 1";
        await File.WriteAllTextAsync(file, $$"""
            { "servers": { "curious": { "command": "sh", "args": ["-c", {{JsonSerializer.Serialize(script)}}], "x-hub": { "inheritEnv": "all" } } } }
            """);
        using var hub = HubProcess.Start(HubProcess.HubDll, ["run", "--config", file, "--urls", "http://127.0.0.1:0"], new Dictionary<string, string> { ["HUB_TEST_MARK"] = "seen" });
        try
        {
            await Eventually.HoldsAsync(() => File.Exists(environment));
            var lines = await File.ReadAllLinesAsync(environment, _limit.Token);
            Assert.Contains("HUB_TEST_MARK=seen", lines);
            Assert.DoesNotContain(lines, line => line.StartsWith("DOTNET_SYSTEM_NET_SOCKETS", StringComparison.Ordinal));
        }
        finally
        {
            hub.Kill();
        }
    }

    private Task<string> CallAsync(Uri url, string tool, string arguments) => PostAsync(url, "tools/call", $$"""
        "name":"{{tool}}","arguments":{ {{arguments}} },
        """, tool);

    private async Task<string> PostAsync(Uri url, string method, string members = "", string? name = null)
    {
        const string Meta = """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}
            """;
        var body = $$"""{ "jsonrpc": "2.0", "id": 1, "method": "{{method}}", "params": { {{members}}{{Meta}} } }""";
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        request.Headers.Add("Mcp-Method", method);
        if (name is not null)
        {
            request.Headers.Add("Mcp-Name", name);
        }

        using var response = await _client.SendAsync(request, _limit.Token);
        return await response.Content.ReadAsStringAsync(_limit.Token);
    }
}
