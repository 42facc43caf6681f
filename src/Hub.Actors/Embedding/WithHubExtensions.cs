using Akka.Actor;
using Akka.Hosting;
using McpHub.Actors.Embedding;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpHub;

/// <summary>Adds a group of MCP servers to a service that has an actor system.</summary>
public static class WithHubExtensions
{
    /// <summary>
    /// Starts a <see cref="ClientSessionGroup"/> on the service's actor system once its actors run, and waits until each of its servers is connected or has failed once, at most 5 s.
    /// The group's router is in the registry under the key <see cref="ClientSessionGroup"/> (<c>IRequiredActor&lt;ClientSessionGroup&gt;</c>), the group itself is
    /// <see cref="GetClientSessionGroup"/>. The system's coordinated shutdown closes it. Log, scheduler and dispatchers are the system's: what it is configured with counts.
    /// </summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="configure">Names the servers.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <exception cref="OptionsValidationException">At the host's start: what is wrong with the options.</exception>
    public static AkkaConfigurationBuilder WithHub(this AkkaConfigurationBuilder builder, Action<HubOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new HubOptions();
        configure(options);
        if (new HubOptionsValidator().Validate(null, options) is { Failed: true, Failures: var faults })
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(HubOptions), faults);
        }

        return builder
            .WithActors((system, registry, resolver) =>
            {
                var group = new ClientSessionGroup(
                    () => ActorSystemLease.Borrow(system), options.ToGroupOptions(), resolver.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance, resolver.GetService<TimeProvider>());
                group.Declare(options);
                system.RegisterExtension(new GroupOfSystem(group));
                registry.Register<ClientSessionGroup>(group.Router);
                CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "close-mcp-hub", async () =>
                {
                    await group.DisposeAsync().ConfigureAwait(false);
                    return Akka.Done.Instance;
                });
            })
            .AddStartup((system, _) => system.GetClientSessionGroup().Runtime.Settled);
    }

    /// <summary>Adds the servers of a configuration section.</summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="section">The section, as for <see cref="AddHubExtensions.AddHub(IServiceCollection, IConfiguration)"/>.</param>
    /// <inheritdoc cref="WithHub(AkkaConfigurationBuilder, Action{HubOptions})"/>
    public static AkkaConfigurationBuilder WithHub(this AkkaConfigurationBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return builder.WithHub(hub => HubConfiguration.Read(section, hub));
    }

    /// <summary>The group that <c>WithHub</c> made.</summary>
    /// <param name="system">The service's actor system.</param>
    /// <exception cref="InvalidOperationException">The system was not configured with <c>WithHub</c>.</exception>
    public static ClientSessionGroup GetClientSessionGroup(this ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.FindClientSessionGroup() ?? throw new InvalidOperationException("this actor system has no group: configure it with WithHub");
    }

    internal static ClientSessionGroup? FindClientSessionGroup(this ActorSystem system) => system.TryGetExtension<GroupOfSystem>(out var extension) ? extension.Group : null;

    private sealed class GroupOfSystem(ClientSessionGroup group) : ExtensionIdProvider<GroupOfSystem>, IExtension
    {
        public ClientSessionGroup Group => group;

        public override GroupOfSystem CreateExtension(ExtendedActorSystem system) => this;
    }
}
