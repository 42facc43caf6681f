using McpHub.Protocol.Revisions;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>A session with a server of 2026-07-28.</summary>
public sealed class ModernSessionTests
{
    private const string Hello = """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"resources":{}},"instructions":"be kind","ttlMs":0,"cacheScope":"public"}""";

    [Fact]
    public async Task The_session_shows_what_discovery_taught_and_ping_asks_again()
    {
        var (session, server) = await OpenAsync();
        Assert.Equal((Era.Modern, "2026-07-28", "be kind"), (session.Era, session.ProtocolVersion, session.Instructions));
        Assert.Null(session.ServerInfo);

        var ping = session.SendPingAsync();
        var request = await server.ExpectAsync(MethodNames.Discover);
        server.Reply(request, Hello);
        await ping;
        Assert.Equal("2026-07-28", request.GetProperty("params").GetProperty("_meta").GetProperty(MetaKeys.ProtocolVersion).GetString());
        await session.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"resultType":"input_required","inputRequests":{}}""")]
    [InlineData("""{"resultType":7,"content":[]}""")]
    public async Task A_result_of_another_type_than_complete_is_a_violation(string result)
    {
        var (session, server) = await OpenAsync();
        var call = session.CallToolAsync("x");
        server.Reply(await server.ExpectAsync(MethodNames.ToolsCall), result);

        var error = await Assert.ThrowsAsync<HubException>(() => call);
        Assert.Equal(("HUB2107", Delivery.Answered), (error.Code, error.Delivery));
        await session.DisposeAsync();
    }

    [Theory]
    [InlineData(-32602, """{"uri":"x://y"}""", true)]
    [InlineData(-32002, null, true)]
    [InlineData(-32602, null, false)]
    public async Task A_missing_resource_is_recognised_in_both_spellings(int code, string? data, bool isNotFound)
    {
        var (session, server) = await OpenAsync();
        var read = session.ReadResourceAsync("x://y");
        server.ReplyError(await server.ExpectAsync(MethodNames.ResourcesRead), code, "no", data);

        var error = await Assert.ThrowsAsync<PeerException>(() => read);
        Assert.Equal((code, isNotFound), (error.PeerCode, error.IsResourceNotFound));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_borrowed_transport_that_ends_on_the_probe_says_what_to_do()
    {
        var session = new ClientSession(McpTransports.Stdio(TestPeer.Server("mcp", "--exit-on-discover")));
        var error = await Assert.ThrowsAnyAsync<HubException>(() => session.InitializeAsync());

        Assert.Equal("HUB2116", error.Code);
        Assert.Contains("parameters", error.Hint, StringComparison.Ordinal);
        await session.DisposeAsync();
        await using var connected = await ClientSession.ConnectAsync(TestPeer.Server("mcp", "--exit-on-discover"));
        Assert.Equal(Era.Legacy, connected.Era);
    }

    [Fact(DisplayName = "E-029 a tool whose x-mcp-header is invalid is left out of what a session over HTTP lists, with a word to the message handler; its siblings stay")]
    public async Task A_tool_with_an_invalid_header_is_not_listed()
    {
        const string Tools = """
            {"resultType":"complete","tools":[{"name":"good","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}},
              {"name":"bad","inputSchema":{"type":"object","properties":{"score":{"type":"number","x-mcp-header":"Score"}}}}],"ttlMs":0,"cacheScope":"public"}
            """;
        var told = new TaskCompletionSource<SessionMessage>();
        await using var peer = await ScriptedSession.ModernAsync(new() { MessageHandler = message => { told.TrySetResult(message); return default; } }, kind: TransportKind.Http);
        var list = peer.Session.ListToolsAsync();
        peer.Server.Reply(await peer.Server.ExpectAsync(MethodNames.ToolsList), Tools);

        Assert.Equal("good", Assert.Single((await list).Tools).Name);
        var diagnostic = Assert.IsType<ConnectionDiagnostic>(await told.Task.WaitAsync(ScriptedSession.Patience));
        Assert.Equal("HUB4106", diagnostic.Error.Code);
        Assert.Contains("bad", diagnostic.Error.Message, StringComparison.Ordinal);
    }

    private static async Task<(ClientSession Session, ScriptedTransport Server)> OpenAsync()
    {
        var server = new ScriptedTransport();
        var session = new ClientSession(server);
        var opening = session.InitializeAsync();
        server.Reply(await server.ExpectAsync(MethodNames.Discover), Hello);
        await opening;
        return (session, server);
    }
}
