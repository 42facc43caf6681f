using System.Text;
using System.Text.Json;
using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using McpHub.Host;
using McpHub.Protocol.Wire;
using McpHub.Testing;
using McpHub.TestSupport;

namespace McpHub.Scenarios;

/// <summary>A whole hub over real servers, with its MCP endpoint on a free port.</summary>
internal sealed class HubUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new() { Timeout = Patience };
    private int _lastId;

    private HubUnderTest(HubHost host) => Host = host;

    public HubHost Host { get; }

    public HubRuntime Runtime => Host.Runtime;

    public static ServerDefinition Peer(string id, params string[] options)
    {
        var parameters = TestPeer.Server(["mcp", "--name", id, "--prefix", id, .. options]);
        return new ServerDefinition(id)
        {
            OpenTransport = () => McpTransports.Open(parameters),
            TransportName = "stdio",
            Era = Era.Legacy,
            RestartMin = TimeSpan.FromMilliseconds(100),
        };
    }

    /// <summary>A scripted server of one era, whose handshake is that of this era at once.</summary>
    public static ServerDefinition Scripted(ScriptedServer server, ServerParameters way) => EmbeddedServer.FromParameters(server.Name, way with { Era = server.SpokenEra }, options: null);

    public static Task<HubUnderTest> StartAsync(params ServerDefinition[] servers) =>
        StartAsync(new HubHostOptions { Servers = servers, Runtime = new HubRuntimeOptions { Naming = NamingRule.Always } });

    /// <summary>Starts it and waits for none of its servers.</summary>
    public static async Task<HubUnderTest> BeginAsync(HubHostOptions options) => new(await HubHost.StartAsync(options, CancellationToken.None));

    public static async Task<HubUnderTest> StartAsync(HubHostOptions options)
    {
        var hub = await BeginAsync(options);
        foreach (var server in options.Servers)
        {
            await hub.ExpectAsync(server.Id, ServerPhase.Ready);
        }

        return hub;
    }

    /// <summary>Waits until a server is in a phase and, when it is ready, in the published lists.</summary>
    public async Task<ServerState> ExpectAsync(string server, ServerPhase phase, int? otherThanProcess = null) => await EventuallyAsync(
        () => Runtime.Table.Servers.FirstOrDefault(entry => entry.Definition.Id == server) is { } entry && entry.State.Phase == phase
            && (phase != ServerPhase.Ready || (entry.Catalog is not null && entry.Session.Peer is not null)) && (otherThanProcess is null || entry.State.ProcessId != otherThanProcess)
            ? entry.State : null,
        $"server {server} did not become {phase}");

    /// <summary>A call through the hub's routing, as a modern client makes it.</summary>
    public RelayedCall Call(string tool, string arguments = "{}", Era era = Era.Modern)
    {
        var revision = era == Era.Modern ? "2026-07-28" : "2025-11-25";
        var frame = FrameWriter.Request(Interlocked.Increment(ref _lastId), "tools/call", Encoding.UTF8.GetBytes($$$"""{"name":"{{{tool}}}","arguments":{{{arguments}}}}"""));
        if (!EnvelopeScanner.TryScan(frame, ScanLimits.FromClient, out var envelope, out var error))
        {
            throw new InvalidOperationException(error.Message);
        }

        return Runtime.Relay(new RelayRequest(envelope, era, revision, Streams: false));
    }

    public async Task<string> TextAsync(string tool, string arguments = "{}") => TextOf(await AnswerAsync(Call(tool, arguments)));

    public static async Task<RelayAnswer> AnswerAsync(RelayedCall call)
    {
        await call.Ended.WaitAsync(Patience);
        return call.Answer();
    }

    public static string TextOf(RelayAnswer answer)
    {
        using var json = JsonDocument.Parse(answer.Part);
        return answer.IsError ? throw new InvalidOperationException(json.RootElement.GetRawText()) : json.RootElement.GetProperty("content")[0].GetProperty("text").GetString()!;
    }

    /// <summary>A modern request over the socket.</summary>
    public async Task<JsonElement> PostAsync(string method, string parameters = "")
    {
        const string Meta = """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}
            """;
        var body = $$$"""{"jsonrpc":"2.0","id":1,"method":"{{{method}}}","params":{{{{parameters}}}{{{(parameters.Length > 0 ? "," : "")}}}{{{Meta}}}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, Host.Url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        request.Headers.Add("Mcp-Method", method);
        using var response = await _http.SendAsync(request);
        return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement;
    }

    public static async Task<T> EventuallyAsync<T>(Func<T?> probe, string otherwise)
        where T : class
    {
        using var overdue = new CancellationTokenSource(Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            if (probe() is { } found)
            {
                return found;
            }

            try
            {
                await poll.WaitForNextTickAsync(overdue.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{otherwise} in {Patience}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Host.DisposeAsync();
    }
}
