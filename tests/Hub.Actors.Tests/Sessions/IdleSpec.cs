using Akka.Actor;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Sessions;

/// <summary><c>x-hub.timeouts.idle</c>: the connection of a server that nobody calls is closed, and nobody notices.</summary>
public sealed class IdleSpec() : SessionSpec("hub.session.ping-interval = 0s")
{
    private const string HelloWithResources = """{"protocolVersion":"2025-11-25","capabilities":{"resources":{"subscribe":true}},"serverInfo":{"name":"scripted","version":"1"}}""";
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    [Fact(DisplayName = "an idle connection is closed after exactly the time, and the next call is sent on a new one")]
    public async Task An_idle_connection_comes_back_with_the_next_call()
    {
        var peer = await ConnectIdlingAsync();
        await AnswerAsync(peer, Call());
        await PassAsync(Idle - TimeSpan.FromMilliseconds(1));
        Assert.False(peer.IsDisposed);

        await FallAsleepAsync(TimeSpan.FromMilliseconds(1));
        Assert.True(peer.IsDisposed);
        Assert.NotNull(Session.Peer);
        Assert.True(Supervisor.HasMessages is false);

        var (first, second) = (Call("a"), Call("b"));
        await Supervisor.ExpectMsgAsync<UpstreamSession.Woken>();
        var again = await HandshakeAsync();
        await AnswerAsync(again, first, "a");
        await AnswerAsync(again, second, "b");
        Assert.Equal(0, Session.InFlight);
        Assert.False(Supervisor.HasMessages);

        await FallAsleepAsync(Idle);
        Assert.True(again.IsDisposed);
    }

    [Fact(DisplayName = "a call that runs longer than the time is not cut, and the time counts from its end")]
    public async Task A_long_call_is_not_cut()
    {
        var peer = await ConnectIdlingAsync();
        var call = Call();
        var request = await peer.ExpectAsync("tools/call");
        await PassAsync(Idle * 2.5);
        Assert.False(peer.IsDisposed);

        peer.Reply(request, """{"content":[]}""");
        Assert.NotNull((await call.Sink.Outcome).Answer);
        await PassAsync(Idle - TimeSpan.FromMilliseconds(1));
        Assert.False(peer.IsDisposed);
        await FallAsleepAsync(TimeSpan.FromMilliseconds(1));
    }

    [Fact(DisplayName = "calls that came for a server which cannot be reached any more end at once, as not sent and with the cause")]
    public async Task A_server_that_does_not_come_back()
    {
        await ConnectIdlingAsync();
        await FallAsleepAsync(Idle);
        var call = Call();
        await Supervisor.ExpectMsgAsync<UpstreamSession.Woken>();

        Actor.Tell(new UpstreamSession.Connect(Era.Legacy));
        (await OpenedAsync()).Break(HubErrors.ServerExited.With(("exit", "exit code 1")));

        var error = (await call.Sink.Outcome).Error!;
        Assert.Equal(("HUB2112", Delivery.NotSent), (error.Definition.Code, error.Delivery));
        Assert.Contains("exit code 1", error.Message, StringComparison.Ordinal);
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>();
        Assert.Null(Session.Peer);
        Assert.Equal("HUB2112", (await Call().Sink.Outcome).Error?.Definition.Code);
        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "a call to a sleeping server keeps its deadline, and can be cancelled")]
    public async Task A_waiting_call_ends_in_time()
    {
        await ConnectIdlingAsync();
        await FallAsleepAsync(Idle);
        var (late, unwanted) = (Call(timeout: TimeSpan.FromSeconds(2)), Call());
        await Supervisor.ExpectMsgAsync<UpstreamSession.Woken>();

        unwanted.Cancel();
        Assert.Equal("HUB5105", (await unwanted.Sink.Outcome).Error?.Definition.Code);
        await AdvanceUntilAsync(() => late.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(3));
        var error = (await late.Sink.Outcome).Error!;
        Assert.Equal(("HUB5104", Delivery.NotSent), (error.Definition.Code, error.Delivery));
    }

    [Fact(DisplayName = "a subscription keeps the connection open, and one that is made at a sleeping server wakes it")]
    public async Task Subscriptions_need_the_connection()
    {
        var peer = await ConnectIdlingAsync(HelloWithResources);
        await FallAsleepAsync(Idle);
        var claimed = new TaskCompletionSource<CallOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Actor.Tell(new UpstreamSession.ClaimResource("u://a", outcome => claimed.TrySetResult(outcome)));
        await Supervisor.ExpectMsgAsync<UpstreamSession.Woken>();
        var again = await HandshakeAsync(HelloWithResources);
        again.Reply(await again.ExpectAsync("resources/subscribe"), "{}");
        Assert.Equal(default, await claimed.Task);

        await PassAsync(Idle * 3);
        Assert.False(again.IsDisposed);
        Actor.Tell(new UpstreamSession.ReleaseResource("u://a"));
        again.Reply(await again.ExpectAsync("resources/unsubscribe"), "{}");
        await FallAsleepAsync(Idle);
        Assert.True(peer.IsDisposed && again.IsDisposed);
    }

    [Fact(DisplayName = "a server that cannot be opened again, or whose loss ends it, is never put to sleep")]
    public async Task Only_what_can_be_opened_again()
    {
        var peer = await ConnectLegacyAsync(change: server => server with { IdleTimeout = Idle, CanReopen = false });
        await PassAsync(Idle * 3);
        Assert.False(peer.IsDisposed);
    }

    private Task<ScriptedTransport> ConnectIdlingAsync(string hello = LegacyHello) => ConnectLegacyAsync(change: server => server with { IdleTimeout = Idle }, hello: hello);

    private async Task FallAsleepAsync(TimeSpan passes)
    {
        await PassAsync(passes);
        await Supervisor.ExpectMsgAsync<UpstreamSession.FellAsleep>();
    }

    private async Task PassAsync(TimeSpan time)
    {
        // What was sent to it before must have started its timer.
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        Time.Advance(time);
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
    }
}
