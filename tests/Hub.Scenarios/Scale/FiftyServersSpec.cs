using System.Diagnostics;
using System.Text.Json;
using McpHub.Actors;
using McpHub.Actors.Servers;
using McpHub.Host;
using McpHub.Host.Cli;
using McpHub.Host.Health;
using McpHub.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Scale;

/// <summary>Contract 0.3, "start": lists are held while a server without a known catalog connects and the hub is younger than 5 s; health never waits.</summary>
public sealed class FiftyServersSpec(ITestOutputHelper output)
{
    private const int Shell = 40;
    private const int DotNet = 8;

    // What a loaded machine may add to any time of the rule.
    private static readonly TimeSpan _slack = TimeSpan.FromSeconds(10);

    [Fact(DisplayName = "50 stdio servers start in parallel, one hangs, one is missing: everything answers by the start rule, 48 are listed, the two are named with reason and hint")]
    public async Task Two_bad_servers_hold_nothing_up_but_the_first_answers()
    {
        var mark = Guid.NewGuid().ToString("N");
        var peers = new ShellPeer(mark);
        var good = Enumerable.Range(0, Shell).Select(n => peers.Healthy($"sh{n}", "t0"))
            .Concat(Enumerable.Range(0, DotNet).Select(n => peers.Marked(HubUnderTest.Peer($"net{n}"), TestPeer.Server("mcp", "--prefix", "t", "--plain", "--tools", "1")) with { Era = null })).ToArray();
        var options = new HubHostOptions
        {
            Servers = [peers.Hanging("hanging"), .. good, peers.Missing("missing")],
            Runtime = new HubRuntimeOptions { Naming = NamingRule.Always },
            Map = app => HealthEndpoints.Map(app, () => app.Services.GetRequiredService<HubRuntime>().Table.Servers.Select(ServerHealth.Of)),
        };
        var grace = options.Runtime.StartGrace;
        Assert.Equal(TimeSpan.FromSeconds(5), grace);

        var clock = Stopwatch.StartNew();
        var hub = await HubUnderTest.BeginAsync(options);
        await using (hub)
        {
            using var http = new HttpClient();
            var held = new[] { TimedAsync(hub.PostAsync("server/discover")), TimedAsync(hub.PostAsync("tools/list")), TimedAsync(InitializeAsync(hub)) };
            await HealthAsync(http, hub);
            Assert.True(clock.Elapsed < grace, $"health took until {clock.Elapsed}");
            Assert.All(held, answer => Assert.False(answer.IsCompleted, "it did not wait for the servers that were still connecting"));

            var answers = await Task.WhenAll(held);
            Assert.All(answers, answer => Assert.InRange(answer.At, grace - TimeSpan.FromMilliseconds(500), grace + _slack));
            Assert.NotEmpty(Tools(answers[1].Answer));
            output.WriteLine($"{Tools(answers[1].Answer).Length} listed after {answers[1].At}; slowest connect {hub.Runtime.Table.Servers.Max(server => server.State.ConnectTime)}");

            // Nearly always all are known by then; a machine that is too slow for that lists them as they come.
            var expected = good.Select(server => $"{server.Id}__t0").Order(StringComparer.Ordinal).ToArray();
            await HubUnderTest.EventuallyAsync(() => hub.Runtime.Table.Servers.Count(server => server.State.Phase == ServerPhase.Ready && server.Catalog is not null) == good.Length ? "" : null, "48 were not ready");
            Assert.Equal(expected, Tools(await hub.PostAsync("tools/list")).Order(StringComparer.Ordinal));
            Assert.All(await Task.WhenAll(good.Select(server => hub.TextAsync($"{server.Id}__t0"))), text => Assert.NotEqual("", text));

            await HubUnderTest.EventuallyAsync(() => hub.Runtime.Table.Servers[0].State.Reason, "the hanging server has no reason");
            await hub.ExpectAsync("missing", ServerPhase.CrashLoop);
            var health = await HealthAsync(http, hub);
            Assert.Equal("Degraded", health.GetProperty("status").GetString());
            var servers = health.GetProperty("servers").EnumerateArray().ToDictionary(server => server.GetProperty("name").GetString()!);
            Assert.Equal(good.Select(server => server.Id).Order(), servers.Values.Where(server => server.GetProperty("state").GetString() == "ready").Select(server => server.GetProperty("name").GetString()!).Order());
            Assert.Equal(("connecting", "the server has not ended its handshake after 5 s", "run its command by hand and see whether it speaks MCP on standard output"), Told(servers["hanging"]));
            var (state, reason, hint) = Told(servers["missing"]);
            Assert.Equal(("crash-loop", "check the command, its working directory and the PATH"), (state, hint));
            Assert.Contains("/there/is/no/such/command", reason, StringComparison.Ordinal);
            Assert.Equal("HUB2101", servers["missing"].GetProperty("code").GetString());

            var status = new StringWriter();
            Assert.Equal(ExitCode.Degraded, await StatusCommand.RunAsync(hub.Host.Url, quiet: false, new CliConsole(status, status, IsTerminal: false), CancellationToken.None));
            var lines = status.ToString().Split('\n');
            Assert.All(new[] { "hanging", "missing" }, name => Assert.Contains("(fix: ", Assert.Single(lines, line => line.Contains($" {name} ", StringComparison.Ordinal)), StringComparison.Ordinal));
            Assert.Equal(2, lines.Count(line => line.Contains("(fix: ", StringComparison.Ordinal)));
        }

        Assert.Empty(Processes.Marked(mark));
        Assert.Empty(Processes.Zombies());

        async Task<(JsonElement Answer, TimeSpan At)> TimedAsync(Task<JsonElement> request) => (await request, clock.Elapsed);
    }

    private static (string? State, string? Reason, string? Hint) Told(JsonElement server) =>
        (server.GetProperty("state").GetString(), server.GetProperty("reason").GetString(), server.GetProperty("hint").GetString());

    private static string[] Tools(JsonElement answer) => [.. answer.GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!)];

    private static async Task<JsonElement> HealthAsync(HttpClient http, HubUnderTest hub)
    {
        using var answer = await http.GetAsync(new Uri(hub.Host.Url, "/health?verbose"));
        return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement;
    }

    private static async Task<JsonElement> InitializeAsync(HubUnderTest hub)
    {
        using var client = await RawClient.OpenAsync(hub.Host.Url, Era.Legacy);
        return default;
    }
}
