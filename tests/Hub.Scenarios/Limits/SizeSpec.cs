using System.Text;
using System.Text.Json;
using McpHub.Scenarios.Fidelity;

namespace McpHub.Scenarios.Limits;

/// <summary>How large and how deep messages may be, through a whole hub: at the limit they arrive, one past it the call fails and the connection goes on.</summary>
public sealed class SizeSpec
{
    private const int FromClient = 4 * 1024 * 1024;
    private const int FromServer = 16 * 1024 * 1024;
    private const int Depth = 64;

    [Theory]
    [InlineData(Era.Legacy, false)]
    [InlineData(Era.Legacy, true)]
    [InlineData(Era.Modern, false)]
    [InlineData(Era.Modern, true)]
    public async Task A_client_sends_4_MiB_and_not_one_byte_more(Era era, bool chunked)
    {
        await using var peer = new HttpScriptedPeer("s", Era.Modern);
        await using var hub = await StartAsync(peer);
        using var client = await RawClient.OpenAsync(hub.Host.Url, era);
        var atLimit = OfBytes(client, FromClient);

        var passed = await client.SendAsync(atLimit, "tools/call", "s__t", chunked);
        var refused = await client.SendAsync(OfBytes(client, FromClient + 1), "tools/call", "s__t", chunked);

        Assert.Equal(200, passed.Status);
        Assert.Contains("\"result\"", passed.Last, StringComparison.Ordinal);
        // One string of an argument is at most 2 MiB, so there are two and what is left.
        Assert.Contains(atLimit[atLimit.IndexOf("\"arguments\"", StringComparison.Ordinal)..atLimit.LastIndexOf("\"_end\"", StringComparison.Ordinal)],
            Assert.Single(peer.Received, request => request.Contains("tools/call", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal((413, 2008), (refused.Status, CodeOf(refused)));
    }

    [Theory]
    [InlineData("stdio")]
    [InlineData("http")]
    [InlineData("events")]
    public async Task A_server_sends_16_MiB_and_not_one_byte_more(string kind)
    {
        await using ScriptedPeer peer = kind == "stdio" ? new StdioScriptedPeer("s", Era.Legacy) : new HttpScriptedPeer("s", Era.Legacy, events: kind == "events");
        await using var hub = await StartAsync(peer, scripted =>
        {
            scripted.ResultOfBytes("tools/call t", FromServer);
            scripted.ResultOfBytes("tools/call u", FromServer + 1);
            scripted.Result("tools/call v", "\"content\":[]");
        });
        using var client = await RawClient.OpenAsync(hub.Host.Url, Era.Modern);

        var passed = await client.RequestAsync("tools/call", "\"name\":\"s__t\"", name: "s__t");
        var refused = await client.RequestAsync("tools/call", "\"name\":\"s__u\"", name: "s__u");
        var next = await client.RequestAsync("tools/call", "\"name\":\"s__v\"", name: "s__v");

        using var json = JsonDocument.Parse(passed.Last);
        var text = json.RootElement.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;
        Assert.InRange(text.Length, FromServer - 200, FromServer);
        Assert.False(text.AsSpan().ContainsAnyExcept('x'));
        Assert.Equal((200, 2008), (refused.Status, CodeOf(refused)));
        Assert.Contains("HUB2108", refused.Last, StringComparison.Ordinal);
        Assert.Contains("\"result\"", next.Last, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Messages_nest_64_levels_and_not_one_more(Era era)
    {
        await using var peer = new HttpScriptedPeer("s", Era.Legacy);
        await using var hub = await StartAsync(peer, scripted =>
        {
            // Message, result, structuredContent.
            scripted.Result("tools/call t", $$"""
                "content":[],"structuredContent":{"x":{{Nested(Depth - 3)}}}
                """);
            scripted.Result("tools/call u", $$"""
                "content":[],"structuredContent":{"x":{{Nested(Depth - 2)}}}
                """);
        });
        using var client = await RawClient.OpenAsync(hub.Host.Url, era);

        var passed = await client.RequestAsync("tools/call", $$"""
            "name":"s__t","arguments":{"x":{{Nested(Depth - 3)}}}
            """, name: "s__t");
        var refused = await client.RequestAsync("tools/call", $$"""
            "name":"s__t","arguments":{"x":{{Nested(Depth - 2)}}}
            """, name: "s__t");
        var tooDeep = await client.RequestAsync("tools/call", "\"name\":\"s__u\"", name: "s__u");

        Assert.Contains(Nested(Depth - 3), passed.Last, StringComparison.Ordinal);
        Assert.Contains(Nested(Depth - 3), peer.TheRequest("tools/call", "[["), StringComparison.Ordinal);
        Assert.Equal((400, -32600), (refused.Status, CodeOf(refused)));
        Assert.Equal((200, 2005), (tooDeep.Status, CodeOf(tooDeep)));
    }

    private static async Task<HubUnderTest> StartAsync(ScriptedPeer peer, Action<ScriptedPeer>? script = null)
    {
        peer.Introduce();
        peer.List("tools/list", "tools", [.. "tuv".Select(name => $$$"""{"name":"{{{name}}}","inputSchema":{"type":"object"}}""")]);
        peer.Result("tools/call", "\"content\":[]");
        script?.Invoke(peer);
        await peer.StartAsync();
        return await HubUnderTest.StartAsync(peer.Definition);
    }

    private static string OfBytes(RawClient client, int bytes)
    {
        const string pad = "$PAD$";
        var big = new string('y', 1_900_000);
        var frame = client.Request("tools/call", $$"""
            "name":"s__t","arguments":{"a":"{{big}}","b":"{{big}}","c":"{{pad}}"},"_end":0
            """);
        return frame.Replace(pad, new string('z', bytes - Encoding.UTF8.GetByteCount(frame) + pad.Length), StringComparison.Ordinal);
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static int CodeOf(RawAnswer answer)
    {
        using var json = JsonDocument.Parse(answer.Last);
        return json.RootElement.GetProperty("error").GetProperty("code").GetInt32();
    }
}
