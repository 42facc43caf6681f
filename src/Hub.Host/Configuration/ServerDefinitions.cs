using McpHub.Actors.Servers;

namespace McpHub.Host.Configuration;

/// <summary>From what a file says to what the hub is asked for.</summary>
internal static class ServerDefinitions
{
    /// <summary>Every server of the file in file order, also those that are disabled or misconfigured: they are listed and never started.</summary>
    public static IReadOnlyList<ServerDefinition> ToDefinitions(this HubFile file) => [.. file.Servers.Select(ToDefinition)];

    private static ServerDefinition ToDefinition(ServerEntry entry)
    {
        var (parameters, settings) = (entry.Parameters, entry.Settings);
        var definition = new ServerDefinition(entry.Name)
        {
            OpenTransport = parameters is null ? null : () => McpTransports.Open(parameters),
            OpenFallback = McpTransports.Fallback(parameters),
            TransportName = parameters is null ? "-" : McpTransports.NameOf(parameters),
            VerdictKey = parameters is null ? null : VerdictKey.Of(parameters),
            Era = parameters is null ? null : McpTransports.EraOf(parameters),
            Required = settings.Required,
            Disabled = entry.Disabled,
            Misconfigured = entry.Misconfigured ? entry.Problems.First(problem => problem.Severity == DiagnosticSeverity.Error).Error : null,
            MaxInFlight = settings.Concurrency ?? (parameters is null or StdioServerParameters ? 64 : 256),
        };
        return definition with
        {
            HandshakeTimeout = settings.StartTimeout ?? definition.HandshakeTimeout,
            CallTimeout = settings.CallTimeout ?? definition.CallTimeout,
            RestartMin = settings.RestartMin ?? definition.RestartMin,
            RestartMax = settings.RestartMax ?? definition.RestartMax,
            RestartJitter = settings.RestartJitter ?? definition.RestartJitter,
            RestartAttempts = settings.RestartAttempts ?? definition.RestartAttempts,
            RestartResetAfter = settings.RestartResetAfter ?? definition.RestartResetAfter,
            CallsPerMinute = settings.CallsPerMinute ?? definition.CallsPerMinute,
            MaxResultBytes = settings.MaxResultBytes ?? definition.MaxResultBytes,
            Tools = settings.AllowedTools.Count + settings.DeniedTools.Count > 0 ? new ToolFilter(settings.AllowedTools, settings.DeniedTools) : null,
        };
    }
}
