using McpHub.Protocol.Revisions;
using McpHub.Testing;

namespace McpHub.Scenarios.Transports;

/// <summary>A legacy HTTP server that forgets its sessions (W-07).</summary>
public sealed class SessionLossScenarios
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory(DisplayName = "E-010 the server forgot the session: of 20 concurrent calls each is answered, after exactly one initialize without an id; subscriptions and log level are restored")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_new_session_for_all(bool inGroup)
    {
        var told = new TaskCompletionSource();
        await using var server = new ScriptedServer("s", Era.Legacy).Tool("t", request => $"{request.Params["arguments"]!["n"]}").Resource("x://watched", "text");
        var options = new ClientSessionOptions { MessageHandler = message => { _ = message is ServerNotification { Method: MethodNames.ResourcesUpdated } && told.TrySetResult(); return default; } };
        await using var group = new ClientSessionGroup();
        await using var session = inGroup ? await group.ConnectToServerAsync(server.OverHttp(), options) : await ClientSession.ConnectAsync(server.OverHttp(), options);
        await session.SetLoggingLevelAsync(LoggingLevel.Warning);
        await session.SubscribeResourceAsync("x://watched");

        server.LoseSessions();
        var calls = Enumerable.Range(0, 20).Select(n => session.CallToolAsync("t", new { n })).ToArray();

        for (var n = 0; n < calls.Length; n++)
        {
            Assert.Equal($"{n}", Assert.IsType<TextContent>(Assert.Single((await calls[n].WaitAsync(_patience)).Content)).Text);
        }

        Assert.Equal(2, server.Requests(MethodNames.Initialize).Count);
        Assert.Equal(20, server.Requests(MethodNames.ToolsCall).Count(request => request.IsAnswered));
        await Eventually(() => server.Requests(MethodNames.SetLevel).Count == 2 && server.Requests(MethodNames.ResourcesSubscribe).Count == 2);
        await server.ResourceUpdatedAsync("x://watched");
        await told.Task.WaitAsync(_patience);
        Assert.False(session.Completion.IsCompleted);
    }

    [Fact(DisplayName = "E-010 a server that forgets each new session too: the call ends with that error, unsent, after one more try")]
    public async Task Not_for_ever()
    {
        await using var server = new ScriptedServer("s", Era.Legacy).Tool("t", _ => "ok").FailNext(MethodNames.ToolsCall, Fault.SessionLoss, times: 2);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        var lost = await Assert.ThrowsAsync<ServerUnavailableException>(() => session.CallToolAsync("t"));
        Assert.Equal(("HUB2132", Delivery.NotSent), (lost.Code, lost.Delivery));
        Assert.Equal(2, server.Requests(MethodNames.ToolsCall).Count);
        Assert.Equal("ok", Assert.IsType<TextContent>((await session.CallToolAsync("t")).Content[0]).Text);
    }

    [Fact(DisplayName = "E-011 a server without sessions: a call that gets 404 ends with the status, and nothing is initialized again")]
    public async Task Without_sessions()
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").FailNext(MethodNames.ToolsCall, Fault.HttpStatus(404, "no"));
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        Assert.Equal("HUB2106", (await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("t"))).Code);
        Assert.Single(server.Requests(MethodNames.ToolsCall));
        Assert.Single(server.Requests(MethodNames.Discover));
        Assert.Empty(server.Requests(MethodNames.Initialize));
    }

    private static Task Eventually(Func<bool> holds) => TestSupport.Eventually.HoldsAsync(holds);
}
