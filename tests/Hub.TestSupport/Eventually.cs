using System.Diagnostics;

namespace McpHub.TestSupport;

/// <summary>For what another process or thread reaches without a signal to the test.</summary>
public static class Eventually
{
    /// <summary>Waits until it holds.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="patience">An upper bound. Default 30 s.</param>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static async Task HoldsAsync(Func<bool> holds, TimeSpan? patience = null)
    {
        var limit = patience ?? TimeSpan.FromSeconds(30);
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            if (watch.Elapsed > limit)
            {
                throw new TimeoutException($"it did not come true within {limit}");
            }

            await Task.Delay(10);
        }
    }
}
