using McpHub.Host.Cli;

namespace McpHub.Host.Tests.Cli;

public class ShutdownSignalsTests
{
    [Fact]
    public async Task The_first_signal_drains_and_the_second_aborts()
    {
        using var signals = new ShutdownSignals();
        Assert.False(signals.DrainRequested.IsCompleted);

        signals.Received();
        await signals.DrainRequested.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(signals.Drain.IsCancellationRequested);
        Assert.False(signals.Abort.IsCancellationRequested);

        var aborted = new TaskCompletionSource();
        signals.Abort.Register(aborted.SetResult);
        signals.Received();
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
