using System.Text;
using System.Text.Json;
using McpHub.Testing;
using Newtonsoft.Json;

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
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "");
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverHttp()));
        using var client = await RawClient.OpenAsync(hub.Host.Url, era);
        var atLimit = OfBytes(client, FromClient);

        var passed = await client.SendAsync(atLimit, "tools/call", "s__t", chunked);
        var refused = await client.SendAsync(OfBytes(client, FromClient + 1), "tools/call", "s__t", chunked);

        Assert.Equal(200, passed.Status);
        Assert.Contains("\"result\"", passed.Last, StringComparison.Ordinal);
        // One string of an argument is at most 2 MiB, so there are two and what is left.
        Assert.Contains(atLimit[atLimit.IndexOf("\"arguments\"", StringComparison.Ordinal)..atLimit.LastIndexOf("\"_end\"", StringComparison.Ordinal)],
            Assert.Single(server.Requests("tools/call")).Text, StringComparison.Ordinal);
        Assert.Equal((413, 2008), (refused.Status, CodeOf(refused)));
    }

    [Theory]
    [InlineData("stdio")]
    [InlineData("http")]
    [InlineData("events")]
    public async Task A_server_sends_16_MiB_and_not_one_byte_more(string kind)
    {
        await using var server = new ScriptedServer("s", Era.Legacy) { AnswersWithEvents = kind == "events" }
            .Tool("t", request => OfBytesAsync(request, FromServer))
            .Tool("u", request => OfBytesAsync(request, FromServer + 1))
            .Tool("v", _ => "");
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, kind == "stdio" ? server.OverPipe() : server.OverHttp()));
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
        // Message, result, structuredContent.
        await using var server = new ScriptedServer("s", Era.Legacy)
            .Tool("t", request => OfDepthAsync(request, Depth - 3))
            .Tool("u", request => OfDepthAsync(request, Depth - 2));
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverHttp()));
        using var client = await RawClient.OpenAsync(hub.Host.Url, era);

        var passed = await client.RequestAsync("tools/call", $$"""
            "name":"s__t","arguments":{"x":{{Nested(Depth - 3)}}}
            """, name: "s__t");
        var refused = await client.RequestAsync("tools/call", $$"""
            "name":"s__t","arguments":{"x":{{Nested(Depth - 2)}}}
            """, name: "s__t");
        var tooDeep = await client.RequestAsync("tools/call", "\"name\":\"s__u\"", name: "s__u");

        Assert.Contains(Nested(Depth - 3), passed.Last, StringComparison.Ordinal);
        Assert.Contains(Nested(Depth - 3), Assert.Single(server.Requests("tools/call"), request => request.Text.Contains("[[", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        Assert.Equal((400, -32600), (refused.Status, CodeOf(refused)));
        Assert.Equal((200, 2005), (tooDeep.Status, CodeOf(tooDeep)));
    }

    /// <summary>Answers by a message of exactly this length.</summary>
    private static async Task<string> OfBytesAsync(ScriptedRequest request, int bytes)
    {
        var (head, tail) = ("{\"jsonrpc\":\"2.0\",\"id\":" + request.Id!.ToString(Formatting.None) + ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"", "\"}]}}");
        await request.AnswerAsync(head + new string('x', bytes - head.Length - tail.Length) + tail);
        return "";
    }

    private static async Task<string> OfDepthAsync(ScriptedRequest request, int depth)
    {
        await request.ReplyAsync($$"""{"content":[],"structuredContent":{"x":{{Nested(depth)}} } }""");
        return "";
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
