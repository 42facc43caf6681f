namespace McpHub.Host.Cli;

/// <summary>What the process ends with (contract 6, 3.2). Codes of verbs that do not exist yet are not listed.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    public const int Unexpected = 1;

    /// <summary>Wrong usage, or a configuration that no hub can start from.</summary>
    public const int Usage = 2;

    /// <summary><c>status</c>: the hub is not healthy, or there is none.</summary>
    public const int Degraded = 6;

    /// <summary>A second signal: what was in flight was given up.</summary>
    public const int Interrupted = 130;
}
