using McpHub.Actors.Servers;

namespace McpHub.Scenarios.Resilience;

public sealed class OverlapSpec
{
    [Fact(DisplayName = "32 calls to one stdio server overlap: the server sees 32 open requests")]
    public async Task Calls_to_one_server_overlap()
    {
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Peer("s"));
        var held = Enumerable.Range(0, 32).Select(_ => hub.Call("s__hold")).ToArray();

        Assert.Equal("32", await hub.TextAsync("s__release", """{"atLeast":32}"""));
        foreach (var call in held)
        {
            Assert.Equal("released", HubUnderTest.TextOf(await HubUnderTest.AnswerAsync(call)));
        }
    }

    [Fact(DisplayName = "with every server stopped, tools/list still answers")]
    public async Task Lists_need_no_server()
    {
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Peer("a"), HubUnderTest.Peer("b"));
        var processes = new[] { (await hub.ExpectAsync("a", ServerPhase.Ready)).ProcessId!.Value, (await hub.ExpectAsync("b", ServerPhase.Ready)).ProcessId!.Value };
        foreach (var process in processes)
        {
            Signals.Stop(process);
        }

        try
        {
            var tools = (await hub.PostAsync("tools/list")).GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()).ToArray();
            Assert.Contains("a__echo", tools);
            Assert.Contains("b__echo", tools);
            Assert.Equal(2, (await hub.PostAsync("server/discover")).GetProperty("result").GetProperty("capabilities").EnumerateObject().Count(capability => capability.Name is "tools" or "prompts"));
        }
        finally
        {
            foreach (var process in processes)
            {
                Signals.Continue(process);
            }
        }
    }

    [Fact(DisplayName = "A-016 with three pages of each list, all items are listed in order")]
    public async Task All_pages_are_listed()
    {
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Peer("p", "--page-size", "10", "--tools", "25", "--prompts", "25", "--resources", "25", "--templates", "25"));

        foreach (var (method, member) in new[] { ("prompts/list", "prompts"), ("resources/list", "resources"), ("resources/templates/list", "resourceTemplates") })
        {
            Assert.Equal(25, (await hub.PostAsync(method)).GetProperty("result").GetProperty(member).GetArrayLength());
        }

        var tools = (await hub.PostAsync("tools/list")).GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!).Where(name => char.IsAsciiDigit(name[^1])).ToArray();
        Assert.Equal(Enumerable.Range(0, 25).Select(n => $"p__p{n}"), tools);
    }
}
