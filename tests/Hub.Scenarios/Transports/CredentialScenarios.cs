using McpHub.Testing;

namespace McpHub.Scenarios.Transports;

/// <summary>Whose credentials go where, through a whole hub.</summary>
public sealed class CredentialScenarios
{
    private const string OfClient = "d0wnstream-secret";

    [Theory(DisplayName = "G-010 a client's credentials reach no server, neither by a header nor by its environment")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task A_clients_credentials_stay_at_the_hub(Era era)
    {
        await using var remote = new ScriptedServer("remote", era).Tool("t", _ => "done");
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(remote, remote.OverHttp()), HubUnderTest.Peer("local"));
        using var client = await RawClient.OpenAsync(hub.Host.Url, era, headers: new Dictionary<string, string>
        {
            ["Authorization"] = "Bearer " + OfClient,
            ["Cookie"] = "session=" + OfClient,
            ["X-Api-Key"] = OfClient,
            ["Proxy-Authorization"] = "Basic " + OfClient,
        });

        Assert.Contains("done", (await client.RequestAsync("tools/call", "\"name\":\"remote__t\",\"arguments\":{}", name: "remote__t")).Last, StringComparison.Ordinal);
        var environment = (await client.RequestAsync("tools/call", "\"name\":\"local__env\",\"arguments\":{}", name: "local__env", id: "2")).Last;

        Assert.Contains("PATH", environment, StringComparison.Ordinal);
        Assert.DoesNotContain(OfClient, environment, StringComparison.Ordinal);
        Assert.NotEmpty(remote.Received);
        Assert.All(remote.Received, message => Assert.DoesNotContain(message.Headers, header => header.Value.Contains(OfClient, StringComparison.Ordinal)));
        Assert.All(remote.Received, message => Assert.DoesNotContain(OfClient, message.Text, StringComparison.Ordinal));
    }
}
