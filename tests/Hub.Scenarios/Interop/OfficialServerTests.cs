using McpHub.Host.Demo;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Interop;

/// <summary>The embedding API against servers nobody here wrote: the official SDK's, over standard streams and HTTP, in both eras.</summary>
public class OfficialServerTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory(DisplayName = "UX-01 the basic example with the official SDK's server")]
    [InlineData("2025-06-18", Era.Legacy)]
    [InlineData("2025-11-25", Era.Legacy)]
    [InlineData("2026-07-28", Era.Modern)]
    public async Task Basic_client(string revision, Era era)
    {
        await using var session = await ClientSession.ConnectAsync(Notes("--revision", revision));
        Assert.Equal((era, revision, "notes"), (session.Era, session.ProtocolVersion, session.ServerInfo!.Name));
        var tools = await session.ListToolsAsync();
        // It has no argument of that name: its answer, whichever it is, is no exception of ours.
        Assert.NotEmpty((await session.CallToolAsync(tools.Tools[0].Name, new { input = "test" })).Content);

        var added = await session.CallToolAsync("add_note", new { title = "milk", text = "two bottles" });
        Assert.Equal("milk", (string?)added.StructuredContent!["title"]);
        var reports = new List<double>();
        await session.CallToolAsync("import_notes", new { count = 5, delayMs = 1 }, new CallOptions { Progress = new Reports(report => reports.Add(report.Progress)) });
        Assert.Equal(reports.Order(), reports.ToList());
        Assert.Equal("note://1", (await session.ReadResourceAsync("note://1")).Contents[0].Uri);
        Assert.Contains("bullets", ((TextContent)(await session.GetPromptAsync("summarize_notes", new Dictionary<string, string> { ["style"] = "bullets" })).Messages[0].Content).Text, StringComparison.Ordinal);
        Assert.Equal(["bullets"], (await session.CompleteAsync(CompletionReference.Prompt("summarize_notes"), new CompletionArgument { Name = "style", Value = "bu" })).Completion.Values);
        await session.SendPingAsync();
        Assert.True((await Assert.ThrowsAsync<PeerException>(() => session.ReadResourceAsync("note://99"))).PeerCode < 0);
    }

    [Fact(DisplayName = "UX-02 the multi-server example: one group of three servers over three transports in both eras; an unknown name and an equal name are typed errors")]
    public async Task Multi_server_client()
    {
        await using var legacy = await HttpSample.StartAsync("legacy-http", _patience, CancellationToken.None);
        await using var modern = await HttpSample.StartAsync("modern-http", _patience, CancellationToken.None);
        await using var group = new ClientSessionGroup();
        var sessions = await Task.WhenAll(
            group.ConnectToServerAsync(Notes()),
            group.ConnectToServerAsync(new StreamableHttpParameters(legacy.Endpoint)),
            group.ConnectToServerAsync(new StreamableHttpParameters(modern.Endpoint)));

        Assert.Equal([Era.Legacy, Era.Legacy, Era.Modern], sessions.Select(session => session.Era));
        Assert.Contains("get_order", group.Tools.Keys);
        Assert.Same(sessions[2], group.Tools["get_order"].Session);
        Assert.Equal("Model rocket", (string?)(await group.CallToolAsync("get_order", new { id = 7 })).StructuredContent!["item"]);
        Assert.NotEmpty((await group.CallToolAsync("list_notes")).Content);
        Assert.Contains("Model rocket", ((TextResourceContents)(await group.ReadResourceAsync("order://7")).Contents[0]).Text, StringComparison.Ordinal);
        Assert.True((await Assert.ThrowsAsync<PeerException>(() => group.ReadResourceAsync("order://99"))).IsResourceNotFound);
        await Assert.ThrowsAsync<ToolNotFoundException>(() => group.CallToolAsync("any_tool_name", new JObject { ["param"] = "value" }));

        var before = group.Tools.Keys.ToList();
        Assert.Equal("HUB4101", (await Assert.ThrowsAsync<HubException>(() => group.ConnectToServerAsync(Notes()))).Code);
        Assert.Equal(before, group.Tools.Keys);
        Assert.NotEmpty((await group.CallToolAsync("list_notes")).Content);
    }

    private static StdioServerParameters Notes(params string[] options)
    {
        var (command, arguments) = SampleServer.CommandLine(["stdio", .. options]);
        return new StdioServerParameters(command, arguments);
    }

    private sealed class Reports(Action<ProgressNotification> report) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => report(value);
    }
}
