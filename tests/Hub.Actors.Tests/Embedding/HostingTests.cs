using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Hosting;
using McpHub.Actors.Servers;
using McpHub.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary><c>AddHub</c> and <c>WithHub</c> in a real host.</summary>
public sealed class HostingTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task AddHub_connects_at_the_hosts_start_and_closes_at_its_end()
    {
        using var host = HostOf(services => services.AddHub(hub =>
        {
            hub.Servers.Add(Peer("a"));
            hub.Servers.Add(Peer("b"));
            hub.Naming = NamingRule.Always;
        }));
        var group = host.Services.GetRequiredService<ClientSessionGroup>();
        Assert.Empty(group.Tools);

        await host.StartAsync();

        Assert.Equal(["a__t0", "b__t0"], group.Tools.Keys);
        Assert.Equal(2, group.Sessions.Count);
        Assert.Equal("a", (string?)(await group.CallToolAsync("a__t0")).ExtensionData["server"]);
        Assert.Equal("b", (string?)(await group.Sessions[1].CallToolAsync("t0")).ExtensionData["server"]);
        var extra = await group.ConnectToServerAsync(Peer("c"));
        var started = group.Sessions[1];
        Assert.Equal(3, group.Tools.Count);
        await group.DisconnectFromServerAsync(group.Sessions[0]);
        Assert.Equal(["b__t0", "c__t0"], group.Tools.Keys);

        await host.StopAsync();

        await Task.WhenAll(extra.Completion, started.Completion).WaitAsync(_patience);
        await started.DisposeAsync();
        await extra.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => group.CallToolAsync("b__t0"));
    }

    [Fact]
    public async Task A_server_that_fails_stops_no_host_and_shows_in_its_log()
    {
        var log = new MemoryLog();
        using var host = HostOf(services => services.AddHub(hub =>
        {
            hub.Servers.Add(new StdioServerParameters("/no/such/server") { Name = "bad" });
            hub.Servers.Add(Peer("good"));
            hub.Servers.Add(Peer("twin"));
        }), log);

        await host.StartAsync();

        var group = host.Services.GetRequiredService<ClientSessionGroup>();
        Assert.Equal(["t0"], group.Tools.Keys);
        Assert.Single(group.Sessions);
        await Eventually.HoldsAsync(() => log.Lines.Any(line => line.Contains("bad", StringComparison.Ordinal) && line.Contains("HUB2101", StringComparison.Ordinal)));
        Assert.Contains(typeof(ServerSupervisor).FullName, log.Categories);
        await Eventually.HoldsAsync(() => log.Lines.Any(line => line.Contains("HUB4101", StringComparison.Ordinal)));
        await host.StopAsync();
    }

    [Fact]
    public async Task Wrong_options_stop_the_start_and_are_all_named()
    {
        using var host = HostOf(services => services.AddHub(hub =>
        {
            hub.Servers.Add(Peer("a"));
            hub.Servers.Add(Peer("a"));
            hub.Servers.Add(null!);
            hub.Servers.Add(Peer(" "));
            hub.Servers.Add(new StreamableHttpParameters(new Uri("ftp://x/y")));
            hub.Naming = (NamingRule)9;
            hub.Duplicates = (DuplicatePolicy)9;
        }));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(6, error.Failures.Count());
        Assert.All(error.Failures, fault => Assert.Contains(';', fault)); // what is wrong; what to do
    }

    [Fact]
    public async Task WithHub_lives_on_the_services_actor_system()
    {
        using var host = HostOf(services => services.AddAkka("service", akka => akka
            .AddHocon("hub.session.max-list-items = 1\nakka.loglevel = WARNING", HoconAddMode.Prepend)
            .WithHub(hub =>
            {
                hub.Servers.Add(TestPeer.Server("mcp", "--plain", "--prefix", "t", "--tools", "1", "--prompts", "2", "--name", "a") with { Name = "a" });
                hub.ComponentNameHook = (_, name, id, _) => $"{id}.{name}";
            })));

        await host.StartAsync();

        var system = host.Services.GetRequiredService<ActorSystem>();
        var group = system.GetClientSessionGroup();
        Assert.Equal(["a.t0"], group.Tools.Keys);
        Assert.Empty(group.Prompts); // two are one too many for the service's HOCON
        Assert.Equal(group.Router, host.Services.GetRequiredService<IRequiredActor<ClientSessionGroup>>().ActorRef);
        var answer = await group.Router.Ask(new RouterCall("tools/call", new JObject { ["name"] = "a.t0" }), _patience);
        Assert.Equal("a", (string?)Assert.IsType<CallToolResult>(answer).ExtensionData["server"]);
        var session = group.Sessions[0];

        await host.StopAsync();

        await system.WhenTerminated.WaitAsync(_patience);
        Assert.Null((await session.Completion.WaitAsync(_patience)).Error);
    }

    [Fact]
    public async Task Wrong_options_of_WithHub_stop_the_start()
    {
        using var host = HostOf(services => services.AddAkka("service", akka => akka.WithHub(hub => hub.Servers.Add(null!))));

        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
    }

    [Fact]
    public async Task A_configuration_section_starts_servers_and_its_faults_stop_the_start()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mcp:servers:a:command"] = "dotnet",
            ["Mcp:servers:a:args:0"] = TestPeer.Path,
            ["Mcp:servers:a:args:1"] = "mcp",
            ["Mcp:servers:a:args:2"] = "--tools",
            ["Mcp:servers:a:args:3"] = "1",
            ["Mcp:servers:a:args:4"] = "--plain",
            ["Mcp:naming"] = "always",
        }).Build();
        using var host = HostOf(services => services.AddHub(configuration.GetSection("Mcp")));
        await host.StartAsync();
        Assert.Equal(["a__tool0"], host.Services.GetRequiredService<ClientSessionGroup>().Tools.Keys);
        await host.StopAsync();

        configuration["Mcp:servers:a:comand"] = "x";
        configuration["Mcp:nameing"] = "never";
        using var wrong = HostOf(services => services.AddHub(configuration.GetSection("Mcp")));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => wrong.StartAsync());
        Assert.Equal(["Mcp:nameing", "Mcp:servers:a:comand"], error.Failures.Select(fault => fault.Split(' ')[1]));

        using var akka = HostOf(services => services.AddAkka("service", builder => builder.WithHub(configuration.GetSection("Mcp"))));
        await Assert.ThrowsAsync<OptionsValidationException>(() => akka.StartAsync());
    }

    [Fact]
    public async Task Health_is_degraded_by_any_server_and_unhealthy_by_a_required_one()
    {
        using var host = HostOf(services =>
        {
            services.AddHealthChecks().AddHub(tags: ["ready"]);
            services.AddHub(hub =>
            {
                hub.Servers.Add(Peer("good"));
                hub.Servers.Add(new StdioServerParameters("/no/such/server") { Name = "bad" });
                hub.Servers.Add(Peer("twin"));
            });
        });
        using var strict = HostOf(services =>
        {
            services.AddHealthChecks().AddHub();
            services.AddAkka("service", akka => akka.WithHub(hub =>
            {
                hub.Servers.Add(new StdioServerParameters("/no/such/server") { Name = "bad" });
                hub.Required.Add("bad");
            }));
        });
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host)).Status);

        await host.StartAsync();
        await strict.StartAsync();

        var group = host.Services.GetRequiredService<ClientSessionGroup>();
        var health = await CheckAsync(host);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Equal("ready", Assert.Single(health.Tags));
        Assert.StartsWith("1 of 3 servers are ready; ", health.Description, StringComparison.Ordinal);
        Assert.Contains("HUB2101", (string)health.Data["bad"], StringComparison.Ordinal);
        string[] twins = [(string)health.Data["good"], (string)health.Data["twin"]]; // whichever was first
        Assert.Contains("ready", twins);
        Assert.Contains("stopped, it was given up: the log says why", twins);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(strict)).Status);

        await group.DisconnectFromServerAsync(group.Sessions[0]);
        Assert.Equal(2, (await CheckAsync(host)).Data.Count); // one that was taken out is not missed

        await host.StopAsync();
        await strict.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host)).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(strict)).Status);
    }

    [Fact]
    public async Task A_healthy_hub_is_healthy()
    {
        using var host = HostOf(services =>
        {
            services.AddHub(hub => hub.Servers.Add(Peer("good")));
            services.AddHealthChecks().AddHub("mcp");
        });
        await host.StartAsync();

        var health = await CheckAsync(host, "mcp");
        Assert.Equal((HealthStatus.Healthy, "1 of 1 servers are ready"), (health.Status, health.Description));
        await host.StopAsync();
    }

    [Fact]
    public async Task Deadlines_follow_the_services_clock()
    {
        var time = new FakeTimeProvider();
        using var host = HostOf(services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddHub(hub =>
            {
                hub.Servers.Add(TestPeer.Server("mcp", "--name", "a") with { Name = "a" });
                hub.SessionOptions = _ => new ClientSessionOptions { ReadTimeout = TimeSpan.FromHours(2) };
            });
        });
        await host.StartAsync();
        var group = host.Services.GetRequiredService<ClientSessionGroup>();
        Assert.IsType<TimeProviderScheduler>(group.Runtime.System.Scheduler);
        Assert.Equal(time.GetUtcNow(), group.Runtime.System.Scheduler.Now);

        var silent = group.CallToolAsync("hold", new { key = "k" });
        await group.CallToolAsync("echo", new { text = "the call before this one is with the server" });
        time.Advance(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        await group.CallToolAsync("echo", new { text = "one second is left" });
        Assert.False(silent.IsCompleted);

        // The deadline was set by the session's tick that follows the call, which is at most 50 ms behind.
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return silent.IsCompleted;
        });
        Assert.Equal("HUB5104", (await Assert.ThrowsAsync<RequestTimeoutException>(() => silent)).Code);
        await host.StopAsync();
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost host, string name = "mcp-hub") =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries[name];

    private static StdioServerParameters Peer(string name) => TestPeer.Server("mcp", "--plain", "--prefix", "t", "--tools", "1", "--name", name) with { Name = name };

    private static IHost HostOf(Action<IServiceCollection> configure, ILoggerProvider? log = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        configure(builder.Services);
        return builder.Build();
    }

    private sealed class MemoryLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ConcurrentBag<string> Categories { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            Categories.Add(categoryName);
            return this;
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
