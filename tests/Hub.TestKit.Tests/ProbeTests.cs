using Akka.Actor;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing.Tests;

/// <summary>The probes see what their session or group sees.</summary>
public sealed class ProbeTests : HubTestKit
{
    [Fact]
    public async Task A_group_probe_sees_every_state_of_a_crash_and_the_lists()
    {
        var server = CreateServer("s", Era.Legacy).Tool("a", _ => "a");
        var group = CreateGroup();
        var probe = Watch(group);
        await group.ConnectToServerAsync(server.InProcess());
        await probe.ExpectStateAsync("s", "connecting");
        await probe.ExpectStateAsync("s", "ready");
        await probe.ExpectCatalogChangeAsync(ComponentKind.Tool);

        await server.CrashAsync(137);
        var down = await probe.ExpectStateAsync("s", "backing-off");
        Assert.Equal("HUB2103", down.ErrorCode);
        await AdvanceAsync(down.NextAttempt!.Value - Clock.GetUtcNow());
        await probe.ExpectStateAsync("s", "ready");

        await group.DisconnectFromServerAsync(group.Sessions[0]);
        await probe.ExpectStateAsync("s", "removed");
    }

    [Fact]
    public async Task A_group_probe_sees_the_calls_of_actors()
    {
        var group = await ConnectGroupAsync(CreateServer().Tool("a", request => $"a{request.Arguments["n"]}"));
        var probe = Watch(group);

        probe.Router.Tell(new RouterCall("tools/call", new JObject { ["name"] = "a", ["arguments"] = new JObject { ["n"] = 1 } }), TestActor);

        Assert.Equal("a1", (await ExpectMsgAsync<CallToolResult>()).Text());
        Assert.Equal("a", (string?)(await probe.ExpectCallAsync("tools/call")).Params["name"]);
    }

    [Fact]
    public async Task A_session_probe_sees_logs_notifications_progress_and_requests()
    {
        var server = CreateServer(era: Era.Legacy).Tool("work", async request =>
        {
            await request.ProgressAsync(1);
            return (string?)(await request.RequestAsync("roots/list"))["roots"]![0]!["uri"] ?? "";
        });
        var probe = new SessionProbe();
        var session = await ConnectAsync(server, probe.Watch(new ClientSessionOptions { ListRootsCallback = (_, _) => Task.FromResult<IReadOnlyList<Root>>([new Root { Uri = "file:///home" }]) }));

        await server.LogAsync("warning", "paper is low");
        await server.ToolsChangedAsync();
        var result = await session.CallToolAsync("work", options: new CallOptions { Progress = probe.Progress });

        Assert.Equal("file:///home", result.Text());
        Assert.Equal("paper is low", (string?)(await probe.ExpectLogAsync(log => log.LevelName == "warning")).Data);
        await probe.ExpectNotificationAsync("notifications/tools/list_changed");
        Assert.Equal(1, (await probe.ExpectProgressAsync()).Progress);
        await probe.ExpectRequestAsync<RootsRequest>();

        await server.SendAsync("something else");
        await probe.ExpectDiagnosticAsync("HUB2161");
        await server.CrashAsync(3);
        Assert.Equal(3, (await probe.ExpectClosedAsync(session)).ExitCode);
    }
}
