using McpHub.Actors.Servers;
using McpHub.Host.Cli;
using McpHub.Host.Health;
using McpHub.Protocol.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpHub.Host.Tests.Cli;

/// <summary>The verb against the real endpoint over a real socket.</summary>
public class StatusCommandTests
{
    private static readonly DateTimeOffset Since = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(ServerPhase.Ready, false, 0, "Healthy", 200)]
    [InlineData(ServerPhase.BackingOff, false, 6, "Degraded", 200)]
    [InlineData(ServerPhase.BackingOff, true, 6, "Unhealthy", 503)]
    internal async Task Status_ends_with_0_or_6_and_health_answers_one_word(ServerPhase phase, bool required, int exitCode, string word, int httpStatus)
    {
        var state = new ServerState(phase, Since) { Reason = "[red]\u001b[31mtext", LastError = HubErrors.ServerExited.With(("exit", "exit code 1")) };
        await using var hub = await HealthOnlyAsync(new ServerHealth("notes", required, state) { Transport = "stdio" });
        var url = new Uri(hub.Urls.Single());

        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(exitCode, await StatusCommand.RunAsync(url, quiet: false, new CliConsole(output, error, IsTerminal: false), default));
        Assert.StartsWith($"{word}  {url.GetLeftPart(UriPartial.Authority)}", output.ToString(), StringComparison.Ordinal);
        var line = Assert.Single(output.ToString().Split('\n'), text => text.Contains("notes", StringComparison.Ordinal));
        Assert.Contains(state.Word, line, StringComparison.Ordinal);
        Assert.Contains("[red]\\u001b[31mtext", line, StringComparison.Ordinal);
        Assert.Equal("", error.ToString());

        var quiet = new StringWriter();
        Assert.Equal(exitCode, await StatusCommand.RunAsync(url, quiet: true, new CliConsole(quiet, quiet, IsTerminal: false), default));
        Assert.Equal("", quiet.ToString());

        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(url, "/health"));
        Assert.Equal((httpStatus, word), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal("Alive", await client.GetStringAsync(new Uri(url, "/alive")));
    }

    [Fact]
    public async Task A_long_name_and_a_long_reason_are_not_cut_when_piped()
    {
        var (name, reason) = (new string('n', 128), new string('r', 400));
        await using var hub = await HealthOnlyAsync(new ServerHealth(name, false, new ServerState(ServerPhase.Misconfigured, Since) { Reason = reason }));
        var output = new StringWriter();
        await StatusCommand.RunAsync(new Uri(hub.Urls.Single()), quiet: false, new CliConsole(output, output, IsTerminal: false), default);
        Assert.Contains(name, output.ToString(), StringComparison.Ordinal);
        Assert.Contains(reason, output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "Fine")]
    [InlineData(200, "{}")]
    [InlineData(200, "[1]")]
    [InlineData(200, """{"status":1,"servers":{}}""")]
    [InlineData(200, """{"status":"Healthy","servers":[1]}""")]
    [InlineData(200, """{"status":"Great","servers":[]}""")]
    [InlineData(404, "Healthy")]
    public async Task What_is_no_hub_is_unreachable(int status, string body)
    {
        await using var other = await StartAsync(app => app.MapGet("/health", context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        }));
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(6, await StatusCommand.RunAsync(new Uri(other.Urls.Single()), quiet: false, new CliConsole(output, error, IsTerminal: false), default));
        Assert.Equal("", output.ToString());
        Assert.Contains("HUB1018", error.ToString(), StringComparison.Ordinal);
    }

    private static Task<WebApplication> HealthOnlyAsync(params ServerHealth[] servers) => StartAsync(app => HealthEndpoints.Map(app, () => servers));

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }
}
