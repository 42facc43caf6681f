using McpHub.Actors.Servers;

namespace McpHub.Actors.Sessions;

/// <summary>
/// At most so many calls in a minute to one server: a minute's worth at once, then evenly (generic cell rate algorithm). Thread-safe, one atomic number.
/// </summary>
/// <param name="perMinute">Calls in a minute.</param>
/// <param name="clock">The time, as the hub's timers see it.</param>
internal sealed class CallRate(int perMinute, SchedulerClock clock)
{
    private static readonly long _window = TimeSpan.FromMinutes(1).Ticks;

    private readonly long _interval = _window / perMinute;
    private long _full;

    public int PerMinute => perMinute;

    /// <returns><c>null</c> for a server without such a limit.</returns>
    public static CallRate? Of(ServerDefinition server, Akka.Actor.IScheduler scheduler) => server.CallsPerMinute > 0 ? new(server.CallsPerMinute, new SchedulerClock(scheduler)) : null;

    /// <summary>Takes a place for one call.</summary>
    /// <param name="wait">If there is none: when there will be one.</param>
    public bool TryTake(out TimeSpan wait)
    {
        while (true)
        {
            var (full, now) = (Interlocked.Read(ref _full), clock.Elapsed.Ticks);
            var next = Math.Max(full, now) + _interval;
            wait = TimeSpan.FromTicks(Math.Max(0, next - now - _window));
            if (wait > TimeSpan.Zero)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _full, next, full) == full)
            {
                return true;
            }
        }
    }
}
