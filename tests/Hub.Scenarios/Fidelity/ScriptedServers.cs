using McpHub.Host;
using McpHub.Actors;

namespace McpHub.Scenarios.Fidelity;

/// <summary>One hub over a server of every kind of hop, each with odd items and answers, and one client of each era.</summary>
public sealed class ScriptedServers : IAsyncLifetime
{
    private readonly Dictionary<Era, RawClient> _clients = [];
    private HubUnderTest _hub = null!;

    public static string[] Kinds { get; } = ["stdio-legacy", "stdio-modern", "http-legacy", "http-modern", "events-legacy", "events-modern"];

    internal IReadOnlyDictionary<string, ScriptedPeer> Peers { get; } = Kinds.ToDictionary(kind => kind, Make);

    internal RawClient Client(Era era) => _clients[era];

    /// <summary>A legacy client of an older revision.</summary>
    internal Task<RawClient> OldClientAsync(string revision) => RawClient.OpenAsync(_hub.Host.Url, Era.Legacy, revision);

    public async Task InitializeAsync()
    {
        foreach (var peer in Peers.Values)
        {
            Script(peer);
            await peer.StartAsync();
        }

        _hub = await HubUnderTest.StartAsync(new HubHostOptions
        {
            Servers = [.. Peers.Values.Select(peer => peer.Definition)],
            Runtime = new HubRuntimeOptions { Naming = NamingRule.Never },
        });
        foreach (var era in new[] { Era.Legacy, Era.Modern })
        {
            _clients[era] = await RawClient.OpenAsync(_hub.Host.Url, era);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await _hub.DisposeAsync();
        foreach (var peer in Peers.Values)
        {
            await peer.DisposeAsync();
        }
    }

    /// <summary>What each server of the matrix lists and answers.</summary>
    internal static void Script(ScriptedPeer peer)
    {
        peer.Introduce();
        peer.List("tools/list", "tools", [Item.Tool(peer.Id), .. new[] { "fail", "progress" }.Select(name => $$$"""{"name":"{{{name}}}-{{{peer.Id}}}","inputSchema":{"type":"object"}}""")]);
        peer.List("prompts/list", "prompts", Item.Prompt(peer.Id));
        peer.List("resources/list", "resources", Item.Resource(peer.Id));
        peer.List("resources/templates/list", "resourceTemplates", Item.Template(peer.Id));
        peer.Result($"tools/call tool-{peer.Id}", Item.CallResult);
        peer.Result($"prompts/get prompt-{peer.Id}", Item.PromptResult);
        peer.Result($"resources/read odd-{peer.Id}://x", Item.ReadResult(peer.Id));
        peer.Result("completion/complete", Item.CompletionResult);
        peer.Error($"tools/call fail-{peer.Id}", Item.Error);
        peer.Progress($"tools/call progress-{peer.Id}", Item.Progress, Item.CallResult);
    }

    private static ScriptedPeer Make(string kind)
    {
        var era = kind.EndsWith("modern", StringComparison.Ordinal) ? Era.Modern : Era.Legacy;
        return kind.StartsWith("stdio", StringComparison.Ordinal) ? new StdioScriptedPeer(kind, era) : new HttpScriptedPeer(kind, era, events: kind.StartsWith("events", StringComparison.Ordinal));
    }
}
