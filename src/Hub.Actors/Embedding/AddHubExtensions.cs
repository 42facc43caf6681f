using Akka.Configuration;
using Akka.Hosting.Logging;
using McpHub.Actors;
using McpHub.Actors.Embedding;
using Microsoft.Extensions.Configuration;
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
          loggers = ["McpHub.Actors.ActorLog, McpHub.Actors"]
        }
        """);

    /// <summary>
    /// Registers a <see cref="ClientSessionGroup"/> as singleton. The host's start checks the options, connects the servers and waits until each is connected or has failed once,
    /// at most 5 s; the host's end closes them, at most 6 s. Nothing is done before the start. It runs on an actor system of its own, logs through the service's
    /// <see cref="ILoggerFactory"/> under <c>McpHub</c>, and keeps all its deadlines by the service's <see cref="TimeProvider"/> if one is registered.
    /// </summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="configure">Names the servers; further calls add to it. Options that need a service: <c>services.AddOptions&lt;HubOptions&gt;().Configure&lt;TService&gt;(...)</c>.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="OptionsValidationException">At the host's start: everything that is wrong with the options.</exception>
    public static IServiceCollection AddHub(this IServiceCollection services, Action<HubOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<HubOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HubOptions>, HubOptionsValidator>());
        services.TryAddSingleton(Create);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HubService>());
        return services;
    }

    /// <summary>
    /// Adds the servers of a configuration section, which looks like the <c>mcp.json</c> of other clients: <c>servers</c> or <c>mcpServers</c>, in it by name either
    /// <c>command</c>, <c>args</c>, <c>env</c>, <c>cwd</c> or <c>url</c>, <c>headers</c>, and <c>x-hub</c> with all that the hub's own file knows (docs/configuration.md). Beside them
    /// <c>naming</c> and <c>duplicates</c>. A key that is not known is an error. It is read once, at the host's start.
    /// </summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="section">The section, for example <c>builder.Configuration.GetSection("Mcp")</c>.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="OptionsValidationException">At the host's start: everything that is wrong with the section, each fault with its key.</exception>
    public static IServiceCollection AddHub(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddHub(hub => HubConfiguration.Read(section, hub));
    }

    // No I/O here: it runs in the container.
    private static ClientSessionGroup Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<HubOptions>>().Value;
        var loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var group = new ClientSessionGroup(
            () => ActorSystemLease.Own(TimeProviderScheduler.CreateSystem("mcp-hub", time, _config, new LoggerFactorySetup(loggers))), options.ToGroupOptions(), loggers, time);
        group.Declare(options);
        return group;
    }
}
