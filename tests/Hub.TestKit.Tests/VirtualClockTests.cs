using Akka.Actor;

namespace McpHub.Testing.Tests;

/// <summary>One advance moves the actors' scheduler and the time provider together.</summary>
public sealed class VirtualClockTests : HubTestKit
{
    [Fact]
    public async Task One_advance_moves_scheduler_and_time_provider()
    {
        var (start, stamp) = (Clock.GetUtcNow(), Clock.GetTimestamp());
        var delay = Task.Delay(TimeSpan.FromMinutes(5), Clock);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMinutes(5), TestActor, "five minutes", ActorRefs.NoSender);

        await AdvanceAsync(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.False(delay.IsCompleted);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        await AdvanceAsync(TimeSpan.FromMilliseconds(1));

        await delay.WaitAsync(TimeSpan.FromSeconds(10));
        await ExpectMsgAsync("five minutes");
        Assert.Equal(TimeSpan.FromMinutes(5), Clock.GetUtcNow() - start);
        Assert.Equal(TimeSpan.FromMinutes(5), Clock.GetElapsedTime(stamp));
        Assert.Equal(Sys.Scheduler.Now, Clock.GetUtcNow());
    }

    [Fact]
    public async Task Timers_repeat_change_and_stop()
    {
        var fired = 0;
        await using var timer = Clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        await AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(3, fired);
        Assert.True(timer.Change(TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan));
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(3, fired);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(4, fired);
        await timer.DisposeAsync();
        Assert.False(timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(4, fired);
    }

    [Fact]
    public async Task A_call_times_out_by_virtual_time_and_its_server_is_told()
    {
        var server = CreateServer(era: Era.Legacy).FailNext("tools/call", Fault.Hang);
        var session = await ConnectAsync(server);
        var call = session.CallToolAsync("slow", options: new CallOptions { Timeout = TimeSpan.FromMinutes(2) });
        var request = await server.ExpectRequestAsync("tools/call");

        await AdvanceAsync(TimeSpan.FromSeconds(119));
        Assert.False(call.IsCompleted);
        await AdvanceAsync(TimeSpan.FromSeconds(1.1));

        Assert.Equal("HUB5104", (await Assert.ThrowsAsync<RequestTimeoutException>(() => call)).Code);
        Assert.Equal(request.Id, (await server.ExpectNotificationAsync("notifications/cancelled")).Params["requestId"]);
    }

    [Fact]
    public async Task Progress_extends_the_deadline_up_to_its_maximum()
    {
        var server = CreateServer().ByHand("tools/call");
        var session = await ConnectAsync(server);
        var call = session.CallToolAsync("slow", options: new CallOptions { Progress = new Progress<ProgressNotification>() });
        var request = await server.ExpectRequestAsync("tools/call");
        foreach (var minute in Enumerable.Range(1, 11))
        {
            await AdvanceAsync(TimeSpan.FromSeconds(55));
            await request.ProgressAsync(minute);
            await Clock.SettleAsync();
            Assert.Equal(minute == 11, call.IsCompleted);
        }

        await Assert.ThrowsAsync<RequestTimeoutException>(() => call);
    }

    [Fact]
    public async Task A_late_answer_keeps_to_the_clock()
    {
        var server = CreateServer().Tool("t", _ => "late").FailNext("tools/call", Fault.Late(TimeSpan.FromSeconds(30)));
        var session = await ConnectAsync(server);
        var call = session.CallToolAsync("t");
        await server.ExpectRequestAsync("tools/call");

        await AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);

        Assert.Equal("late", (await Clock.AdvanceUntilAsync(call, TimeSpan.FromSeconds(5))).Text());
    }

    [Fact]
    public async Task Back_off_takes_no_real_time()
    {
        var server = CreateServer("s").Tool("t", _ => "ok");
        var group = await ConnectGroupAsync(server);
        await server.ExpectConnectionAsync();

        server.IsDown = true;
        await AdvanceAsync(TimeSpan.FromMinutes(3));
        await Assert.ThrowsAsync<ServerUnavailableException>(() => group.CallToolAsync("t"));
        server.IsDown = false;
        await AdvanceAsync(TimeSpan.FromSeconds(61));
        await server.ExpectConnectionAsync();

        await Clock.AdvanceUntilAsync(() => group.Sessions[0].ServerInfo is not null && group.Tools.Count == 1, TimeSpan.FromSeconds(5));
        Assert.Equal("ok", (await group.CallToolAsync("t")).Text());
    }
}
