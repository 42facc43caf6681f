using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Servers;

/// <summary>Contract 6, 3.5 (states) and contract 0.3 (back-off, breaker), in virtual time, with the test as every connection's server.</summary>
public sealed class ServerSupervisorSpec : TestKit
{
    private const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"scripted","version":"1"}}""";
    private static readonly HubError Exited = HubErrors.ServerExited.With(("exit", "exit code 1"));

    private readonly TestProbe _hub;
    private readonly TestProbe _router;
    private readonly TaskCompletionSource<SessionRef> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly System.Threading.Channels.Channel<ScriptedTransport> _opened = System.Threading.Channels.Channel.CreateUnbounded<ScriptedTransport>();
    private SessionRef _session = null!;
    private int _opens;

    public ServerSupervisorSpec()
        : base(ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"\nakka.loglevel = OFF\nhub.session.ping-interval = 0s"))
    {
        _hub = CreateTestProbe("hub");
        _router = CreateTestProbe("router");
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact(DisplayName = "a server goes from connecting to ready and is published")]
    public async Task A_server_becomes_ready()
    {
        Start();
        await GreetAsync(await OpenedAsync());

        await ExpectPhaseAsync(ServerPhase.Connecting);
        await ExpectPhaseAsync(ServerPhase.Ready);
        await _router.FishForMessageAsync(message => message is GroupRouter.CatalogRead);
        Assert.False(_connected.Task.IsCompleted);
        _router.Reply(new GroupRouter.CatalogPublished(1));
        Assert.Same(_session, await _connected.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact(DisplayName = "a lost connection goes to backing-off with the reason, and back to ready on a new one")]
    public async Task A_lost_connection_is_replaced()
    {
        Start();
        var first = await OpenedAsync();
        await GreetAsync(first);
        await ExpectPhaseAsync(ServerPhase.Ready);

        first.Break(Exited);
        var state = await ExpectPhaseAsync(ServerPhase.BackingOff);
        Assert.Equal("HUB2103", state.LastError?.Definition.Code);
        Assert.InRange(state.NextRetry!.Value - state.Since, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        Assert.Null(_session.Peer);

        Time.Advance(TimeSpan.FromMilliseconds(500));
        await GreetAsync(await OpenedAsync());
        var ready = await ExpectPhaseAsync(ServerPhase.Ready);
        Assert.Equal("HUB2103", ready.LastError?.Definition.Code);
    }

    [Fact(DisplayName = "a server whose idle connection was closed stays ready, keeps its lists, and is ready again with the next call")]
    public async Task An_idle_server_stays_ready()
    {
        Start(server => server with { IdleTimeout = TimeSpan.FromMinutes(1) });
        var first = await OpenedAsync();
        await GreetAsync(first);
        await _router.FishForMessageAsync(message => message is GroupRouter.CatalogRead);

        Time.Advance(TimeSpan.FromMinutes(1));
        var idle = await ExpectPhaseAsync(ServerPhase.Ready);
        Assert.StartsWith("idle", idle.Reason, StringComparison.Ordinal);
        Assert.True(first.IsDisposed);

        var call = Call();
        var waking = await ExpectPhaseAsync(ServerPhase.Ready);
        Assert.Contains("opened again", waking.Reason, StringComparison.Ordinal);
        var second = await OpenedAsync();
        await GreetAsync(second);
        second.Reply(await second.ExpectAsync("ping"), "{}");
        Assert.NotNull((await call.Outcome).Answer);
        Assert.Null((await ExpectPhaseAsync(ServerPhase.Ready)).Reason);
        await _router.FishForMessageAsync(message => message is GroupRouter.CatalogRead);

        Time.Advance(TimeSpan.FromMinutes(1));
        await ExpectPhaseAsync(ServerPhase.Ready);
        call = Call();
        (await OpenedAsync()).Break(Exited);
        Assert.Equal("HUB2112", (await call.Outcome).Error?.Definition.Code);
        Assert.Equal("HUB2103", (await ExpectPhaseAsync(ServerPhase.BackingOff)).LastError?.Definition.Code);
    }

    [Fact(DisplayName = "five failures in a minute are a crash loop: the next try is a minute later, one at a time")]
    public async Task Five_failures_open_the_breaker()
    {
        Start();
        for (var failure = 1; failure <= 5; failure++)
        {
            (await OpenedAsync()).Break(Exited);
            var state = await ExpectPhaseAsync(failure < 5 ? ServerPhase.BackingOff : ServerPhase.CrashLoop);
            if (failure < 5)
            {
                Time.Advance(state.NextRetry!.Value - state.Since);
            }
            else
            {
                Assert.Equal(TimeSpan.FromSeconds(60), state.NextRetry!.Value - state.Since);
            }
        }

        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(5, Volatile.Read(ref _opens));
        Time.Advance(TimeSpan.FromSeconds(1));
        await GreetAsync(await OpenedAsync());
        await ExpectPhaseAsync(ServerPhase.Ready);
    }

    [Fact(DisplayName = "after the failures in a row that were asked for it is left alone, and stays in the hub with the reason")]
    public async Task Attempts_are_counted()
    {
        Start(server => server with { RestartAttempts = 2 });
        (await OpenedAsync()).Break(Exited);
        var state = await ExpectPhaseAsync(ServerPhase.BackingOff);
        Time.Advance(state.NextRetry!.Value - state.Since);
        (await OpenedAsync()).Break(Exited);

        var left = await ExpectPhaseAsync(ServerPhase.Stopped);
        Assert.Equal(("HUB2130", null), (left.LastError?.Definition.Code, left.NextRetry));
        Assert.Contains("2 failures", left.Reason, StringComparison.Ordinal);
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, Volatile.Read(ref _opens));
    }

    [Theory(DisplayName = "jitter: how much of a wait is left to chance")]
    [InlineData(0, 0, 1000)]
    [InlineData(0.2, 0, 800)]
    [InlineData(0.2, 1, 1000)]
    [InlineData(1, 0, 0)]
    public void Jitter(double jitter, double chance, double milliseconds) =>
        Assert.Equal(milliseconds, new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), () => chance, jitter).Failed(TimeSpan.Zero).Wait.TotalMilliseconds, 3);

    [Fact(DisplayName = "four failures in a minute are none yet")]
    public void Four_failures_are_no_crash_loop()
    {
        var backoff = new RestartBackoff(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(60), () => 1);
        var waits = Enumerable.Range(0, 4).Select(n => backoff.Failed(TimeSpan.FromSeconds(n))).ToArray();

        Assert.Equal([500, 1000, 2000, 4000], waits.Select(wait => wait.Wait.TotalMilliseconds));
        Assert.All(waits, wait => Assert.False(wait.IsOpen));
        Assert.False(backoff.Failed(TimeSpan.FromSeconds(60)).IsOpen);
    }

    [Fact(DisplayName = "the wait doubles up to its maximum, and starts anew after the server stayed ready")]
    public void The_wait_doubles_to_its_maximum()
    {
        var backoff = new RestartBackoff(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(60), () => 1);
        var waits = Enumerable.Range(0, 9).Select(n => backoff.Failed(TimeSpan.FromMinutes(n * 2)).Wait.TotalSeconds).ToArray();

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 32, 60, 60], waits);
        backoff.Reset();
        Assert.Equal(0.5, backoff.Failed(TimeSpan.FromHours(1)).Wait.TotalSeconds);
    }

    [Fact(DisplayName = "A-012 where the first failure counts, the cause goes to whoever connects and the server asks to be removed")]
    public async Task The_first_failure_is_returned()
    {
        Start(server => server with { StopOnFirstFailure = true });
        (await OpenedAsync()).Break(Exited);

        var failure = await Assert.ThrowsAsync<ServerUnavailableException>(() => _connected.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("HUB2103", failure.Code);
        Assert.Equal("scripted", (await _hub.ExpectMsgAsync<ServerSupervisor.GaveUp>()).ServerId);
    }

    [Fact(DisplayName = "where the first failure counts, a remembered era that does not fit is forgotten, and the server asked at once")]
    public async Task A_remembered_era_that_does_not_fit_fails_no_connect()
    {
        var key = Guid.NewGuid().ToString();
        EraVerdicts.Keep(key, Era.Modern, Time.Now);
        Start(server => server with { Era = null, VerdictKey = key, StopOnFirstFailure = true, KeepCatalog = false });
        var first = await OpenedAsync();
        first.ReplyError(await first.ExpectAsync("server/discover"), -32601);

        var second = await OpenedAsync();
        second.ReplyError(await second.ExpectAsync("server/discover"), -32601);
        await GreetAsync(second);
        Assert.NotNull(await _connected.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(Era.Legacy, EraVerdicts.Find(key, Time.Now));
    }

    [Fact(DisplayName = "401 is awaiting-auth")]
    public async Task A_401_is_awaiting_auth()
    {
        Start();
        (await OpenedAsync()).Break(HubErrors.Unauthorized.With(("status", 401), ("challenge", "")));

        await ExpectPhaseAsync(ServerPhase.AwaitingAuth);
    }

    [Fact(DisplayName = "a session that fails by an exception is restarted, waits, and connects again")]
    public async Task A_failed_session_is_restarted()
    {
        var broken = true;
        Start(server => server with { OpenTransport = () => broken ? throw new InvalidOperationException("a defect") : server.OpenTransport!() });

        var state = await ExpectPhaseAsync(ServerPhase.BackingOff);
        Assert.Equal("HUB9001", state.LastError?.Definition.Code);

        broken = false;
        Time.Advance(TimeSpan.FromMilliseconds(500));
        await GreetAsync(await OpenedAsync());
        await ExpectPhaseAsync(ServerPhase.Ready);
    }

    [Fact(DisplayName = "a disabled or misconfigured server is never started")]
    public async Task A_disabled_server_is_not_started()
    {
        Start(server => server with { Disabled = true });
        Start(server => server with { Misconfigured = HubErrors.InvalidParameters.With(("reason", "x")) });
        await _router.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200));

        Assert.Equal(0, Volatile.Read(ref _opens));
        Assert.Equal(ServerPhase.Misconfigured, _session.State?.Phase);
    }

    [Fact(DisplayName = "a known era is not probed again; a verdict that proves wrong is forgotten")]
    public async Task A_verdict_is_kept_and_forgotten()
    {
        var key = Guid.NewGuid().ToString();
        Start(server => server with { Era = null, VerdictKey = key });
        var first = await OpenedAsync();
        first.ReplyError(await first.ExpectAsync("server/discover"), -32601);
        await GreetAsync(first);
        await ExpectPhaseAsync(ServerPhase.Ready);

        first.Break(Exited);
        await ExpectPhaseAsync(ServerPhase.BackingOff);
        Time.Advance(TimeSpan.FromMilliseconds(500));
        var second = await OpenedAsync();
        second.ReplyError(await second.ExpectAsync("initialize"), -32601);
        var state = await ExpectPhaseAsync(ServerPhase.BackingOff);

        Time.Advance(state.NextRetry!.Value - state.Since);
        await (await OpenedAsync()).ExpectAsync("server/discover");
    }

    [Fact(DisplayName = "a stopped server drains, closes its connection and ends its session")]
    public async Task A_stopped_server_ends_its_session()
    {
        var supervisor = Start();
        var peer = await OpenedAsync();
        await GreetAsync(peer);
        await ExpectPhaseAsync(ServerPhase.Ready);
        await _hub.WatchAsync(supervisor);

        supervisor.Tell(new ServerSupervisor.Stop(TimeSpan.FromSeconds(5)));

        await ExpectPhaseAsync(ServerPhase.Draining);
        await ExpectPhaseAsync(ServerPhase.Stopped);
        await _hub.ExpectTerminatedAsync(supervisor);
        Assert.True(peer.IsDisposed);
        await _session.Ended.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact(DisplayName = "a session that fails by an exception while it drains is stopped all the same")]
    public async Task A_session_that_fails_while_draining_is_stopped()
    {
        var supervisor = Start();
        var peer = await OpenedAsync();
        await GreetAsync(peer);
        await ExpectPhaseAsync(ServerPhase.Ready);
        var call = Call();
        await peer.ExpectAsync("ping");
        await _hub.WatchAsync(supervisor);

        supervisor.Tell(new ServerSupervisor.Stop(TimeSpan.FromSeconds(5)));
        await ExpectPhaseAsync(ServerPhase.Draining);
        peer.Report(new InboundEvent.Rejected(null!));

        await _hub.ExpectTerminatedAsync(supervisor, TimeSpan.FromSeconds(20));
        Assert.Equal("HUB2111", (await call.Outcome).Error?.Definition.Code);
    }

    [Fact(DisplayName = "where the first failure counts, a session that fails by an exception counts too")]
    public async Task A_defect_is_a_first_failure()
    {
        Start(server => server with { StopOnFirstFailure = true, OpenTransport = () => throw new InvalidOperationException("a defect") });

        var failure = await Assert.ThrowsAnyAsync<HubException>(() => _connected.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("HUB9001", failure.Code);
        await _hub.ExpectMsgAsync<ServerSupervisor.GaveUp>();
    }

    [Fact(DisplayName = "a second stop may leave less time")]
    public async Task A_second_stop_may_leave_less_time()
    {
        var supervisor = Start();
        var peer = await OpenedAsync();
        await GreetAsync(peer);
        await ExpectPhaseAsync(ServerPhase.Ready);
        var call = Call();
        await peer.ExpectAsync("ping");
        await _hub.WatchAsync(supervisor);

        supervisor.Tell(new ServerSupervisor.Stop(TimeSpan.FromSeconds(5)));
        supervisor.Tell(new ServerSupervisor.Stop(TimeSpan.Zero));

        await _hub.ExpectTerminatedAsync(supervisor, TimeSpan.FromSeconds(20));
        Assert.NotNull((await call.Outcome).Error);
    }

    [Fact(DisplayName = "a legacy verdict holds 24 h from when it was found, however often it is used; a new one replaces an old one")]
    public void A_legacy_verdict_ages()
    {
        var (key, found) = (Guid.NewGuid().ToString(), Time.Now);
        EraVerdicts.Keep(key, Era.Legacy, found);
        EraVerdicts.Keep(key, Era.Legacy, found.AddHours(23));
        Assert.Equal(Era.Legacy, EraVerdicts.Find(key, found.AddHours(23.9)));
        Assert.Null(EraVerdicts.Find(key, found.AddHours(24)));

        EraVerdicts.Keep(key, Era.Legacy, found.AddHours(25));
        Assert.Equal(Era.Legacy, EraVerdicts.Find(key, found.AddHours(26)));
        EraVerdicts.Keep(key, Era.Modern, found.AddHours(27));
        Assert.Equal(Era.Modern, EraVerdicts.Find(key, found.AddHours(100)));
    }

    private IActorRef Start(Func<ServerDefinition, ServerDefinition>? change = null)
    {
        var server = new ServerDefinition("scripted")
        {
            Era = Era.Legacy,
            OpenTransport = () =>
            {
                Interlocked.Increment(ref _opens);
                var transport = new ScriptedTransport();
                _opened.Writer.TryWrite(transport);
                return transport;
            },
        };
        server = change?.Invoke(server) ?? server;
        _session = new SessionRef(server.Id, server.MaxInFlight) { MaxWaiting = server.MaxWaiting, State = ServerSupervisor.FirstState(server, Time.Now) };
        return _hub.ChildActorOf(ServerSupervisor.Props(server, _session, _router, HubSettings.Of(Sys), _connected));
    }

    private CallSink Call()
    {
        var (sink, id) = (new CallSink(wantsProgress: false), _session.NextId());
        Assert.True(_session.TryAdmit());
        var frame = new OutboundFrame.Message(FrameWriter.Request(id, "ping", default), id, "ping", []);
        _session.Actor.Tell(new UpstreamSession.Call(_session, _session.Peer!, "ping", frame, sink, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)));
        return sink;
    }

    private async Task<ScriptedTransport> OpenedAsync() => await _opened.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    private static async Task GreetAsync(ScriptedTransport peer)
    {
        peer.Reply(await peer.ExpectAsync("initialize"), Hello);
        await peer.ExpectAsync("notifications/initialized");
    }

    private async Task<ServerState> ExpectPhaseAsync(ServerPhase phase)
    {
        var message = await _router.FishForMessageAsync(message => message is GroupRouter.ServerStateChanged changed && changed.State.Phase == phase, TimeSpan.FromSeconds(20));
        return ((GroupRouter.ServerStateChanged)message).State;
    }
}
