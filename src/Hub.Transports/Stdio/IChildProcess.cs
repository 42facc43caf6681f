namespace McpHub.Transports.Stdio;

/// <summary>How a process ended.</summary>
/// <param name="Code">Exit code; 128 + signal number if a signal ended it; <c>null</c> if it cannot be known (the hub was started with SIGCHLD ignored).</param>
/// <param name="Signal">The signal that ended it.</param>
internal readonly record struct ChildExit(int? Code, int? Signal)
{
    public override string ToString() => (Code, Signal) switch
    {
        (_, { } signal) => $"signal {signal}",
        ({ } code, _) => $"exit code {code}",
        _ => "exit code unknown",
    };
}

/// <summary>A started child and its three pipes. Disposing it closes the pipes; it never ends the process.</summary>
internal interface IChildProcess : IDisposable
{
    int Id { get; }

    Stream Stdin { get; }

    Stream Stdout { get; }

    Stream Stderr { get; }

    /// <summary>Completes when the process was reaped. What was left of its group is gone then too, as far as the platform can do that.</summary>
    Task<ChildExit> Exited { get; }

    /// <summary>Asks the process and its group to end.</summary>
    void Terminate();

    /// <summary>Ends the process and its group.</summary>
    void Kill();
}
