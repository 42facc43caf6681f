using System.Text.Json;
using McpHub.Scenarios.Fidelity;

namespace McpHub.Scenarios.Limits;

/// <summary>How long names may be, through a whole hub.</summary>
public sealed class NamesSpec
{
    [Fact]
    public async Task A_server_may_name_a_tool_with_128_characters_and_a_client_sees_64()
    {
        string[] own = [new('a', 61), new('b', 62), new('c', 128), new('d', 129)];
        await using var peer = new HttpScriptedPeer("s", Era.Modern);
        peer.Introduce();
        peer.List("tools/list", "tools", [.. own.Select(name => $$$"""{"name":"{{{name}}}","inputSchema":{"type":"object"}}""")]);
        peer.Result("tools/call", "\"content\":[]");
        await peer.StartAsync();
        await using var hub = await HubUnderTest.StartAsync(peer.Definition);
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
            peer.TheRequest("tools/call", $"\"name\":\"{own[i]}\"");
        }
    }
}
