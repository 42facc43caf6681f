namespace McpHub.Actors.Embedding;

/// <summary>What a caller's timeout means (contract 1, D-08).</summary>
internal static class CallTimeouts
{
    // Longer than any timer of the framework can wait, and adding it to a clock must not overflow.
    private static readonly TimeSpan _endless = TimeSpan.FromDays(24);

    /// <summary><c>null</c> = inherit; <see cref="Timeout.InfiniteTimeSpan"/> = none; zero = at once.</summary>
    public static TimeSpan? Check(TimeSpan? timeout, string parameter)
    {
        if (timeout is not { } time || time == Timeout.InfiniteTimeSpan)
        {
            return timeout;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, parameter);
        return time > _endless ? Timeout.InfiniteTimeSpan : time;
    }

    /// <summary>The time in all that goes with a time without progress: an explicit one replaces the limit even if it is longer.</summary>
    public static TimeSpan Maximum(TimeSpan timeout, TimeSpan maximum) =>
        timeout == Timeout.InfiniteTimeSpan || maximum == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan
        : timeout > maximum ? timeout : maximum;
}
