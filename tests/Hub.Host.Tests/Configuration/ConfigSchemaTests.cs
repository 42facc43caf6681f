using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;
using JsonSchema = Json.Schema.JsonSchema;

namespace McpHub.Host.Tests.Configuration;

/// <summary>The published schema and the reader say the same.</summary>
public class ConfigSchemaTests
{
    private static readonly JsonSchema _schema = JsonSchema.FromText(ConfigSchema.Text, new() { SchemaRegistry = new() });

    public static TheoryData<string> Files => CorpusTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_without_errors_is_valid(string name)
    {
        var content = File.ReadAllBytes(Path.Combine(CorpusTests.Folder, name));
        var file = new HubFileReader(variable => variable.Contains("PORT", StringComparison.Ordinal) ? "1" : "http://127.0.0.1/x").Parse(content, name);

        // Variables are filled in by the reader; the schema sees the file as it is written.
        if (file.Diagnostics.All(diagnostic => diagnostic.Severity == DiagnosticSeverity.Warning))
        {
            Assert.True(IsValid(content), name);
        }
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{ "mcpServers": { "a": {} } }""")]
    [InlineData("""{ "mcpServers": { "a": { "command": "a", "x-hub": { "tools": { "only": [] } } } } }""")]
    [InlineData("""{ "mcpServers": { "a": { "command": "a", "x-hub": { "timeouts": { "call": "60 seconds" } } } } }""")]
    [InlineData("""{ "mcpServers": { "a": { "command": "a", "x-hub": { "restart": { "jitter": 2 } } } } }""")]
    [InlineData("""{ "mcpServers": { "a": { "command": "a", "x-hub": { "session": "exclusive" } } } }""")]
    [InlineData("""{ "mcpServers": { "a": { "command": ["a"] } } }""")]
    [InlineData("""{ "mcpServers": { "a": { "command": "a", "type": "carrier-pigeon" } } }""")]
    [InlineData("""{ "mcpServers": {}, "hub": { "lissten": "x" } }""")]
    [InlineData("""{ "mcpServers": {}, "hub": { "naming": { "separator": "::" } } }""")]
    public void What_the_reader_refuses_is_not_valid(string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        Assert.Contains(new HubFileReader(_ => null).Parse(content, "f").Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.False(IsValid(content));
    }

    /// <summary>
    /// Whole files with a few values, keys or entries changed by chance. What the reader takes is valid; what it refuses is not, unless no schema can say it: texts that mean
    /// something (URLs, tokens, addresses), what depends on two keys or on the environment, and the ranges of durations.
    /// </summary>
    [Fact]
    public void A_changed_file_is_valid_if_and_only_if_the_reader_takes_it() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 4], Gen.Int[0, _values.Length - 1]).List[1, 3].Sample(changes =>
        {
            var root = JsonNode.Parse(Whole)!;
            foreach (var (place, how, value) in changes)
            {
                Change(root, place, how, _values[value]);
            }

            var content = Encoding.UTF8.GetBytes(root.ToJsonString());
            var errors = new HubFileReader(_ => null).Parse(content, "f").Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToArray();
            var sayable = errors.Where(error => !IsBeyondSchemas(error)).ToArray();
            var isValid = IsValid(content);
            Assert.True(errors.Length > 0 || isValid, $"refused by the schema only: {root.ToJsonString()}");
            Assert.True(sayable.Length == 0 || !isValid, $"taken by the schema: {string.Join('\n', sayable.Select(error => error.Text))}\n{root.ToJsonString()}");
        }, iter: 4000);

    [Fact]
    public void Each_key_of_ours_is_known_to_the_reader()
    {
        var definitions = JsonNode.Parse(ConfigSchema.Text)!["definitions"]!;
        Assert.All(Leaves("", definitions["xhub"]!), leaf =>
        {
            var diagnostics = new HubFileReader(_ => null).Parse(Encoding.UTF8.GetBytes($$"""{ "servers": { "a": { "command": "a", "x-hub": {{leaf}} } } }"""), "f").Diagnostics;
            Assert.DoesNotContain(diagnostics, diagnostic => diagnostic.Code is "HUB1004" or "HUB1012");
        });
        Assert.All(Leaves("", definitions["hub"]!), leaf =>
            Assert.DoesNotContain(new HubFileReader(_ => null).Parse(Encoding.UTF8.GetBytes($$"""{ "servers": {}, "hub": {{leaf}} }"""), "f").Diagnostics, diagnostic => diagnostic.Code == "HUB1004"));
    }

    [Fact]
    public void Each_key_of_ours_is_in_the_documentation()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "configuration.md"));
        var definitions = JsonNode.Parse(ConfigSchema.Text)!["definitions"]!;
        var keys = Paths("", definitions["xhub"]!).Concat(Paths("", definitions["hub"]!)).Concat(Paths("", definitions["server"]!)).ToArray();
        Assert.True(keys.Length > 30);
        Assert.DoesNotContain(keys, key => !page.Contains($"`{key}`", StringComparison.Ordinal));
    }

    [Fact]
    public void It_lies_beside_the_executable()
    {
        Assert.Equal(ConfigSchema.Text, File.ReadAllText(Path.Combine(HubProcess.HostFolder, "hub.schema.json")));
    }

    private const string Whole = """
        {
          "version": 1, "$schema": "x", "inputs": [{ "id": "a", "type": "promptString", "default": "d" }],
          "mcpServers": {
            "local": { "type": "stdio", "command": "c", "args": ["a"], "env": { "A": "b", "N": 1, "G": null }, "cwd": "/", "disabled": false, "enabled": true, "trust": 1,
              "x-hub": { "required": true, "era": "auto", "inheritEnv": "all", "session": "shared", "timeouts": { "start": "1s", "call": "1s", "idle": "1s" },
                "restart": { "min": "1s", "max": "2s", "jitter": 0.5, "attempts": 1, "resetAfter": "1s" },
                "limits": { "concurrency": 1, "queue": 1, "perMinute": 1, "maxResultBytes": 2000 }, "tools": { "allow": ["a"], "deny": ["b"] } } },
            "plain": { "command": "c" },
            "off": { "disabled": true, "command": 5 }
          },
          "servers": {
            "remote": { "type": "sse", "url": "http://127.0.0.1/sse", "headers": { "X-A": "b" }, "x-hub": { "bearerToken": "t", "messageUrl": "http://127.0.0.1/m", "era": "legacy" } },
            "by-url": { "url": "http://127.0.0.1/mcp" },
            "socket": { "type": "ws", "url": "ws://127.0.0.1/mcp" }
          },
          "hub": { "listen": "http://127.0.0.1:1", "endpoint": "/mcp", "naming": { "prefix": "auto", "separator": "__", "maxLength": 64 }, "startup": { "waitForRequired": "1s", "onInvalidServer": "fail" } }
        }
        """;

    private static readonly string[] _values =
    [
        "null", "true", "false", "0", "-1", "1", "1.5", "20000000", "\"\"", "\" \"", "\"x\"", "\"10s\"", "\"10 s\"", "\"auto\"", "\"legacy\"", "\"stdio\"", "\"http\"", "\"perUser\"", "\"-\"",
        "\"http://127.0.0.1/x\"", "[]", "[\"a\"]", "[1]", "[[]]", "{}", "{ \"a\": 1 }", "{ \"a\": \"b\" }", "{ \"command\": \"c\" }", "{ \"url\": \"http://127.0.0.1/x\" }",
    ];

    private static readonly string[] _keys = ["command", "url", "type", "args", "envFile", "headers", "disabled", "enabled", "x-hub", "hub", "era", "idle", "queue", "foreign", "servers"];

    private static void Change(JsonNode root, int place, int how, string value)
    {
        var objects = Objects(root).Where(candidate => candidate.Count > 0).ToArray();
        if (objects.Length == 0)
        {
            return;
        }

        var at = objects[place % objects.Length];
        var key = at.ElementAt(place / objects.Length % at.Count).Key;
        switch (how)
        {
            case 0:
                at.Remove(key);
                break;
            case 1:
                at[_keys[place / 7 % _keys.Length]] = JsonNode.Parse(value);
                break;
            case 2:
                at[key + "x"] = at[key]?.DeepClone();
                break;
            default:
                at[key] = JsonNode.Parse(value);
                break;
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject members => [members, .. members.SelectMany(member => Objects(member.Value))],
        JsonArray items => items.SelectMany(Objects),
        _ => [],
    };

    private static bool IsBeyondSchemas(Diagnostic error) => error.Code switch
    {
        // A text that is no URL, address or token; a program with its arguments.
        "HUB1005" or "HUB1012" => _texts.Any(text => error.Error.Message.Contains(text, StringComparison.Ordinal)),
        "HUB1011" => error.Error.Message.Contains("timeouts.", StringComparison.Ordinal) || error.Error.Message.Contains("waitForRequired", StringComparison.Ordinal) || error.Error.Message.Contains("restart.m", StringComparison.Ordinal) || error.Error.Message.Contains("resetAfter", StringComparison.Ordinal),
        "HUB1007" or "HUB1008" or "HUB1009" or "HUB1015" or "HUB1016" => true,
        _ => false,
    };

    private static readonly string[] _texts = ["an absolute URL", "an absolute http or https URL", "an absolute ws or wss URL", "a token without spaces", "the program alone"];

    /// <summary>One file fragment for each key, with a value that is of no use.</summary>
    private static IEnumerable<string> Leaves(string path, JsonNode section) => section["properties"]!.AsObject().SelectMany(property =>
        property.Value!["properties"] is null
            ? [$$"""{ "{{property.Key}}": null }"""]
            : Leaves(path, property.Value).Select(inner => $$"""{ "{{property.Key}}": {{inner}} }"""));

    private static IEnumerable<string> Paths(string path, JsonNode section) => section["properties"]!.AsObject().SelectMany(property =>
        property.Value!["properties"] is null ? [path + property.Key] : Paths($"{path}{property.Key}.", property.Value));

    private static bool IsValid(byte[] content) =>
        _schema.Evaluate(JsonDocument.Parse(content, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement).IsValid;
}
