using McpHub.Actors.Configuration;
using McpHub.Actors.Servers;

namespace McpHub.Host.Configuration;

/// <summary>From what a file says to what the hub is asked for.</summary>
internal static class ServerDefinitions
{
    /// <summary>Every server of the file in file order, also those that are disabled or misconfigured: they are listed and never started.</summary>
    public static IReadOnlyList<ServerDefinition> ToDefinitions(this HubFile file) => [.. file.Servers.Select(ToDefinition)];

    private static ServerDefinition ToDefinition(ConfiguredServer server) =>
        server.Settings.On(server.Parameters is { } parameters ? ServerDefinition.For(server.Name, parameters) : new ServerDefinition(server.Name) { TransportName = "-" }) with
        {
            Disabled = server.Disabled,
            Misconfigured = server.Misconfigured ? server.Problems.First(problem => problem.Severity == DiagnosticSeverity.Error).Error : null,
        };
}
