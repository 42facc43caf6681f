using McpHub.Protocol.Revisions;
using McpHub.Testing;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>How a session finds out the era of a server, over real pipes and sockets; in virtual time <see cref="Sessions.HandshakeSpec"/> has more (contract 2.6).</summary>
public sealed class EraTests
{
    [Theory(DisplayName = "F-001 F-002 a server of either era, or of both, is recognised, and the other era's opening is not sent to a modern one")]
    [InlineData(true, Era.Modern, Era.Modern)]
    [InlineData(false, Era.Modern, Era.Modern)]
    [InlineData(true, Era.Legacy, Era.Legacy)]
    [InlineData(false, Era.Legacy, Era.Legacy)]
    [InlineData(true, null, Era.Modern)]
    [InlineData(false, null, Era.Modern)]
    public async Task Auto(bool overHttp, Era? spoken, Era found)
    {
        await using var server = new ScriptedServer(era: spoken).Tool("echo", request => "hi");
        await using var session = await ClientSession.ConnectAsync(Way(server, overHttp));

        Assert.Equal(found, session.Era);
        Assert.Equal("hi", ((TextContent)(await session.CallToolAsync("echo")).Content[0]).Text);
        Assert.Equal(found == Era.Legacy ? 1 : 0, server.Requests(MethodNames.Initialize).Count);
    }

    [Theory(DisplayName = "W-20 F-003 any error that is not a modern one leads to initialize, whatever its code")]
    [InlineData(-32601, false)]
    [InlineData(-32602, false)]
    [InlineData(-32000, false)]
    [InlineData(0, false)]
    [InlineData(42, false)]
    [InlineData(-32601, true)]
    [InlineData(-32000, true)]
    [InlineData(42, true)]
    public async Task Any_error(int code, bool overHttp)
    {
        await using var server = new ScriptedServer().On(MethodNames.Discover, _ => throw new ScriptedErrorException(code, "no"));
        await using var session = await ClientSession.ConnectAsync(Way(server, overHttp));

        Assert.Equal(Era.Legacy, session.Era);
        Assert.Single(server.Requests(MethodNames.Discover));
        Assert.Single(server.Requests(MethodNames.Initialize));
    }

    [Fact(DisplayName = "W-19 F-004 a server that exits on any request before initialize: the connect succeeds, the surviving process saw only the handshake, and the next connect does not probe")]
    public async Task Exits_on_the_probe()
    {
        await using var server = new ScriptedServer(era: Era.Legacy).FailNext(MethodNames.Discover, Fault.Crash(3, "received a request before initialization"));
        await using (var session = await ClientSession.ConnectAsync(server.OverPipe()))
        {
            await session.SendPingAsync();
            Assert.Equal([MethodNames.Initialize, MethodNames.Initialized, MethodNames.Ping], Of(server, connection: 2));
        }

        await using var again = await ClientSession.ConnectAsync(server.OverPipe());
        await again.SendPingAsync();
        Assert.Equal([MethodNames.Initialize, MethodNames.Initialized, MethodNames.Ping], Of(server, connection: 3));
        Assert.Single(server.Requests(MethodNames.Discover));
    }

    [Theory(DisplayName = "F-011 a 4xx with an empty body on the modern probe: initialize succeeds")]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task Bad_request_with_an_empty_body(int status)
    {
        await using var server = new ScriptedServer(era: Era.Legacy).FailNext(MethodNames.Discover, Fault.HttpStatus(status));
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        Assert.Equal(Era.Legacy, session.Era);
        Assert.Single(server.Requests(MethodNames.Initialize));
    }

    [Theory(DisplayName = "F-006 401, 429 and 503 on the probe: the connect fails with that status, and no era is kept, so that the next one probes again")]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task No_verdict(int status)
    {
        await using var server = new ScriptedServer().FailNext(MethodNames.Discover, Fault.HttpStatus(status), times: 1);
        var error = await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(server.OverHttp()));
        Assert.Equal(status, error.Error.HttpStatus);
        Assert.Empty(server.Requests(MethodNames.Initialize));

        await using var session = await ClientSession.ConnectAsync(server.OverHttp());
        Assert.Equal(Era.Modern, session.Era);
        Assert.Equal(2, server.Requests(MethodNames.Discover).Count);
    }

    [Theory(DisplayName = "F-009 pinned to legacy nothing is probed, pinned to modern there is no handshake")]
    [InlineData(true, "HUB2106")]
    [InlineData(false, "HUB2114")]
    public async Task Pins(bool overHttp, string code)
    {
        await using var both = new ScriptedServer();
        await using (var legacy = await ClientSession.ConnectAsync(Way(both, overHttp) with { Era = Era.Legacy }))
        {
            Assert.Equal(Era.Legacy, legacy.Era);
            Assert.Empty(both.Requests(MethodNames.Discover));
        }

        await using var old = new ScriptedServer(era: Era.Legacy);
        var error = await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(Way(old, overHttp) with { Era = Era.Modern }));
        Assert.Equal(code, error.Code);
        Assert.Empty(old.Requests(MethodNames.Initialize));
    }

    private static ServerParameters Way(ScriptedServer server, bool overHttp) => overHttp ? server.OverHttp() : server.OverPipe();

    private static IEnumerable<string?> Of(ScriptedServer server, int connection) => server.Received.Where(message => message.Connection == connection).Select(message => message.Method);
}
