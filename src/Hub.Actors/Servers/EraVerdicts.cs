using System.Collections.Concurrent;

namespace McpHub.Actors.Servers;

/// <summary>
/// What probes found out, per process and server configuration (contract 2.6, "verdict cache"). A legacy verdict expires, since a stale one would work for ever.
/// Thread-safe.
/// </summary>
internal static class EraVerdicts
{
    // A configuration that is never asked for again must not stay for ever.
    private const int Limit = 10_000;
    private static readonly TimeSpan LegacyLife = TimeSpan.FromHours(24);
    private static readonly ConcurrentDictionary<string, (Era Era, DateTimeOffset At)> Known = new(StringComparer.Ordinal);

    public static Era? Find(string? key, DateTimeOffset now) =>
        key is not null && Known.TryGetValue(key, out var verdict) && (verdict.Era == Era.Modern || now - verdict.At < LegacyLife) ? verdict.Era : null;

    public static void Keep(string? key, Era era, DateTimeOffset now)
    {
        // One that holds keeps its age: using it proves it for now only.
        if (key is null || Find(key, now) == era)
        {
            return;
        }

        if (Known.Count >= Limit)
        {
            Known.Clear();
        }

        Known[key] = (era, now);
    }

    public static void Forget(string? key)
    {
        if (key is not null)
        {
            Known.TryRemove(key, out _);
        }
    }
}
