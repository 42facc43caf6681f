using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Sessions;

/// <summary><c>x-hub.limits.queue</c>: calls over the limit wait their turn.</summary>
public sealed class QueueSpec() : SessionSpec("hub.session.ping-interval = 0s")
{
    [Fact(DisplayName = "so many calls wait, in order, and one more is refused at once")]
    public async Task Calls_wait_in_order()
    {
        var peer = await ConnectAsync(inFlight: 1, waiting: 2);
        var calls = new[] { Call("a"), Call("b"), Call("c") };
        var refused = (await Call("d").Sink.Outcome).Error!;
        Assert.Equal(("HUB5106", Delivery.NotSent), (refused.Definition.Code, refused.Delivery));

        foreach (var (call, tool) in calls.Zip(["a", "b", "c"]))
        {
            var request = await peer.ExpectAsync("tools/call");
            Assert.Equal(tool, request.GetProperty("params").GetProperty("name").GetString());
            Assert.True(peer.IsQuiet);
            peer.Reply(request, """{"content":[]}""");
            Assert.NotNull((await call.Sink.Outcome).Answer);
        }

        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "a call that waits for 5 s is refused as busy, not sent; one that is cancelled or late leaves its place to the next")]
    public async Task Waiting_has_an_end()
    {
        var peer = await ConnectAsync(inFlight: 1, waiting: 3);
        var running = Call("a");
        var request = await peer.ExpectAsync("tools/call");
        var (cancelled, late, busy) = (Call("b"), Call("c", timeout: TimeSpan.FromSeconds(2)), Call("d"));

        cancelled.Cancel();
        Assert.Equal(("HUB5105", Delivery.NotSent), Ended(await cancelled.Sink.Outcome));
        await AdvanceUntilAsync(() => late.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(3));
        Assert.Equal(("HUB5104", Delivery.NotSent), Ended(await late.Sink.Outcome));
        await AdvanceUntilAsync(() => busy.Sink.Outcome.IsCompleted, TimeSpan.FromSeconds(4));
        Assert.Equal(("HUB5106", Delivery.NotSent), Ended(await busy.Sink.Outcome));

        var last = Call("e");
        peer.Reply(request, """{"content":[]}""");
        Assert.NotNull((await running.Sink.Outcome).Answer);
        await AnswerAsync(peer, last, "e");
        Assert.Equal(0, Session.InFlight);
    }

    [Fact(DisplayName = "calls that wait outlive the connection, and on the next one no more run than may")]
    public async Task A_lost_connection_keeps_the_queue()
    {
        var peer = await ConnectAsync(inFlight: 1, waiting: 2);
        var calls = new[] { Call("a"), Call("b"), Call("c") };
        await peer.ExpectAsync("tools/call");
        peer.Break(HubErrors.ConnectionLost.With(("reason", "the test broke it")));
        Assert.Equal(("HUB2111", Delivery.Unknown), Ended(await calls[0].Sink.Outcome));
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();

        var again = await HandshakeAsync();
        foreach (var call in calls.Skip(1))
        {
            var request = await again.ExpectAsync("tools/call");
            Assert.True(again.IsQuiet);
            again.Reply(request, """{"content":[]}""");
            Assert.NotNull((await call.Sink.Outcome).Answer);
        }

        Assert.Equal(0, Session.InFlight);
    }

    private Task<ScriptedTransport> ConnectAsync(int inFlight, int waiting) => ConnectLegacyAsync(change: server => server with { MaxInFlight = inFlight, MaxWaiting = waiting });

    private static (string?, Delivery?) Ended(CallOutcome outcome) => (outcome.Error?.Definition.Code, outcome.Error?.Delivery);
}
