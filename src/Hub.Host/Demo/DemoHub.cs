using McpHub.Actors;
using McpHub.Actors.Configuration;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Host.Configuration;
using McpHub.Host.Health;

namespace McpHub.Host.Demo;

/// <summary>A hub in front of the three sample servers: a child of its own over stdio, and two HTTP servers that it knows by URL.</summary>
internal sealed class DemoHub : IAsyncDisposable
{
    public const string Notes = "notes";
    public const string Clock = "clock";
    public const string Orders = "orders";

    private static readonly TimeSpan SampleLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly HttpSample _clock;
    private readonly HttpSample _orders;

    private DemoHub(HubHost host, HttpSample clock, HttpSample orders) => (Host, _clock, _orders) = (host, clock, orders);

    public HubHost Host { get; }

    public Uri Endpoint => Host.Url;

    public RoutingTable Table => Host.Runtime.Table;

    /// <summary>Starts everything; the servers may still be connecting when it returns.</summary>
    public static async Task<DemoHub> StartAsync(Uri listen, CancellationToken ct)
    {
        var samples = await StartSamplesAsync(ct);
        try
        {
            var (command, arguments) = SampleServer.CommandLine("stdio");
            var servers = new HubFile(
                "demo",
                [
                    Server(Notes, new StdioServerParameters(command, arguments)),
                    Server(Clock, new StreamableHttpParameters(samples[0].Endpoint)),
                    Server(Orders, new StreamableHttpParameters(samples[1].Endpoint)),
                ],
                new HubFileSettings(),
                []).ToDefinitions();
            return new DemoHub(await HubHost.StartAsync(new HubHostOptions { Listen = listen, Servers = servers, Map = MapHealth }, ct), samples[0], samples[1]);
        }
        catch
        {
            await Task.WhenAll(samples.Select(sample => sample.DisposeAsync().AsTask()));
            throw;
        }
    }

    public Actors.Routing.ServerEntry Server(string name) => Table.Servers.First(server => server.Definition.Id == name);

    /// <summary>The port of one of the HTTP servers.</summary>
    public int PortOf(string name) => (name == Clock ? _clock : _orders).Endpoint.Port;

    /// <summary>Looks at the routing table until it is as wanted; a look costs nothing, it is an immutable object.</summary>
    public async Task UntilAsync(Func<DemoHub, bool> wanted, TimeSpan limit, Func<string> otherwise, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
        using var pace = new PeriodicTimer(LookEvery);
        try
        {
            while (!wanted(this))
            {
                await pace.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new DemoFailure(otherwise());
        }
    }

    /// <summary>Waits until all three servers are ready and listed.</summary>
    public Task UntilReadyAsync(TimeSpan limit, CancellationToken ct) => UntilAsync(
        hub => hub.Table.Servers.Length == 3 && hub.Table.Servers.All(server => server is { State.Phase: ServerPhase.Ready, Catalog: not null }),
        limit,
        () => "not ready: " + string.Join("; ", Table.Servers.Where(server => server.State.Phase != ServerPhase.Ready).Select(server => $"{server.Definition.Id} is {server.State.Word}, {server.State.LastError?.Message ?? server.State.Reason ?? "no error yet"}")),
        ct);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Task.WhenAll(_clock.DisposeAsync().AsTask(), _orders.DisposeAsync().AsTask());
    }

    private static async Task<HttpSample[]> StartSamplesAsync(CancellationToken ct)
    {
        var starts = new[] { HttpSample.StartAsync("legacy-http", SampleLimit, ct), HttpSample.StartAsync("modern-http", SampleLimit, ct) };
        try
        {
            return await Task.WhenAll(starts);
        }
        catch
        {
            foreach (var started in starts.Where(start => start.IsCompletedSuccessfully))
            {
                await (await started).DisposeAsync();
            }

            throw;
        }
    }

    private static void MapHealth(WebApplication app)
        => HealthEndpoints.Map(app, () => app.Services.GetRequiredService<HubRuntime>().Table.Servers.Select(ServerHealth.Of));

    private static ConfiguredServer Server(string name, ServerParameters parameters) => new(name, parameters, new ServerSettings(), [], default, Disabled: false);
}
