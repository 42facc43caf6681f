using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting.Logging;
using McpHub.Actors.Embedding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpHub;

/// <summary>Adds a group of MCP servers to a service that has no actor system.</summary>
public static class AddHubExtensions
{
    private static readonly Config _config = ConfigurationFactory.ParseString("""
        akka {
          loglevel = DEBUG # the service's own log filters decide
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          loggers = ["Akka.Hosting.Logging.LoggerFactoryLogger, Akka.Hosting"]
        }
        """);

    /// <summary>
    /// Registers a <see cref="ClientSessionGroup"/> as singleton. The host's start connects its servers and waits until each is connected or has failed once, at most 5 s; the
    /// host's end closes them. It runs on an actor system of its own and logs through the service's <see cref="ILoggerFactory"/>.
    /// </summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="configure">Names the servers; further calls add to it.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="OptionsValidationException">At the host's start: what is wrong with the options.</exception>
    public static IServiceCollection AddHub(this IServiceCollection services, Action<HubOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<HubOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HubOptions>, HubOptionsValidator>());
        services.TryAddSingleton(provider => Create(provider.GetRequiredService<IOptions<HubOptions>>().Value, provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HubService>());
        return services;
    }

    // No I/O here: it runs in the container.
    private static ClientSessionGroup Create(HubOptions options, ILoggerFactory loggers)
    {
        var group = new ClientSessionGroup(() => ActorSystemLease.Own(ActorSystem.Create("mcp-hub", System(loggers))), options.ToGroupOptions(), loggers);
        group.Declare(options.Servers);
        return group;
    }

    private static ActorSystemSetup System(ILoggerFactory loggers) => ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(_config), new LoggerFactorySetup(loggers));
}
