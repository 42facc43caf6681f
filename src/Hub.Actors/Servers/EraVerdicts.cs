using System.Collections.Concurrent;

namespace McpHub.Actors.Servers;

/// <summary>
/// What probes found out, per process and server configuration (contract 2.6, "verdict cache"). A legacy verdict expires, since a stale one would work for ever.
/// Thread-safe.
/// </summary>
internal static class EraVerdicts
{
    /// <param name="Era">The era that the server speaks.</param>
    /// <param name="ByFallback">It speaks it over the transport that is tried when its own is refused: HTTP+SSE.</param>
    public readonly record struct Verdict(Era Era, bool ByFallback = false)
    {
        public static implicit operator Verdict(Era era) => new(era);
    }

    // A configuration that is never asked for again must not stay for ever.
    private const int Limit = 10_000;
    private static readonly TimeSpan LegacyLife = TimeSpan.FromHours(24);
    private static readonly ConcurrentDictionary<string, (Verdict Verdict, DateTimeOffset At)> Known = new(StringComparer.Ordinal);

    public static Verdict? Find(string? key, DateTimeOffset now) =>
        key is not null && Known.TryGetValue(key, out var known) && (known.Verdict.Era == Era.Modern || now - known.At < LegacyLife) ? known.Verdict : null;

    public static void Keep(string? key, Verdict verdict, DateTimeOffset now)
    {
        // One that holds keeps its age: using it proves it for now only.
        if (key is null || Find(key, now) == verdict)
        {
            return;
        }

        if (Known.Count >= Limit)
        {
            Known.Clear();
        }

        Known[key] = (verdict, now);
    }

    public static void Forget(string? key)
    {
        if (key is not null)
        {
            Known.TryRemove(key, out _);
        }
    }
}
