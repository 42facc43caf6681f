using System.Text.Json;
using Akka.Actor;
using McpHub.Actors.Sessions;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>The server's lists: whole or not at all, and always as the server last said.</summary>
public sealed class ListsSpec() : SessionSpec("hub.session.max-list-pages = 4\nhub.session.max-list-items = 6\nhub.session.ping-interval = 0s")
{
    [Fact(DisplayName = "CM-02 all pages are read in order, and the empty cursor is one like any other")]
    public async Task All_pages_are_read()
    {
        var peer = await ConnectWithListsAsync();
        peer.Reply(await peer.ExpectAsync("tools/list"), Page("", "a"));
        var second = await peer.ExpectAsync("tools/list");
        Assert.Equal("", second.GetProperty("params").GetProperty("cursor").GetString());
        peer.Reply(second, Page("next", "b"));
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "c"));

        Assert.Equal(["a", "b", "c"], await ToolsAsync());
    }

    [Fact(DisplayName = "A-017 the same cursor again ends the walk, and the last good list stays")]
    public async Task A_cursor_cycle_ends_the_walk()
    {
        var peer = await ConnectWithListsAsync();
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "good"));
        Assert.Equal(["good"], await ToolsAsync());

        peer.Send("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        peer.Reply(await peer.ExpectAsync("tools/list"), Page("round", "x"));
        peer.Reply(await peer.ExpectAsync("tools/list"), Page("round", "y"));

        Assert.Equal(["good"], Names((await Supervisor.ExpectMsgAsync<UpstreamSession.CatalogChanged>()).Catalog));
        Assert.True(peer.IsQuiet);
    }

    [Theory(DisplayName = "a list at its limits is taken, one past them is not: pages and items")]
    [InlineData(4, 1, true)]
    [InlineData(5, 1, false)]
    [InlineData(1, 6, true)]
    [InlineData(1, 7, false)]
    [InlineData(2, 4, false)]
    public async Task Limits_of_a_list(int pages, int itemsPerPage, bool isTaken)
    {
        var peer = await ConnectWithListsAsync();
        for (var page = 1; page <= pages && (isTaken || page <= 4); page++)
        {
            var names = Enumerable.Range(0, itemsPerPage).Select(i => $"t{page}-{i}").ToArray();
            peer.Reply(await peer.ExpectAsync("tools/list"), Page(page == pages ? null : $"p{page}", names));
        }

        var tools = await ToolsAsync();
        Assert.Equal(isTaken ? pages * itemsPerPage : 0, tools.Count);
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "A-008 a list that fails at connect is empty, the others are there")]
    public async Task A_failed_list_is_empty()
    {
        await StartAsync(change: server => server with { KeepCatalog = true });
        Actor.Tell(new UpstreamSession.Connect(Era.Legacy));
        var peer = await OpenedAsync();
        peer.Reply(await peer.ExpectAsync("initialize"), """{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"prompts":{}},"serverInfo":{"name":"s","version":"1"}}""");
        await peer.ExpectAsync("notifications/initialized");
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "a"));
        peer.ReplyError(await peer.ExpectAsync("prompts/list"), -32603);

        var catalog = (await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Catalog;

        Assert.Equal(["a"], Names(catalog));
        Assert.Empty(catalog.Prompts.Items);
    }

    [Fact(DisplayName = "CB-06 the first change is followed at once, those after it count as one")]
    public async Task Changes_are_coalesced()
    {
        var peer = await ConnectWithListsAsync();
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "a"));
        await ToolsAsync();

        for (var i = 0; i < 10; i++)
        {
            peer.Send("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        }

        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "a", "b"));
        Assert.Equal(["a", "b"], Names((await Supervisor.ExpectMsgAsync<UpstreamSession.CatalogChanged>()).Catalog));
        Assert.True(peer.IsQuiet);

        await AdvanceUntilAsync(() => !peer.IsQuiet, TimeSpan.FromSeconds(1));
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "a", "b", "c"));
        Assert.Equal(["a", "b", "c"], Names((await Supervisor.ExpectMsgAsync<UpstreamSession.CatalogChanged>()).Catalog));
    }

    [Fact(DisplayName = "4-25 to 4-30 a modern server is asked to tell of changes, and asked again after the stream ended")]
    public async Task A_modern_server_is_listened_to()
    {
        await StartAsync(change: server => server with { KeepCatalog = true });
        Actor.Tell(new UpstreamSession.Connect(Era.Modern));
        var peer = await OpenedAsync();
        peer.Reply(await peer.ExpectAsync("server/discover"), ModernHello);
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "a"));
        var listen = await peer.ExpectAsync("subscriptions/listen");
        Assert.Equal("""{"toolsListChanged":true}""", listen.GetProperty("params").GetProperty("notifications").GetRawText());
        var tag = listen.GetProperty("id").GetRawText();
        peer.Send($$$$"""{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/subscriptionId":{{{{tag}}}}}}}""");
        await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>();

        peer.Send("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}""");
        peer.Send($$$$"""{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":{{{{tag}}}}}}}""");
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "a", "b"));
        Assert.Equal(["a", "b"], Names((await Supervisor.ExpectMsgAsync<UpstreamSession.CatalogChanged>()).Catalog));
        Assert.True(peer.IsQuiet);

        peer.Reply(listen, $$$"""{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":{{{tag}}}}}""");
        await AnswerAsync(peer, Call());    // said later, so the session has heard of the end before time moves
        // After a gap everything may have changed.
        await AdvanceUntilAsync(() => !peer.IsQuiet, TimeSpan.FromSeconds(1));
        peer.Reply(await peer.ExpectAsync("tools/list"), Page(null, "c"));
        Assert.Equal(["c"], Names((await Supervisor.ExpectMsgAsync<UpstreamSession.CatalogChanged>()).Catalog));
        await AdvanceUntilAsync(() => !peer.IsQuiet, TimeSpan.FromSeconds(2));
        await peer.ExpectAsync("subscriptions/listen");
    }

    [Fact(DisplayName = "an item without a name, or with one twice, is left out and the rest is kept as it came")]
    public async Task Invalid_items_are_left_out()
    {
        var peer = await ConnectWithListsAsync();
        const string Odd = """{"zeta":1e400,"name":"od\u0064","n":0.1000}""";
        peer.Reply(await peer.ExpectAsync("tools/list"), $$"""{"tools":[{"title":"no name"},{"name":"a","name":"b"},7,{{Odd}}]}""");

        var item = Assert.Single((await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Catalog.Tools.Items);

        Assert.Equal("odd", item.Key);
        Assert.Equal(Odd, System.Text.Encoding.UTF8.GetString(item.Json.Span));
    }

    private async Task<ScriptedTransport> ConnectWithListsAsync() => await ConnectLegacyAsync(change: server => server with { KeepCatalog = true });

    private async Task<IReadOnlyList<string>> ToolsAsync() => Names((await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>()).Catalog);

    private static IReadOnlyList<string> Names(ServerCatalog catalog) => [.. catalog.Tools.Items.Select(item => item.Key)];

    private static string Page(string? cursor, params string[] names) =>
        JsonSerializer.Serialize(new { tools = names.Select(name => new { name, inputSchema = new { type = "object" } }) })[..^1] + (cursor is null ? "}" : $",\"nextCursor\":\"{cursor}\"}}");
}
