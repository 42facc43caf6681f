using Akka.Actor;

namespace McpHub.Actors.Embedding;

/// <summary>Waits on the clock of the actor system, so that virtual time moves them too.</summary>
internal static class SchedulerDelay
{
    /// <param name="scheduler">The clock.</param>
    /// <param name="delay">How long; <see cref="Timeout.InfiniteTimeSpan"/> = until <paramref name="ct"/> fires.</param>
    /// <param name="ct">Cancels the wait.</param>
    public static async Task WaitAsync(IScheduler scheduler, TimeSpan delay, CancellationToken ct)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var timer = delay == Timeout.InfiniteTimeSpan ? null : scheduler.Advanced.ScheduleOnceCancelable(delay, () => done.TrySetResult());
        await using (ct.UnsafeRegister(static (waiting, token) => ((TaskCompletionSource)waiting!).TrySetCanceled(token), done))
        {
            try
            {
                await done.Task.ConfigureAwait(false);
            }
            finally
            {
                timer?.Cancel();
            }
        }
    }
}
