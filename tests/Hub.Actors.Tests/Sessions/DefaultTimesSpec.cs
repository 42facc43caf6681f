using Akka.Actor;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>The times of contract 0.3 that hold when nothing is configured, to the tick.</summary>
public sealed class DefaultTimesSpec() : SessionSpec("hub.session.ping-interval = 0s")
{
    private static readonly TimeSpan _justBefore = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_call_without_progress_ends_after_60_seconds()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call();
        await peer.ExpectAsync("tools/call");

        await AdvanceAsync(TimeSpan.FromSeconds(60) - _justBefore);
        Assert.False(call.Sink.Outcome.IsCompleted);

        await AdvanceAsync(_justBefore);
        Assert.Equal("HUB5104", (await call.Sink.Outcome.WaitAsync(TimeSpan.FromSeconds(20))).Error?.Definition.Code);
    }

    [Fact]
    public async Task A_call_with_progress_ends_after_10_minutes()
    {
        var peer = await ConnectLegacyAsync();
        var call = Call(progress: true);
        var token = (await peer.ExpectAsync("tools/call")).GetProperty("params").GetProperty("_meta").GetProperty("progressToken").GetRawText();
        for (var minute = 0.5; minute < 10; minute += 0.5)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(30));
            peer.Send($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{token}}},"progress":{{{(int)(minute * 2)}}}}}""");
            await call.Sink.Notifications!.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }

        await AdvanceAsync(TimeSpan.FromSeconds(30) - _justBefore);
        Assert.False(call.Sink.Outcome.IsCompleted);

        await AdvanceAsync(_justBefore);
        Assert.Equal("HUB5104", (await call.Sink.Outcome.WaitAsync(TimeSpan.FromSeconds(20))).Error?.Definition.Code);
    }

    [Fact]
    public async Task The_era_probe_waits_5_seconds_and_the_handshake_60()
    {
        await StartAsync();
        Actor.Tell(new UpstreamSession.Connect(null));
        var peer = await OpenedAsync();
        await peer.ExpectAsync("server/discover");

        await AdvanceAsync(TimeSpan.FromSeconds(5) - _justBefore);
        Assert.True(peer.IsQuiet);
        await AdvanceAsync(_justBefore);
        await peer.ExpectAsync("initialize");

        await AdvanceAsync(TimeSpan.FromSeconds(60) - _justBefore);
        Assert.False(peer.IsDisposed);
        await AdvanceAsync(_justBefore);
        Assert.Equal("HUB2104", (await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectFailed>(TimeSpan.FromSeconds(20))).Error.Definition.Code);
    }

    [Theory]
    [InlineData(59, true)]
    [InlineData(61, false)]
    public async Task Three_messages_that_are_too_long_replace_the_connection_only_within_60_seconds(int seconds, bool replaced)
    {
        var peer = await ConnectLegacyAsync();
        var tooLarge = new InboundEvent.Rejected(HubErrors.FrameTooLarge.With(("limit", 16)));
        peer.Report(tooLarge);
        peer.Report(tooLarge);
        await AnsweredAsync(peer);

        await AdvanceAsync(TimeSpan.FromSeconds(seconds));
        peer.Report(tooLarge);

        if (replaced)
        {
            await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>(TimeSpan.FromSeconds(20));
        }
        else
        {
            await AnsweredAsync(peer);
            Assert.False(peer.IsDisposed);
        }
    }

    // What came before has been handled when a question that came after it has its answer.
    private static async Task AnsweredAsync(ScriptedTransport peer)
    {
        peer.Send("""{"jsonrpc":"2.0","id":"q","method":"ping"}""");
        await peer.ExpectAsync(null);
    }

    // One step: the session has started its timer before, and has handled the tick after.
    private async Task AdvanceAsync(TimeSpan time)
    {
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        Time.Advance(time);
        await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
    }
}
