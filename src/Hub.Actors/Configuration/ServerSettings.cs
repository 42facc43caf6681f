using McpHub.Actors.Servers;

namespace McpHub.Actors.Configuration;

/// <summary>What one server's <c>x-hub</c> asks for. <c>null</c>: the hub's default.</summary>
internal sealed record ServerSettings
{
    /// <summary>Readiness fails while this server is not ready. <c>x-hub.required</c>.</summary>
    public bool Required { get; init; }

    /// <summary>How long connecting and the handshake may take. <c>x-hub.timeouts.start</c>, from 100ms to 10m.</summary>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>How long it may stay without a call until its connection is closed. <c>x-hub.timeouts.idle</c>, from 1s to 1d.</summary>
    public TimeSpan? IdleTimeout { get; init; }

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

    /// <summary>Calls that wait for a place among those in flight. <c>x-hub.limits.queue</c>, from 0 to 10000.</summary>
    public int? Queue { get; init; }

    /// <summary>Calls in a minute. <c>x-hub.limits.perMinute</c>, from 1 to 1000000.</summary>
    public int? CallsPerMinute { get; init; }

    /// <summary>Longest answer. <c>x-hub.limits.maxResultBytes</c>, from 1024 to 16 MiB, which is what a message may have.</summary>
    public int? MaxResultBytes { get; init; }

    /// <summary>Tools that are offered. <c>x-hub.tools.allow</c>; empty = all.</summary>
    public IReadOnlyList<string> AllowedTools { get; init; } = [];

    /// <summary>Tools that are not offered. <c>x-hub.tools.deny</c>; wins over the other.</summary>
    public IReadOnlyList<string> DeniedTools { get; init; } = [];

    /// <summary>The server with what is set here over what it has.</summary>
    public ServerDefinition On(ServerDefinition server) => server with
    {
        Required = Required,
        HandshakeTimeout = StartTimeout ?? server.HandshakeTimeout,
        CallTimeout = CallTimeout ?? server.CallTimeout,
        IdleTimeout = IdleTimeout ?? server.IdleTimeout,
        RestartMin = RestartMin ?? server.RestartMin,
        RestartMax = RestartMax ?? server.RestartMax,
        RestartJitter = RestartJitter ?? server.RestartJitter,
        RestartAttempts = RestartAttempts ?? server.RestartAttempts,
        RestartResetAfter = RestartResetAfter ?? server.RestartResetAfter,
        MaxInFlight = Concurrency ?? server.MaxInFlight,
        MaxWaiting = Queue ?? server.MaxWaiting,
        CallsPerMinute = CallsPerMinute ?? server.CallsPerMinute,
        MaxResultBytes = MaxResultBytes ?? server.MaxResultBytes,
        Tools = AllowedTools.Count + DeniedTools.Count > 0 ? new ToolFilter(AllowedTools, DeniedTools) : server.Tools,
    };
}
