using McpHub.Actors.Embedding;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>What servers are called.</summary>
public sealed class ServerIdsTests
{
    [Theory]
    [InlineData("npx", "npx")]
    [InlineData("/usr/local/bin/my-server.v2", "my-server.v2")]
    [InlineData(@"C:\tools\Server.EXE", "Server")]
    [InlineData("run me.sh", "run-me")]
    [InlineData("///", "server")]
    public void A_command_gives_its_file_name(string command, string id) => Assert.Equal(id, ServerIds.Suggest(new StdioServerParameters(command)));

    [Fact]
    public void A_url_gives_its_host() => Assert.Equal("orders.internal", ServerIds.Suggest(new StreamableHttpParameters(new Uri("https://orders.internal:8443/mcp"))));

    [Fact]
    public async Task Two_of_a_kind_get_numbers_and_a_name_that_was_asked_for_is_never_changed()
    {
        await using var group = new ClientSessionGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        var sessions = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => group.ConnectToServerAsync(TestPeer.Server("mcp", "--plain", "--tools", "1"))));
        await group.ConnectToServerAsync(TestPeer.Server("mcp", "--plain", "--tools", "1") with { Name = "mine" });

        Assert.Equal(["dotnet-2__tool0", "dotnet__tool0", "mine__tool0"], group.Tools.Keys.Order(StringComparer.Ordinal));
        var error = await Assert.ThrowsAsync<HubException>(() => group.ConnectToServerAsync(TestPeer.Server("mcp") with { Name = "mine" }));
        Assert.Equal("HUB1001", error.Code);
        await sessions[0].DisposeAsync();
        Assert.Equal(2, group.Tools.Count);
        Assert.Equal(2, group.Sessions.Count);
    }
}
