using System.Text;
using System.Text.Json;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Configuration;

/// <summary>
/// Files as the clients' documentation shows them, and broken ones. Beside each <c>X.json</c> stands <c>X.expected.txt</c>: every diagnostic with its exact
/// line and column, and what each server became. <c>HUB_UPDATE_GOLDEN=1</c> writes them anew; read the difference before committing it.
/// </summary>
public class CorpusTests
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerOptions.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private static readonly Dictionary<string, string> Environment = new()
    {
        ["API_KEY"] = "key-1",
        ["TENANT"] = "acme",
        ["CLAUDE_PLUGIN_ROOT"] = "/opt/plugin",
        ["DB_URL"] = "postgres://${NOT_SET}/x",
        ["FIGMA"] = "f",
        ["HUB_INPUT_PERPLEXITY_KEY"] = "p-1",
    };

    internal static string Folder => Repository.PathOf("tests", "Hub.Host.Tests", "Configuration", "corpus");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_gives_exactly_these_diagnostics_and_servers(string name)
    {
        var file = new HubFileReader(Environment.GetValueOrDefault).Parse(File.ReadAllBytes(Path.Combine(Folder, name)), name);
        var actual = Describe(file);
        var golden = Path.Combine(Folder, Path.ChangeExtension(name, ".expected.txt"));
        if (System.Environment.GetEnvironmentVariable("HUB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, actual);
        }

        Assert.Equal(File.ReadAllText(golden).ReplaceLineEndings("\n"), actual);
    }

    [Fact]
    public void Every_file_of_a_client_yields_a_server_that_runs()
    {
        string[] clients = ["claude-desktop", "claude-code.mcp", "cursor.mcp", "vscode.mcp", "copilot-agent", "cline", "roo", "gemini", "windsurf"];
        Assert.All(clients, client =>
        {
            var file = new HubFileReader(Environment.GetValueOrDefault).Read(Path.Combine(Folder, client + ".json"));
            Assert.True(file.Usable);
            Assert.Contains(file.Servers, server => server.Parameters is not null);
        });
    }

    [Fact]
    public void No_diagnostic_shows_the_value_of_a_variable()
    {
        var text = """{ "mcpServers": { "a": { "url": "${S}", "headers": { "A": "${T}" }, "x-hub": { "bearerToken": "${U}" } }, "b": { "command": "${V}", "args": ["${V}"] } } }""";
        var secrets = new Dictionary<string, string> { ["S"] = "s3cret://x y", ["T"] = "s3cret\n", ["U"] = "s3cret s3cret", ["V"] = "s3cret\0" };
        var file = new HubFileReader(secrets.GetValueOrDefault).Parse(Encoding.UTF8.GetBytes(text), "f");
        Assert.True(file.Diagnostics.Count >= 5);
        Assert.All(file.Diagnostics, diagnostic => Assert.DoesNotContain("s3cret", diagnostic.ToString() + diagnostic.Error, StringComparison.Ordinal));
    }

    private static string Describe(HubFile file)
    {
        var text = new StringBuilder();
        text.Append(file.Usable ? "usable\n" : "not usable\n");
        foreach (var diagnostic in file.Diagnostics)
        {
            text.Append(diagnostic).Append('\n');
        }

        foreach (var server in file.Servers)
        {
            var state = server.Disabled ? "disabled" : server.Misconfigured ? "misconfigured" : "";
            text.Append($"{server.At.Line}:{server.At.Column} {Json(server.Name)} {state}");
            switch (server.Parameters)
            {
                case StdioServerParameters stdio:
                    text.Append($"stdio {Json(stdio.Command)} args {Json(stdio.Args)} env {Json(stdio.Env)} cwd {Json(stdio.Cwd)} inherit {stdio.InheritEnv} era {stdio.Era?.ToString() ?? "auto"}");
                    break;
                case StreamableHttpParameters http:
                    text.Append($"http {http.Url.AbsoluteUri} headers {Json(http.Headers)} era {http.Era?.ToString() ?? "auto"}");
                    break;
                case SseServerParameters sse:
                    text.Append($"sse {sse.Url.AbsoluteUri} messages {sse.MessageUrl?.AbsoluteUri ?? "as the server says"} headers {Json(sse.Headers)} era {sse.Era?.ToString() ?? "auto"}");
                    break;
                case WebSocketServerParameters socket:
                    text.Append($"ws {socket.Url.AbsoluteUri} headers {Json(socket.Headers)} era {socket.Era?.ToString() ?? "auto"}");
                    break;
            }

            text.Append('\n');
            if (Json(server.Settings) is var settings && settings != Json(new ServerSettings()))
            {
                text.Append($"    {settings}\n");
            }
        }

        if (file.Settings != new HubFileSettings())
        {
            text.Append(file.Settings).Append('\n');
        }

        return text.ToString();
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, _json);
}
