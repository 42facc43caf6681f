using System.Net;
using McpHub.Actors.Servers;
using McpHub.Host.Health;
using McpHub.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpHub.Host.Tests.Downstream;

/// <summary>What a hub shows of the credentials that it has for a server.</summary>
public sealed class CredentialTests
{
    private const string Secret = "upstr3am-secret";

    [Theory(DisplayName = "G-001 a server's credentials are in no log, no state and no answer, also when the server refuses and repeats them")]
    [InlineData(401, "HUB3101")]
    [InlineData(200, "HUB2114")]
    public async Task A_servers_credentials_are_shown_to_nobody(int status, string code)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var refusing = builder.Build();
        refusing.Run(context =>
        {
            var (token, key) = (context.Request.Headers.Authorization.ToString(), context.Request.Headers["X-Api-Key"].ToString());
            context.Response.StatusCode = status;
            if (status == 200)
            {
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync($$"""{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"{{key}} is not known"} }""");
            }

            context.Response.Headers.WWWAuthenticate = $"Bearer error=\"invalid_token\", error_description=\"{token} is not known\"";
            return context.Response.WriteAsync($"what is {token}? or {key}?");
        });
        await refusing.StartAsync();
        var parameters = new StreamableHttpParameters(new Uri(refusing.Urls.Single() + "/mcp?key=" + Secret))
        {
            Name = "peer",
            Era = Era.Legacy,
            Auth = new ClientAuth(Secret),
            Headers = new Dictionary<string, string> { ["X-Api-Key"] = Secret },
        };
        await using var hub = await TestHub.StartAsync(
            options => options with { Map = app => HealthEndpoints.Map(app, () => app.Services.GetRequiredService<Actors.HubRuntime>().Table.Servers.Select(ServerHealth.Of)) },
            ServerDefinition.For("peer", parameters));
        await Eventually.HoldsAsync(() => hub.Host.Runtime.Table.Servers.Single().State.LastError is not null);

        var state = hub.Host.Runtime.Table.Servers.Single().State;
        Assert.Equal(code, state.LastError!.Definition.Code);
        Assert.Contains("*** is not known", state.Reason, StringComparison.Ordinal);
        var health = await hub.Http.GetStringAsync(new Uri(hub.Host.Url, "/health?verbose"));
        Assert.Contains("*** is not known", health, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => hub.Logs.Count > 0);
        string[] shown = [state.ToString(), .. state.LastError.Details, health, .. hub.Logs.GetSnapshot().Select(entry => $"{entry.Message} {entry.Exception}")];
        Assert.All(shown, text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));
    }
}
