using Akka.Actor;

namespace McpHub.Actors;

/// <summary>
/// Time since some fixed moment as the system's scheduler sees it: with Akka's TestScheduler one <c>Advance</c> moves timers and deadlines together;
/// with the real one it is monotonic and does not follow changes of the wall clock.
/// </summary>
internal sealed class SchedulerClock(IScheduler scheduler)
{
    private readonly DateTimeOffset _start = scheduler.Now;

    public TimeSpan Elapsed => scheduler is HashedWheelTimerScheduler or TimeProviderScheduler ? scheduler.MonotonicClock : scheduler.Now - _start;

    public DateTimeOffset Now => scheduler.Now;
}
