using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Servers that come and go while the others work.</summary>
public sealed class ChurnTests
{
    [Fact]
    public async Task Calls_go_on_while_servers_are_connected_disconnected_and_fail()
    {
        await using var group = new ClientSessionGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        await group.ConnectToServerAsync(Peer("steady"));
        using var enough = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; !enough.IsCancellationRequested; count++)
            {
                Assert.Equal("steady", (string?)(await group.CallToolAsync("steady__t0", new { count })).ExtensionData["server"]);
            }

            return count;
        })).ToList();

        for (var round = 0; round < 5; round++)
        {
            var sessions = await Task.WhenAll(group.ConnectToServerAsync(Peer("x")), group.ConnectToServerAsync(Peer("y")));
            await Assert.ThrowsAnyAsync<HubException>(() => group.ConnectToServerAsync(new StdioServerParameters("/no/such/server") { Name = "z" }));
            Assert.Equal(3, group.Sessions.Count);
            await Task.WhenAll(group.DisconnectFromServerAsync(sessions[round % 2]), sessions[1 - (round % 2)].DisposeAsync().AsTask());
            Assert.Equal(["steady__t0"], group.Tools.Keys);
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(calls), count => Assert.True(count > 0));
    }

    private static StdioServerParameters Peer(string name) => TestPeer.Server("mcp", "--plain", "--prefix", "t", "--tools", "1", "--name", name) with { Name = name };
}
