using Akka.Actor;
using McpHub.Protocol.Revisions;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Pages and whole lists of a session.</summary>
public sealed class ListTests
{
    private const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"scripted","version":"1"}}""";

    [Fact]
    public async Task One_page_by_cursor_and_all_pages_of_each_list()
    {
        await using var session = await ClientSession.ConnectAsync(TestPeer.Server("mcp", "--plain", "--page-size", "2", "--tools", "5", "--prompts", "4", "--resources", "3", "--templates", "1"));
        var first = await session.ListToolsAsync();
        var last = await session.ListToolsAsync("4");

        Assert.Equal(["tool0", "tool1"], first.Tools.Select(tool => tool.Name));
        Assert.Equal("2", first.NextCursor);
        Assert.Equal(["tool4"], last.Tools.Select(tool => tool.Name));
        Assert.Null(last.NextCursor);
        Assert.Equal(Enumerable.Range(0, 5).Select(n => $"tool{n}"), await session.ListAllToolsAsync().Select(tool => tool.Name).ToListAsync());
        Assert.Equal(4, await session.ListAllPromptsAsync().CountAsync());
        Assert.Equal(3, await session.ListAllResourcesAsync().CountAsync());
        Assert.Equal("tool://template/0/{id}", (await session.ListAllResourceTemplatesAsync().SingleAsync()).UriTemplate);
    }

    [Fact]
    public async Task The_empty_cursor_is_a_cursor()
    {
        var (session, server) = await OpenAsync();
        var page = session.ListToolsAsync("");
        var request = await server.ExpectAsync(MethodNames.ToolsList);
        server.Reply(request, """{"tools":[],"nextCursor":""}""");

        Assert.Equal("", request.GetProperty("params").GetProperty("cursor").GetString());
        Assert.Equal("", (await page).NextCursor);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_later_page_that_fails_fails_the_whole_list()
    {
        var (session, server) = await OpenAsync();
        var all = session.ListAllToolsAsync().ToListAsync();
        server.Reply(await server.ExpectAsync(MethodNames.ToolsList), """{"tools":[{"name":"a","inputSchema":{}}],"nextCursor":"2"}""");
        server.ReplyError(await server.ExpectAsync(MethodNames.ToolsList), -32603, "page two is lost");

        Assert.Equal("page two is lost", (await Assert.ThrowsAsync<PeerException>(async () => await all)).PeerMessage);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_cursor_that_comes_again_ends_the_list_with_an_error()
    {
        var (session, server) = await OpenAsync();
        var all = session.ListAllToolsAsync().ToListAsync();
        foreach (var next in (string[])["x", "", "x"])
        {
            server.Reply(await server.ExpectAsync(MethodNames.ToolsList), $$"""{"tools":[],"nextCursor":"{{next}}"}""");
        }

        Assert.Equal("HUB4103", (await Assert.ThrowsAsync<HubException>(async () => await all)).Code);
        await session.DisposeAsync();
    }

    [Theory]
    [InlineData("max-list-pages = 3", "--tools 3", null)]
    [InlineData("max-list-pages = 3", "--tools 4", "3 pages")]
    [InlineData("max-list-items = 5", "--tools 5", null)]
    [InlineData("max-list-items = 5", "--tools 6", "5 items")]
    public async Task The_caps_come_from_the_callers_hocon(string key, string tools, string? limit)
    {
        using var system = ActorSystem.Create("mine", $"hub.session.{key}\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF");
        await using (var session = await ClientSession.ConnectAsync(
            TestPeer.Server(["mcp", "--plain", "--page-size", key.Contains("pages", StringComparison.Ordinal) ? "1" : "5", .. tools.Split(' ')]), new ClientSessionOptions { ActorSystem = system }))
        {
            if (limit is null)
            {
                Assert.Equal(tools.Split(' ')[1], (await session.ListAllToolsAsync().CountAsync()).ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                var error = await Assert.ThrowsAsync<HubException>(async () => await session.ListAllToolsAsync().CountAsync());
                Assert.Equal("HUB4104", error.Code);
                Assert.Contains(limit, error.Message, StringComparison.Ordinal);
            }
        }

        Assert.False(system.WhenTerminated.IsCompleted);
        await system.Terminate();
    }

    private static async Task<(ClientSession Session, ScriptedTransport Server)> OpenAsync()
    {
        var server = new ScriptedTransport();
        var session = new ClientSession(server);
        var opening = session.InitializeAsync();
        server.ReplyError(await server.ExpectAsync(MethodNames.Discover), -32601);
        server.Reply(await server.ExpectAsync(MethodNames.Initialize), Hello);
        await server.ExpectAsync(MethodNames.Initialized);
        await opening;
        return (session, server);
    }
}
