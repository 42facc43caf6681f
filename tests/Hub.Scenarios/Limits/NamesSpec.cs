using System.Text.Json;
using McpHub.Testing;

namespace McpHub.Scenarios.Limits;

/// <summary>How long names may be, through a whole hub.</summary>
public sealed class NamesSpec
{
    [Fact]
    public async Task A_server_may_name_a_tool_with_128_characters_and_a_client_sees_64()
    {
        string[] own = [new('a', 61), new('b', 62), new('c', 128), new('d', 129)];
        await using var server = new ScriptedServer("s", Era.Modern);
        foreach (var name in own)
        {
            server.Tool(name, _ => "");
        }

        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverHttp()));
        using var client = await RawClient.OpenAsync(hub.Host.Url, Era.Modern);

        using var list = JsonDocument.Parse((await client.RequestAsync("tools/list")).Last);
        string[] exposed = [.. list.RootElement.GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!)];

        // With "s__" before it the first is 64 characters long and stays; the others are cut; the last is not taken.
        Assert.Equal(3, exposed.Length);
        Assert.Equal("s__" + own[0], exposed[0]);
        Assert.All(exposed, name => Assert.Equal(64, name.Length));
        Assert.All(exposed[1..], name => Assert.Matches("^s__[bc]{52}_[0-9a-f]{8}$", name));
        for (var i = 0; i < exposed.Length; i++)
        {
            Assert.Contains("\"result\"", (await client.RequestAsync("tools/call", $"\"name\":\"{exposed[i]}\"", name: exposed[i])).Last, StringComparison.Ordinal);
            Assert.Single(server.Requests("tools/call"), request => request.Name == own[i]);
        }
    }
}
