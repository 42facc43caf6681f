using Akka.Actor;
using McpHub.Actors.Embedding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpHub;

/// <summary>Adds a group's state to a service's health.</summary>
public static class HubHealthExtensions
{
    /// <summary>
    /// Adds a check of the group that <c>AddHub</c> or <c>WithHub</c> made. Healthy: every server is ready. Degraded: one is not; its name, state, reason and error code are in the
    /// description and, by server, in the data. Unhealthy: one of <see cref="HubOptions.Required"/> is not ready, or the group is not running. It never asks a server and never waits.
    /// </summary>
    /// <param name="builder">The service's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What to report in place of unhealthy; <c>null</c>: unhealthy.</param>
    /// <param name="tags">Tags to filter checks by, for example <c>ready</c>.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IHealthChecksBuilder AddHub(this IHealthChecksBuilder builder, string name = "mcp-hub", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, services => new HubHealthCheck(() => Group(services)), failureStatus, tags));
    }

    private static ClientSessionGroup? Group(IServiceProvider services) =>
        services.GetService<ClientSessionGroup>() ?? services.GetService<ActorSystem>()?.FindClientSessionGroup();
}
