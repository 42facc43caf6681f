namespace McpHub.Host.Configuration;

/// <summary>What one server's <c>x-hub</c> asks for. <c>null</c>: the hub's default.</summary>
internal sealed record ServerFileSettings
{
    /// <summary>Readiness fails while this server is not ready. <c>x-hub.required</c>.</summary>
    public bool Required { get; init; }

    /// <summary>How long connecting and the handshake may take. <c>x-hub.timeouts.start</c>, from 100ms to 10m.</summary>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>How long a call may go without an answer or progress. <c>x-hub.timeouts.call</c>, from 10ms to 10m.</summary>
    public TimeSpan? CallTimeout { get; init; }

    /// <summary>Wait before the first reconnect. <c>x-hub.restart.min</c>, from 10ms to 10m.</summary>
    public TimeSpan? RestartMin { get; init; }

    /// <summary>Longest wait between reconnects. <c>x-hub.restart.max</c>, from 10ms to 10m, not below the shortest.</summary>
    public TimeSpan? RestartMax { get; init; }

    /// <summary>How much of a wait is left to chance. <c>x-hub.restart.jitter</c>, from 0 to 1.</summary>
    public double? RestartJitter { get; init; }

    /// <summary>Failures in a row after which it is left alone. <c>x-hub.restart.attempts</c>, 0 = never.</summary>
    public int? RestartAttempts { get; init; }

    /// <summary>How long it must stay ready for its failures to be forgotten. <c>x-hub.restart.resetAfter</c>, from 100ms to 1d.</summary>
    public TimeSpan? RestartResetAfter { get; init; }

    /// <summary>Calls in flight. <c>x-hub.limits.concurrency</c>, from 1 to 10000.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Calls in a minute. <c>x-hub.limits.perMinute</c>, from 1 to 1000000.</summary>
    public int? CallsPerMinute { get; init; }

    /// <summary>Longest answer. <c>x-hub.limits.maxResultBytes</c>, from 1024 to 16 MiB, which is what a message may have.</summary>
    public int? MaxResultBytes { get; init; }

    /// <summary>Tools that are offered. <c>x-hub.tools.allow</c>; empty = all.</summary>
    public IReadOnlyList<string> AllowedTools { get; init; } = [];

    /// <summary>Tools that are not offered. <c>x-hub.tools.deny</c>; wins over the other.</summary>
    public IReadOnlyList<string> DeniedTools { get; init; } = [];
}

/// <summary>One server of the file, in file order.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Parameters">How to reach it; <c>null</c> if it is disabled or misconfigured.</param>
/// <param name="Settings">Its <c>x-hub</c> section.</param>
/// <param name="Problems">Errors and warnings about it. One error is enough to keep it from running.</param>
/// <param name="At">Where its key stands.</param>
/// <param name="Disabled">Whether the file switches it off; then nothing else of it was read.</param>
internal sealed record ServerEntry(
    string Name, ServerParameters? Parameters, ServerFileSettings Settings, IReadOnlyList<Diagnostic> Problems, SourcePosition At, bool Disabled)
{
    /// <summary>The file asks for it, and it cannot be run as it is written there.</summary>
    public bool Misconfigured => !Disabled && Parameters is null;
}

/// <summary>A configuration file as read. It is data also when it is broken: <see cref="Usable"/> says whether a hub may start from it.</summary>
/// <param name="Path">The file as the user named it.</param>
/// <param name="Servers">Its servers in file order.</param>
/// <param name="Settings">Its <c>hub</c> section.</param>
/// <param name="Diagnostics">Everything there is to say, in file order, the servers' problems included.</param>
internal sealed record HubFile(string Path, IReadOnlyList<ServerEntry> Servers, HubFileSettings Settings, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether nothing is wrong with the file as a whole. A broken server does not stop the others, unless the file asks for that.</summary>
    public bool Usable => !Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && (diagnostic.Server is null || Settings.FailsOnInvalidServer));
}
