using McpHub.Actors.Servers;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using HealthReport = McpHub.Actors.Servers.HealthReport;

namespace McpHub.Actors.Embedding;

/// <summary>A service's health as far as its group decides it. It never asks a server: it tells the states as they are published.</summary>
/// <param name="group">The group of this moment; <c>null</c> while there is none.</param>
internal sealed class HubHealthCheck(Func<ClientSessionGroup?> group) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check(context.Registration.FailureStatus));

    private HealthCheckResult Check(HealthStatus failure)
    {
        if (group() is not { IsRunning: true } running)
        {
            return new HealthCheckResult(failure, "the hub is not running");
        }

        var report = HealthReport.Of(running.Table.Servers.Select(ServerHealth.Of).Concat(running.GivenUp()));
        var status = report.Word switch
        {
            HealthWord.Healthy => HealthStatus.Healthy,
            HealthWord.Degraded => HealthStatus.Degraded,
            _ => failure,
        };
        var down = report.Servers.Where(server => !HealthReport.IsReady(server)).ToList();
        var summary = $"{report.Servers.Count - down.Count} of {report.Servers.Count} servers are ready";
        return new HealthCheckResult(
            status,
            down.Count == 0 ? summary : $"{summary}; {string.Join("; ", down.Select(server => $"{server.Name}: {Describe(server)}"))}",
            data: report.Servers.GroupBy(server => server.Name, StringComparer.Ordinal).ToDictionary(server => server.Key, server => (object)Describe(server.First()), StringComparer.Ordinal));
    }

    private static string Describe(ServerHealth server) => (server.State.Reason, server.State.LastError?.Definition.Code) switch
    {
        _ when HealthReport.IsReady(server) => server.State.Word,
        (null, null) => server.State.Word,
        (null, { } code) => $"{server.State.Word} ({code})",
        ({ } reason, null) => $"{server.State.Word}, {reason}",
        ({ } reason, { } code) => $"{server.State.Word}, {reason} ({code})",
    };
}
