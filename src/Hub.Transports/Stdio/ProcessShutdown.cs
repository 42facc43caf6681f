namespace McpHub.Transports.Stdio;

/// <summary>
/// How a server process is stopped: flush, close its standard input, then force (2025-11-25 and 2026-07-28, transports, "stdio", Shutdown).
/// Every step waits for the process, not for the end of its pipes, which a grandchild may hold. The sequence takes no token: nobody can leave it half done.
/// </summary>
internal static class ProcessShutdown
{
    public static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan EndOfInput = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Terminate = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Reap = TimeSpan.FromMilliseconds(1500);

    /// <summary>Runs the sequence as far as it is needed.</summary>
    /// <param name="child">The process.</param>
    /// <param name="flushed">Completes when what was accepted for standard input has been written.</param>
    /// <param name="forcing">Called before the first signal.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Whether the process was reaped; if not, it is to be given up.</returns>
    public static async Task<bool> RunAsync(IChildProcess child, Task flushed, Action forcing, TimeProvider time)
    {
        await Within(Task.WhenAny(flushed, child.Exited), Flush, time).ConfigureAwait(false);
        await child.Stdin.DisposeAsync().ConfigureAwait(false);
        if (await Within(child.Exited, EndOfInput, time).ConfigureAwait(false))
        {
            return true;
        }

        forcing();
        child.Terminate();
        if (await Within(child.Exited, Terminate, time).ConfigureAwait(false))
        {
            return true;
        }

        child.Kill();
        return await Within(child.Exited, Reap, time).ConfigureAwait(false);
    }

    /// <summary>Whether the task ends within the time. How it ended is for its owner.</summary>
    public static async Task<bool> Within(Task task, TimeSpan limit, TimeProvider time)
    {
        try
        {
            await task.WaitAsync(limit, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return task.IsCompleted;
        }
    }
}
