using McpHub.Actors;
using McpHub.Host;
using McpHub.Testing;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Fidelity;

/// <summary>One hub over a server of every kind of hop, each with odd items and answers, and one client of each era.</summary>
public sealed class ScriptedServers : IAsyncLifetime
{
    private readonly Dictionary<Era, RawClient> _clients = [];
    private HubUnderTest _hub = null!;

    public static string[] Kinds { get; } = ["stdio-legacy", "stdio-modern", "http-legacy", "http-modern", "events-legacy", "events-modern"];

    internal IReadOnlyDictionary<string, ScriptedServer> Servers { get; } = Kinds.ToDictionary(kind => kind, Make);

    internal RawClient Client(Era era) => _clients[era];

    /// <summary>A legacy client of an older revision.</summary>
    internal Task<RawClient> OldClientAsync(string revision) => RawClient.OpenAsync(_hub.Host.Url, Era.Legacy, revision);

    public async Task InitializeAsync()
    {
        _hub = await HubUnderTest.StartAsync(new HubHostOptions
        {
            Servers = [.. Servers.Values.Select(server => HubUnderTest.Scripted(server, server.Name.StartsWith("stdio", StringComparison.Ordinal) ? server.OverPipe() : server.OverHttp()))],
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
        foreach (var server in Servers.Values)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>The only request of a method whose text has this in it, as the server received it.</summary>
    internal static string TheRequest(ScriptedServer server, string method, string mark) =>
        Assert.Single(server.Requests(method), request => request.Text.Contains(mark, StringComparison.Ordinal)).Text;

    /// <summary>Whether messages to it have no line breaks, because they are framed by lines.</summary>
    internal static bool HearsOnOneLine(string kind) => kind.StartsWith("stdio", StringComparison.Ordinal);

    /// <summary>Whether messages from it have none.</summary>
    internal static bool SpeaksOnOneLine(string kind) => HearsOnOneLine(kind) || kind.StartsWith("events", StringComparison.Ordinal);

    /// <summary>A server that lists and answers what <see cref="Item"/> has, letter for letter.</summary>
    internal static ScriptedServer Make(string id, Era era)
    {
        var isOnOneLine = SpeaksOnOneLine(id);
        return new ScriptedServer(id, era)
        {
            AnswersWithEvents = id.StartsWith("events", StringComparison.Ordinal),
            Capabilities = JObject.Parse("""{"tools":{},"prompts":{},"resources":{},"completions":{}}"""),
        }
            .On("tools/list", request => ListAsync(request, "tools", [Item.Tool(id), .. new[] { "fail", "progress" }.Select(name => $$$"""{"name":"{{{name}}}-{{{id}}}","inputSchema":{"type":"object"}}""")]))
            .On("prompts/list", request => ListAsync(request, "prompts", Item.Prompt(id)))
            .On("resources/list", request => ListAsync(request, "resources", Item.Resource(id)))
            .On("resources/templates/list", request => ListAsync(request, "resourceTemplates", Item.Template(id)))
            .On("tools/call", request => request.Name == $"tool-{id}" ? ResultAsync(request, Item.CallResult) : request.Name == $"fail-{id}" ? ErrorAsync(request) : ProgressAsync(request))
            .On("prompts/get", request => ResultAsync(request, Item.PromptResult))
            .On("resources/read", request => ResultAsync(request, Item.ReadResult(id)))
            .On("completion/complete", request => ResultAsync(request, Item.CompletionResult));

        string Said(string json) => isOnOneLine ? Payloads.OnOneLine(json) : json;

        Task ResultAsync(ScriptedRequest request, string members) => request.ReplyAsync(Said($"{{{members}}}"));

        Task ListAsync(ScriptedRequest request, string member, params string[] items) => ResultAsync(request, $$"""
            "{{member}}":[{{string.Join(',', items)}}]{{(era == Era.Modern ? ",\"ttlMs\":3600000,\"cacheScope\":\"public\"" : "")}}
            """);

        Task ErrorAsync(ScriptedRequest request) => request.AnswerAsync(Said($$$"""{"jsonrpc":"2.0","id":{{{request.Id!.ToString(Formatting.None)}}},"error":{{{Item.Error}}}}"""));

        async Task ProgressAsync(ScriptedRequest request)
        {
            Assert.Equal($"progress-{id}", request.Name);
            await request.SendAsync(Said($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{request.ProgressToken!.ToString(Formatting.None)}}},{{{Item.Progress}}}}}"""));
            await ResultAsync(request, Item.CallResult);
        }
    }

    private static ScriptedServer Make(string kind) => Make(kind, kind.EndsWith("modern", StringComparison.Ordinal) ? Era.Modern : Era.Legacy);
}
