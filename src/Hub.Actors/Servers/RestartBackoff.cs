namespace McpHub.Actors.Servers;

/// <summary>When a failed server is tried again: exponential with jitter, and a breaker against crash loops (contract 0.3, "Numbers"). One per server.</summary>
/// <param name="min">First ceiling.</param>
/// <param name="max">Last ceiling, and the wait of an open breaker.</param>
/// <param name="random">From 0 to 1.</param>
/// <param name="jitter">How much of a wait is left to chance, from 0 to 1.</param>
internal sealed class RestartBackoff(TimeSpan min, TimeSpan max, Func<double> random, double jitter = 1)
{
    private const int BreakerFailures = 5;
    private static readonly TimeSpan BreakerWindow = TimeSpan.FromSeconds(60);

    private readonly Queue<TimeSpan> _failures = new();
    /// <summary>Failures since the server last stayed ready.</summary>
    public int Attempt { get; private set; }

    /// <summary>A failure at <paramref name="now"/>: how long to wait, and whether the breaker is open. An open breaker lets one try through per wait.</summary>
    public (TimeSpan Wait, bool IsOpen) Failed(TimeSpan now)
    {
        Attempt++;
        _failures.Enqueue(now);
        while (_failures.Peek() <= now - BreakerWindow || _failures.Count > BreakerFailures)
        {
            _failures.Dequeue();
        }

        if (_failures.Count == BreakerFailures)
        {
            return (max, true);
        }

        var ceiling = Math.Min(max.Ticks, min.Ticks << Math.Min(Attempt - 1, 20));
        return (TimeSpan.FromTicks((long)(ceiling * (1 - jitter + (jitter * random())))), false);
    }

    /// <summary>The server stayed ready.</summary>
    public void Reset()
    {
        Attempt = 0;
        _failures.Clear();
    }
}
