namespace McpHub.Host.Downstream;

/// <summary>Interrupts the calls that run longer than a time that is the same for all: one timer and a queue instead of a timer for each call. Thread-safe.</summary>
internal sealed class SlowCalls
{
    private readonly TimeSpan _after;
    private readonly TimeSpan _coarse;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // The oldest first. One that is over stays until its time has come; it holds nothing then.
    private readonly Queue<(LegacySession.RunningCall Call, long Since)> _running = new();

    public SlowCalls(TimeSpan after, TimeProvider time)
    {
        (_after, _coarse, _time) = (after, after / 5, time);
        _timer = time.CreateTimer(static self => ((SlowCalls)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Interrupts this call, unless it is over by then; up to a fifth late while many are watched. Never if the time is infinite.</summary>
    public void Watch(LegacySession.RunningCall call)
    {
        if (_after == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        lock (_lock)
        {
            _running.Enqueue((call, _time.GetTimestamp()));
            if (_running.Count == 1)
            {
                _timer.Change(_after, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Look()
    {
        while (TakeDue() is { } call)
        {
            call.Interrupt();
        }
    }

    private LegacySession.RunningCall? TakeDue()
    {
        lock (_lock)
        {
            if (!_running.TryPeek(out var oldest))
            {
                return null;
            }

            var left = _after - _time.GetElapsedTime(oldest.Since);
            if (left <= TimeSpan.Zero)
            {
                _running.Dequeue();
                return oldest.Call;
            }

            _timer.Change(left > _coarse ? left : _coarse, Timeout.InfiniteTimeSpan);
            return null;
        }
    }
}
