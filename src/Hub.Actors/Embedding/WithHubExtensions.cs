using Akka.Actor;
using Akka.Hosting;
using McpHub.Actors.Embedding;
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
    /// <see cref="GetClientSessionGroup"/>. The system's coordinated shutdown closes it.
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
                var group = new ClientSessionGroup(() => ActorSystemLease.Borrow(system), options.ToGroupOptions(), resolver.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);
                group.Declare(options.Servers);
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

    /// <summary>The group that <see cref="WithHub"/> made.</summary>
    /// <param name="system">The service's actor system.</param>
    /// <exception cref="InvalidOperationException">The system was not configured with <see cref="WithHub"/>.</exception>
    public static ClientSessionGroup GetClientSessionGroup(this ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.TryGetExtension<GroupOfSystem>(out var extension) ? extension.Group : throw new InvalidOperationException("this actor system has no group: configure it with WithHub");
    }

    private sealed class GroupOfSystem(ClientSessionGroup group) : ExtensionIdProvider<GroupOfSystem>, IExtension
    {
        public ClientSessionGroup Group => group;

        public override GroupOfSystem CreateExtension(ExtendedActorSystem system) => this;
    }
}
