namespace McpHub.Actors.Servers;

/// <summary>When a failed server is tried again: exponential with full jitter, and a breaker against crash loops (contract 0.3, "Numbers"). One per server.</summary>
/// <param name="min">First ceiling.</param>
/// <param name="max">Last ceiling, and the wait of an open breaker.</param>
/// <param name="random">From 0 to 1.</param>
internal sealed class RestartBackoff(TimeSpan min, TimeSpan max, Func<double> random)
{
    private const int BreakerFailures = 5;
    private static readonly TimeSpan BreakerWindow = TimeSpan.FromSeconds(60);

    private readonly Queue<TimeSpan> _failures = new();
    private int _attempt;

    /// <summary>Failures since the server last stayed ready.</summary>
    public int Attempt => _attempt;

    /// <summary>A failure at <paramref name="now"/>: how long to wait, and whether the breaker is open. An open breaker lets one try through per wait.</summary>
    public (TimeSpan Wait, bool IsOpen) Failed(TimeSpan now)
    {
        _failures.Enqueue(now);
        while (_failures.Peek() <= now - BreakerWindow || _failures.Count > BreakerFailures)
        {
            _failures.Dequeue();
        }

        if (_failures.Count == BreakerFailures)
        {
            return (max, true);
        }

        var ceiling = Math.Min(max.Ticks, min.Ticks << Math.Min(_attempt++, 20));
        return (TimeSpan.FromTicks((long)(ceiling * random())), false);
    }

    /// <summary>The server stayed ready.</summary>
    public void Reset()
    {
        _attempt = 0;
        _failures.Clear();
    }
}
