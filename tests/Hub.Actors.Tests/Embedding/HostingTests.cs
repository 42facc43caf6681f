using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Hosting;
using McpHub.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
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

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
