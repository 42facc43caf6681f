using System.Text.Json;
using CsCheck;
using McpHub.Actors.Servers;
using McpHub.Host.Health;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Tests.Health;

public class HealthReportTests
{
    private static readonly DateTimeOffset Since = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(nameof(ServerPhase.Ready), "Healthy", "Healthy")]
    [InlineData(nameof(ServerPhase.Disabled), "Healthy", "Healthy")]
    [InlineData(nameof(ServerPhase.Misconfigured), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.Connecting), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.AwaitingAuth), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.Degraded), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.BackingOff), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.CrashLoop), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.Draining), "Degraded", "Unhealthy")]
    [InlineData(nameof(ServerPhase.Stopped), "Degraded", "Unhealthy")]
    public void One_server_decides_by_its_state_and_whether_it_is_required(string phase, string optional, string required)
    {
        var state = Enum.Parse<ServerPhase>(phase);
        Assert.Equal(optional, HealthReport.Of([Server(state)]).Word.ToString());
        Assert.Equal(required, HealthReport.Of([Server(state, required: true)]).Word.ToString());
    }

    [Fact]
    public void Every_state_is_in_that_table() => Assert.Equal(10, Enum.GetValues<ServerPhase>().Length);

    [Fact]
    public void A_hub_without_servers_is_healthy() => Assert.Equal(HealthWord.Healthy, HealthReport.Of([]).Word);

    [Fact]
    public void The_worst_server_decides_whatever_the_order() =>
        Gen.Select(Gen.Enum<ServerPhase>(), Gen.Bool).Select((phase, required) => Server(phase, required)).List[0, 8].Sample(servers =>
        {
            var worst = servers.Select(server => HealthReport.Of([server]).Word).Append(HealthWord.Healthy).Max();
            Assert.Equal(worst, HealthReport.Of(servers).Word);
        });

    [Fact]
    public void The_verbose_answer_has_state_code_hint_and_times_but_no_details()
    {
        var error = HubErrors.ServerExited.With(("exit", "exit code 127")) with { Details = ["sh: s3cret: not found"] };
        var state = new ServerState(ServerPhase.CrashLoop, Since) { Reason = "it exited 5 times in 60 s", LastError = error, NextRetry = Since.AddSeconds(27) };
        var json = HealthEndpoints.ToJson(HealthReport.Of([new ServerHealth("github", true, state) { Transport = "stdio" }]));
        using var document = JsonDocument.Parse(json);
        Assert.Equal("""{"status":"Unhealthy","servers":[{"name":"github","transport":"stdio","required":true,"state":"crash-loop","since":"2026-11-24T10:00:00.000Z","reason":"it exited 5 times in 60 s","hint":"run its command by hand and read what it prints","code":"HUB2103","nextRetry":"2026-11-24T10:00:27.000Z"}]}""",
            document.RootElement.GetRawText());
    }

    private static ServerHealth Server(ServerPhase phase, bool required = false) => new("s", required, new ServerState(phase, Since));
}
