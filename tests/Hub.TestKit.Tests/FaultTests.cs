namespace McpHub.Testing.Tests;

/// <summary>A scripted fault is, for the hub, what it says.</summary>
public sealed class FaultTests
{
    private static readonly CallOptions _short = new() { Timeout = TimeSpan.FromMilliseconds(300) };

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Crash_ends_the_call_with_an_unknown_outcome_and_the_next_connection_works(string carrier)
    {
        await using var server = new ScriptedServer("s").Tool("t", _ => "ok").FailNext("tools/call", Fault.Crash(137, "out of memory"));
        await using var group = new ClientSessionGroup();
        await group.ConnectToServerAsync(server.Over(carrier));

        var lost = await Assert.ThrowsAsync<HubException>(() => group.CallToolAsync("t"));
        Assert.Equal(("HUB2111", Delivery.Unknown), (lost.Code, lost.Delivery));
        Assert.Equal("ok", (await UntilReadyAsync(() => group.CallToolAsync("t"))).Text());
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("pipe")]
    public async Task Crash_of_a_process_shows_its_exit_code_and_last_words(string carrier)
    {
        await using var server = new ScriptedServer();
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        await server.CrashAsync(137, "out of\nmemory");

        var closed = await session.Completion.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((137, "HUB2103"), (closed.ExitCode, closed.Error?.Code));
        Assert.Equal(["out of", "memory"], closed.StderrTail);
        await server.ExpectNoConnectionAsync();
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("pipe")]
    public async Task Kill_is_a_signal(string carrier)
    {
        await using var server = new ScriptedServer();
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        await server.KillAsync();

        Assert.Contains("signal 9", (await session.Completion.WaitAsync(TimeSpan.FromSeconds(20))).Error?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Hang_and_late_are_timeouts_and_the_session_goes_on(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok")
            .FailNext("tools/call", Fault.Hang)
            .FailNext("tools/call", Fault.Late(TimeSpan.FromSeconds(1)));
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        await Assert.ThrowsAsync<RequestTimeoutException>(() => session.CallToolAsync("t", options: _short));
        await Assert.ThrowsAsync<RequestTimeoutException>(() => session.CallToolAsync("t", options: _short));
        Assert.Equal("ok", (await session.CallToolAsync("t")).Text());
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Garbage_is_no_answer(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok").FailNext("tools/call", Fault.Garbage());
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        // Over HTTP it stands where the answer should; on a pipe it is a line that belongs to nobody.
        Assert.Equal(carrier == "http" ? "HUB2107" : "HUB5104", (await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("t", options: _short))).Code);
        Assert.Equal("ok", (await session.CallToolAsync("t")).Text());
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task A_second_answer_changes_nothing(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", request => $"{request.Arguments["n"]}").FailNext("tools/call", Fault.Twice);
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        Assert.Equal("1", (await session.CallToolAsync("t", new { n = 1 })).Text());
        Assert.Equal("2", (await session.CallToolAsync("t", new { n = 2 })).Text());
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Noise_is_skipped_on_a_pipe_and_breaks_an_answer_over_http(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok").FailNext("tools/call", Fault.Noise());
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        var call = session.CallToolAsync("t");
        if (carrier == "http")
        {
            Assert.Equal("HUB2107", (await Assert.ThrowsAnyAsync<HubException>(() => call)).Code);
        }
        else
        {
            Assert.Equal("ok", (await call).Text());
        }
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Answers_out_of_order_reach_their_callers(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", request => $"{request.Arguments["n"]}").FailNext("tools/call", Fault.Reversed(3));
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        var calls = Enumerable.Range(0, 3).Select(n => session.CallToolAsync("t", new { n })).ToArray();

        Assert.Equal(["0", "1", "2"], (await Task.WhenAll(calls)).Select(Carriers.Text));
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Half_an_answer_is_an_unknown_outcome(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok").FailNext("tools/call", Fault.Half);
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        Assert.Equal(Delivery.Unknown, (await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("t"))).Delivery);
    }

    [Theory]
    [MemberData(nameof(Carriers.AllOfBothEras), MemberType = typeof(Carriers))]
    public async Task Single_bytes_are_put_together(string carrier, Era era)
    {
        await using var server = new ScriptedServer(era: era) { SliceBytes = 1 }.Tool("t", _ => "ü€𝄞");
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        Assert.Equal("ü€𝄞", (await session.CallToolAsync("t")).Text());
    }

    [Fact]
    public async Task A_lost_session_is_opened_again()
    {
        await using var server = new ScriptedServer("s", Era.Legacy).Tool("t", _ => "ok").FailNext("tools/call", Fault.SessionLoss);
        await using var group = new ClientSessionGroup();
        await group.ConnectToServerAsync(server.OverHttp());

        Assert.Equal("ok", (await group.CallToolAsync("t")).Text());
        Assert.Equal(2, server.Requests("tools/call").Count);
        Assert.Equal(2, server.Requests("initialize").Count);
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task An_error_is_what_one_request_gets(string carrier)
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok").FailNext("tools/call", Fault.Error(-32099, "not \"now\""));
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        var refused = await Assert.ThrowsAsync<PeerException>(() => session.CallToolAsync("t"));
        Assert.Equal((-32099, true), (refused.PeerCode, refused.Message.Contains("not \"now\"", StringComparison.Ordinal)));
        Assert.Equal("ok", (await session.CallToolAsync("t")).Text());
    }

    [Fact]
    public async Task A_status_is_what_http_answers()
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok").FailNext("tools/call", Fault.HttpStatus(503, "come back"));
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        Assert.Equal("HUB2106", (await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("t"))).Code);
    }

    [Fact]
    public async Task A_changed_answer_is_sent_as_it_was_changed()
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok").FailNext("tools/call", Fault.Rewritten(text => text.Replace("\"id\":", "\"id\":9", StringComparison.Ordinal)));
        await using var session = await ClientSession.ConnectAsync(server.InProcess());

        await Assert.ThrowsAsync<RequestTimeoutException>(() => session.CallToolAsync("t", options: _short));
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task A_server_that_is_down_cannot_be_connected(string carrier)
    {
        await using var server = new ScriptedServer { IsDown = true };

        await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(server.Over(carrier)));
        server.IsDown = false;
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));
    }

    [Fact]
    public async Task A_stubborn_child_is_killed_with_its_session()
    {
        await using var server = new ScriptedServer { IsStubborn = true };
        await (await ClientSession.ConnectAsync(server.OverPipe())).DisposeAsync();

        await server.ExpectNoConnectionAsync();
    }

    [Fact]
    public async Task A_server_that_stops_reading_is_given_nothing_until_it_reads_again()
    {
        await using var server = new ScriptedServer().Tool("t", _ => "ok");
        await using var session = await ClientSession.ConnectAsync(server.InProcess());
        server.StopsReading = true;
        var call = session.CallToolAsync("t");
        Assert.NotSame(call, await Task.WhenAny(call, Task.Delay(200)));
        Assert.Empty(server.Requests("tools/call"));

        server.StopsReading = false;

        Assert.Equal("ok", (await call).Text());
    }

    private static async Task<CallToolResult> UntilReadyAsync(Func<Task<CallToolResult>> call)
    {
        for (var limit = DateTime.UtcNow.AddSeconds(20); ;)
        {
            try
            {
                return await call();
            }
            catch (ServerUnavailableException) when (DateTime.UtcNow < limit)
            {
                await Task.Delay(20);
            }
        }
    }
}
