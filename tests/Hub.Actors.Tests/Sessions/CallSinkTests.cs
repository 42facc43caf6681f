using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Tests.Sessions;

public sealed class CallSinkTests
{
    [Fact]
    public async Task The_outcome_is_the_first_thing_if_nobody_interrupts()
    {
        var sink = new CallSink(wantsProgress: false);
        var (first, outcome) = (sink.First, sink.Outcome);
        Assert.True(sink.TryFail(HubErrors.CallCancelled.With()));
        sink.Interrupt();

        await first;
        Assert.NotNull((await outcome).Error);
        Assert.Same(await outcome is { Error: { } error } ? error : null, (await sink.Outcome).Error);
        Assert.False(sink.TryFail(HubErrors.HubDraining.With()));
    }

    [Fact]
    public async Task An_interrupted_reader_gets_the_outcome_when_it_comes_and_only_the_first_one_counts()
    {
        var sink = new CallSink(wantsProgress: false);
        sink.Interrupt();
        sink.Interrupt();

        await sink.First;
        var outcome = sink.Outcome;
        Assert.False(outcome.IsCompleted);
        Assert.True(sink.TryFail(HubErrors.CallCancelled.With()));
        Assert.False(sink.TryFail(HubErrors.HubDraining.With()));
        Assert.Equal(HubErrors.CallCancelled, (await outcome).Error?.Definition);
    }

    [Fact]
    public async Task However_an_interruption_and_the_outcome_meet_the_outcome_is_there()
    {
        for (var i = 0; i < 2000; i++)
        {
            var sink = new CallSink(wantsProgress: false);
            var interrupted = Task.Run(sink.Interrupt);
            Assert.True(sink.TryFail(HubErrors.CallCancelled.With()));
            await interrupted;
            await sink.First;
            Assert.NotNull((await sink.Outcome.WaitAsync(TimeSpan.FromSeconds(20))).Error);
        }
    }
}
