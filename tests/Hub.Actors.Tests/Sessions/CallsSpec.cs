using Akka.Actor;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>Contract 1.2: every call ends exactly once, whatever happens to its connection.</summary>
public sealed class CallsSpec : SessionSpec
{
    private static readonly HubError Broken = HubErrors.ConnectionLost.With(("reason", "the test broke it"));

    [Fact(DisplayName = "EN-02 a server that echoes the id as a string is understood")]
    public async Task An_id_as_a_string_is_understood()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        var request = await peer.ExpectAsync("tools/call");
        peer.Send($$$"""{"jsonrpc":"2.0","id":"{{{request.GetProperty("id").GetInt64()}}}","result":{"content":[]}}""");

        Assert.NotNull((await call.Sink.Outcome).Answer);
        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "EN-04 an error without an id fails the only open call")]
    public async Task An_error_without_an_id_fails_the_only_open_call()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        await peer.ExpectAsync("tools/call");
        peer.Send("""{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}""");

        Assert.Equal(-32700, (await call.Sink.Outcome).Answer?.Integer(Protocol.Wire.MemberOf.Error, "code"u8));
    }

    [Fact(DisplayName = "EN-07 a deadline ends the call, and the server is told")]
    public async Task A_deadline_ends_the_call()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call(timeout: TimeSpan.FromSeconds(2));
        var request = await peer.ExpectAsync("tools/call");

        await AdvanceUntilAsync(() => call.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(3));

        var error = (await call.Sink.Outcome).Error!;
        Assert.Equal(("HUB5104", Delivery.Unknown), (error.Definition.Code, error.Delivery));
        var cancelled = await peer.ExpectAsync("notifications/cancelled");
        Assert.Equal(request.GetProperty("id").GetInt64(), cancelled.GetProperty("params").GetProperty("requestId").GetInt64());
    }

    [Fact(DisplayName = "CS-03 progress extends the deadline, but never beyond the maximum")]
    public async Task Progress_extends_the_deadline_to_the_maximum()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call(progress: true, timeout: TimeSpan.FromSeconds(2), maximum: TimeSpan.FromSeconds(5));
        var request = await peer.ExpectAsync("tools/call");
        var token = request.GetProperty("params").GetProperty("_meta").GetProperty("progressToken").GetRawText();
        var started = Time.Now;
        for (var step = 1; !call.Sink.Outcome.IsCompleted; step++)
        {
            peer.Send($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token}}},"progress":{{{step}}}}}""");
            // Time stands still until the session has seen it.
            if (!await call.Sink.Notifications!.WaitToReadAsync())
            {
                break;
            }

            Assert.True(call.Sink.Notifications.TryRead(out _));
            Time.Advance(TimeSpan.FromMilliseconds(500));
            await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        }

        Assert.Equal("HUB5104", (await call.Sink.Outcome).Error?.Definition.Code);
        Assert.InRange(Time.Now - started, TimeSpan.FromSeconds(4.9), TimeSpan.FromSeconds(5.5));
    }

    [Fact(DisplayName = "EN-16 progress that does not grow, or comes late, is dropped; the rest arrives in order before the result")]
    public async Task Progress_must_grow()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call(progress: true);
        var request = await peer.ExpectAsync("tools/call");
        // Some servers send the token back with the other type.
        var token = request.GetProperty("params").GetProperty("_meta").GetProperty("progressToken").GetString();
        foreach (var value in new[] { "1", "1", "0.5", "2", "3.5" })
        {
            peer.Send($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token}}},"progress":{{{value}}}}}""");
        }

        peer.Reply(request, """{"content":[]}""");
        peer.Send($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token}}},"progress":9}}""");

        var seen = new List<string>();
        await foreach (var notification in call.Sink.Notifications!.ReadAllAsync())
        {
            seen.Add(System.Text.Encoding.UTF8.GetString(notification.Bytes(notification.Find(Protocol.Wire.MemberOf.Params, "progress"u8)).Span));
        }

        Assert.Equal(["1", "2", "3.5"], seen);
        Assert.NotNull((await call.Sink.Outcome).Answer);
    }

    [Fact(DisplayName = "EN-09 a cancelled call ends at once, and the server is told")]
    public async Task A_cancelled_call_ends_at_once()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        await peer.ExpectAsync("tools/call");

        call.Cancel("not wanted");

        Assert.Equal("HUB5105", (await call.Sink.Outcome).Error?.Definition.Code);
        Assert.Equal("not wanted", (await peer.ExpectAsync("notifications/cancelled")).GetProperty("params").GetProperty("reason").GetString());
    }

    [Fact(DisplayName = "4-15 on modern HTTP a call is cancelled by closing its response")]
    public async Task On_modern_http_the_response_is_closed()
    {
        var peer = await ConnectModernAsync(TransportKind.Http);
        var call = Call();
        var request = await peer.ExpectAsync("tools/call");

        call.Cancel();

        await call.Sink.Outcome;
        Assert.Equal(request.GetProperty("id").GetInt64(), await peer.ExpectAbortAsync());
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "a call that is cancelled before it is written leaves nothing on the wire")]
    public async Task A_cancelled_call_that_was_not_written_leaves_no_trace()
    {
        var peer = await ConnectLegacyAsync();
        peer.StopsReading = true;
        var first = Call("first");
        var second = Call("second");

        second.Cancel();

        Assert.Equal(Delivery.NotSent, (await second.Sink.Outcome).Error?.Delivery);
        Assert.False(first.Sink.Outcome.IsCompleted);
    }

    [Fact(DisplayName = "1-15 a server that has stopped reading: calls end busy after 5 s and were never sent")]
    public async Task Calls_to_a_server_that_has_stopped_reading_end_busy()
    {
        var peer = await ConnectLegacyAsync();
        peer.StopsReading = true;
        var call = Call();

        await AdvanceUntilAsync(() => call.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(6));

        var error = (await call.Sink.Outcome).Error!;
        Assert.Equal(("HUB5111", Delivery.NotSent), (error.Definition.Code, error.Delivery));
    }

    [Fact(DisplayName = "EN-11 a lost connection: what was written ends as unknown, what was not goes out on the next connection")]
    public async Task A_lost_connection_separates_written_from_unwritten()
    {
        var peer = await ConnectLegacyAsync();
        var written = Call("written");
        await peer.ExpectAsync("tools/call");
        peer.StopsReading = true;
        var unwritten = Call("unwritten");
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        peer.Break(Broken);

        var error = (await written.Sink.Outcome).Error!;
        Assert.Equal(("HUB2111", Delivery.Unknown), (error.Definition.Code, error.Delivery));
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();
        Assert.False(unwritten.Sink.Outcome.IsCompleted);

        var next = await HandshakeAsync();
        await AnswerAsync(next, unwritten, "unwritten");
        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "a call that waits for the next connection ends at its deadline")]
    public async Task A_waiting_call_ends_at_its_deadline()
    {
        var peer = await ConnectLegacyAsync();
        peer.StopsReading = true;
        var call = Call(timeout: TimeSpan.FromSeconds(3));
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        peer.Break(Broken);
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();

        await AdvanceUntilAsync(() => call.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(4));

        var error = (await call.Sink.Outcome).Error!;
        Assert.Equal(("HUB5104", Delivery.NotSent), (error.Definition.Code, error.Delivery));
    }

    [Fact(DisplayName = "a call to a session without a connection ends at once and was not sent")]
    public async Task Without_a_connection_a_call_ends_at_once()
    {
        await StartAsync();

        var error = (await Call().Sink.Outcome).Error!;

        Assert.Equal(("HUB2112", Delivery.NotSent, 2001), (error.Definition.Code, error.Delivery, error.Definition.WireCode));
        Assert.NotNull(error.RetryAfter);
        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "a call to a server that was disconnected on purpose says so, and does not ask to try again")]
    public async Task A_call_to_a_disconnected_server_says_so()
    {
        await StartAsync();
        Session.State = new ServerState(ServerPhase.Draining, Time.Now);

        var error = (await Call().Sink.Outcome).Error!;

        Assert.Equal(("HUB2113", Delivery.NotSent, false), (error.Definition.Code, error.Delivery, error.Definition.Retryable));
        Assert.Null(error.RetryAfter);
    }

    [Fact(DisplayName = "the limit of calls in a minute is kept: a minute's worth at once, then one each time a place comes free, and the error says when")]
    public async Task The_limit_of_calls_a_minute_is_kept()
    {
        await ConnectLegacyAsync(change: server => server with { CallsPerMinute = 3 });
        Assert.All(Enumerable.Range(0, 3), _ => Assert.NotEqual(0, Call().Id));

        var refused = (await Call().Sink.Outcome).Error!;
        Assert.Equal(("HUB5130", Delivery.NotSent, TimeSpan.FromSeconds(20)), (refused.Definition.Code, refused.Delivery, refused.RetryAfter));

        Time.Advance(TimeSpan.FromSeconds(20));
        Assert.NotEqual(0, Call().Id);
        Assert.Equal(0, Call().Id);
        Assert.Equal(4, Session.InFlight);
    }

    [Theory(DisplayName = "the limit on an answer's length is kept: at the limit it arrives, one byte past it the call ends as too large")]
    [InlineData(2000, null)]
    [InlineData(2001, "HUB5131")]
    public async Task The_limit_of_an_answer_is_kept(int bytes, string? expected)
    {
        var peer = await ConnectLegacyAsync(change: server => server with { MaxResultBytes = 2000 });
        var call = Call();
        var id = (await peer.ExpectAsync("tools/call")).GetProperty("id").GetInt64();
        var bare = $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"content":[],"pad":""}}""";
        peer.Send(bare.Replace("\"pad\":\"", "\"pad\":\"" + new string('x', bytes - bare.Length), StringComparison.Ordinal));

        var outcome = await call.Sink.Outcome;
        Assert.Equal((expected, expected is null), (outcome.Error?.Definition.Code, outcome.Answer is not null));
        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "the limit of calls in flight is kept: at the limit admitted, one past it refused")]
    public async Task The_limit_of_calls_in_flight_is_kept()
    {
        await ConnectLegacyAsync(change: server => server with { MaxInFlight = 3 });
        var admitted = Enumerable.Range(0, 3).Select(_ => Call()).ToArray();

        var refused = Call();

        Assert.Equal(("HUB5106", 2003), ((await refused.Sink.Outcome).Error!.Definition.Code, (await refused.Sink.Outcome).Error!.Definition.WireCode));
        Assert.All(admitted, call => Assert.False(call.Sink.Outcome.IsCompleted));
    }

    [Fact(DisplayName = "B-005 what a server asks of a session that declared nothing is refused by rule, and ping is answered")]
    public async Task Requests_of_the_server_are_refused_by_rule()
    {
        var peer = await ConnectLegacyAsync();
        foreach (var (method, code) in new[] { ("sampling/createMessage", -32601), ("elicitation/create", -32602), ("roots/list", -32601), ("vendor/thing", -32601) })
        {
            peer.Send($$$"""{"jsonrpc":"2.0","id":"s-1","method":"{{{method}}}","params":{}}""");
            var answer = await peer.ExpectAsync(null);
            Assert.Equal((code, "s-1"), (answer.GetProperty("error").GetProperty("code").GetInt32(), answer.GetProperty("id").GetString()));
        }

        peer.Send("""{"jsonrpc":"2.0","id":7,"method":"ping"}""");
        Assert.Equal("{}", (await peer.ExpectAsync(null)).GetProperty("result").GetRawText());
    }

    [Fact(DisplayName = "4-13 a request from a modern server is dropped and not answered")]
    public async Task A_request_of_a_modern_server_is_dropped()
    {
        var peer = await ConnectModernAsync(TransportKind.Http);
        peer.Send("""{"jsonrpc":"2.0","id":7,"method":"roots/list"}""");
        var call = Call();
        var request = await peer.ExpectAsync("tools/call");
        peer.Reply(request, """{"resultType":"complete","content":[]}""");

        Assert.NotNull((await call.Sink.Outcome).Answer);
        Assert.True(peer.IsQuiet);
    }

    [Fact(DisplayName = "3-16 a response that carries another request's id fails the request it was opened for, and no other")]
    public async Task A_response_with_a_foreign_id_fails_its_own_request()
    {
        var peer = await ConnectLegacyAsync(TransportKind.Http);
        var first = Call();
        var firstId = (await peer.ExpectAsync("tools/call")).GetProperty("id").GetInt64();
        var second = Call();
        var secondId = (await peer.ExpectAsync("tools/call")).GetProperty("id").GetInt64();

        peer.Send($$$"""{"jsonrpc":"2.0","id":{{{secondId}}},"result":{}}""", exchange: firstId);

        Assert.Equal("HUB2107", (await first.Sink.Outcome).Error?.Definition.Code);
        Assert.False(second.Sink.Outcome.IsCompleted);
    }

    [Fact(DisplayName = "3-15 a response that ends without an answer fails its request, delivery unknown")]
    public async Task A_response_without_an_answer_fails_its_request()
    {
        var peer = await ConnectLegacyAsync(TransportKind.Http);
        var call = Call();
        var id = (await peer.ExpectAsync("tools/call")).GetProperty("id").GetInt64();
        peer.Report(new InboundEvent.ExchangeEnded(id, null));

        var error = (await call.Sink.Outcome).Error!;
        Assert.Equal(("HUB2107", Delivery.Unknown), (error.Definition.Code, error.Delivery));
    }

    [Fact(DisplayName = "a message that is too long fails the only call it can belong to; three in a minute replace the connection")]
    public async Task Messages_that_are_too_long_are_attributed_and_counted()
    {
        var peer = await ConnectLegacyAsync();
        var tooLarge = new InboundEvent.Rejected(HubErrors.FrameTooLarge.With(("limit", 16)));
        var call = Call();
        await peer.ExpectAsync("tools/call");
        peer.Report(tooLarge);
        Assert.Equal(("HUB2108", 2008), ((await call.Sink.Outcome).Error!.Definition.Code, (await call.Sink.Outcome).Error!.Definition.WireCode));

        peer.Report(tooLarge);
        peer.Report(tooLarge);

        Assert.Equal("HUB2108", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>()).Error?.Definition.Code);
        Assert.True(peer.IsDisposed);
    }

    [Fact(DisplayName = "two unanswered pings of a silent legacy server replace the connection")]
    public async Task Two_unanswered_pings_replace_the_connection()
    {
        var peer = await ConnectLegacyAsync();

        await AdvanceUntilAsync(() => peer.IsDisposed, TimeSpan.FromSeconds(130));

        await peer.ExpectAsync("ping");
        Assert.Equal("HUB2110", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>()).Error?.Definition.Code);
    }

    [Fact(DisplayName = "EN-03 a response with an id that no request has is nobody's, also if only one request is open")]
    public async Task A_response_with_an_unknown_id_is_dropped()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        var request = await peer.ExpectAsync("tools/call");
        peer.Send("""{"jsonrpc":"2.0","id":"abc","result":{"content":["foreign"]}}""");
        peer.Send("""{"jsonrpc":"2.0","id":"abc","error":{"code":-32000,"message":"foreign"}}""");
        peer.Reply(request, """{"content":["own"]}""");

        var answer = (await call.Sink.Outcome).Answer!;
        Assert.Contains("own", System.Text.Encoding.UTF8.GetString(answer.Frame.Span), StringComparison.Ordinal);
    }

    [Fact(DisplayName = "calls that were given up leave nothing in the queue of a server that has stopped reading")]
    public async Task Withdrawn_calls_are_not_kept()
    {
        var peer = await ConnectLegacyAsync(change: server => server with { MaxInFlight = 5000 });
        peer.StopsReading = true;
        var (payloads, frames) = CallAndCancel(5000);
        await AwaitAssertAsync(() => Assert.Equal(0, Session.InFlight), TimeSpan.FromSeconds(20));
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));

        await AwaitAssertAsync(
            () =>
            {
                GC.Collect();
                Assert.InRange(payloads.Count(payload => payload.IsAlive), 0, 10);
                Assert.InRange(frames.Count(frame => frame.IsAlive), 0, 1024);
            },
            TimeSpan.FromSeconds(20));
    }

    [Fact(DisplayName = "a server that asks without reading the answers is disconnected at a limit: nothing grows without bound")]
    public async Task A_server_that_does_not_read_answers_is_disconnected()
    {
        var peer = await ConnectLegacyAsync(change: server => server with { MaxInFlight = 4 });
        peer.StopsReading = true;
        void Ping(int id) => peer.Send($$"""{"jsonrpc":"2.0","id":{{id}},"method":"ping"}""");
        for (var id = 0; id < 512; id++)
        {
            Ping(id);
        }

        await Supervisor.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
        for (var id = 512; id < 2048; id++)
        {
            Ping(id);
        }

        Assert.Equal("HUB2110", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>(TimeSpan.FromSeconds(20))).Error?.Definition.Code);
        Assert.True(peer.IsDisposed);
    }

    [Fact(DisplayName = "a call that was not written when its connection ended for good was not sent")]
    public async Task An_unwritten_call_of_a_lost_session_was_not_sent()
    {
        var peer = await ConnectLegacyAsync(change: server => server with { Reconnect = false });
        peer.StopsReading = true;
        // The transport holds the first one in its hands, so only the others are provably here.
        var calls = Enumerable.Range(0, 3).Select(_ => Call()).ToArray();
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        peer.Break(Broken);

        var error = (await calls[2].Sink.Outcome).Error!;
        Assert.Equal(("HUB2113", Delivery.NotSent), (error.Definition.Code, error.Delivery));
    }

    [Fact(DisplayName = "a call that waits for the next connection ends at its deadline, also if that one dies on the probe")]
    public async Task A_waiting_call_ends_at_its_deadline_after_a_failed_probe()
    {
        var peer = await ConnectLegacyAsync(change: server => server with { CanReopen = false });
        peer.StopsReading = true;
        var call = Call(timeout: TimeSpan.FromSeconds(3));
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        peer.Break(Broken);
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();
        Actor.Tell(new UpstreamSession.Connect(null));
        var next = await OpenedAsync();
        await next.ExpectAsync("server/discover");
        next.Break(Broken);
        Assert.Equal("HUB2116", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>()).Error.Definition.Code);

        await AdvanceUntilAsync(() => call.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(4));

        Assert.Equal(("HUB5104", Delivery.NotSent), ((await call.Sink.Outcome).Error!.Definition.Code, (await call.Sink.Outcome).Error!.Delivery));
    }

    [Fact(DisplayName = "a drained session ends what runs after the grace, closes and stops")]
    public async Task A_drained_session_ends_what_runs()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        await peer.ExpectAsync("tools/call");
        await Supervisor.WatchAsync(Actor);

        Actor.Tell(new UpstreamSession.Drain(TimeSpan.FromSeconds(5)));
        var late = Call();
        Assert.Equal(Delivery.NotSent, (await late.Sink.Outcome).Error?.Delivery);
        await AdvanceUntilDoneAsync(call);

        Assert.Equal("HUB2111", (await call.Sink.Outcome).Error?.Definition.Code);
        await Supervisor.ExpectTerminatedAsync(Actor);
        Assert.True(peer.IsDisposed);
    }

    [Fact(DisplayName = "a drained session lets a call that ends in time have its answer")]
    public async Task A_drained_session_lets_calls_end()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        var request = await peer.ExpectAsync("tools/call");
        await Supervisor.WatchAsync(Actor);

        Actor.Tell(new UpstreamSession.Drain(TimeSpan.FromSeconds(5)));
        peer.Reply(request, """{"content":[]}""");

        Assert.NotNull((await call.Sink.Outcome).Answer);
        await Supervisor.ExpectTerminatedAsync(Actor);
    }

    [Fact(DisplayName = "a call that reaches a stopped session ends as not sent")]
    public async Task A_call_to_a_stopped_session_ends()
    {
        OpenConnections.Of(Sys);
        await ConnectLegacyAsync();
        var peer = Session.Peer;
        await Supervisor.WatchAsync(Actor);
        Sys.Stop(Actor);
        await Supervisor.ExpectTerminatedAsync(Actor);
        Session.Peer = peer;

        Assert.Equal(("HUB2113", Delivery.NotSent), ((await Call().Sink.Outcome.WaitAsync(TimeSpan.FromSeconds(20))).Error!.Definition.Code, (await Call().Sink.Outcome).Error!.Delivery));
        Assert.Equal(0, Session.InFlight);
    }

    private async Task AdvanceUntilDoneAsync(StartedCall call)
    {
        for (var i = 0; i < 120 && !call.Sink.Outcome.IsCompleted; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await call.Sink.Outcome.WaitAsync(TimeSpan.FromSeconds(20));
    }

    // In a method of its own, so that nothing here is still a root.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private (WeakReference[] Payloads, WeakReference[] Frames) CallAndCancel(int count)
    {
        var payloads = new WeakReference[count];
        var frames = new WeakReference[count];
        for (var i = 0; i < count; i++)
        {
            var payload = new byte[100];
            var id = Session.NextId();
            var frame = new OutboundFrame.Message(payload, id, "tools/call", []);
            (payloads[i], frames[i]) = (new WeakReference(payload), new WeakReference(frame));
            Assert.True(Session.TryAdmit());
            Actor.Tell(new UpstreamSession.Call(Session, Session.Peer!, "tools/call", frame, new CallSink(false), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60)));
            Actor.Tell(new UpstreamSession.CancelCall(id, null));
        }

        return (payloads, frames);
    }
}
