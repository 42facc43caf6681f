using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
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
    public void It_lies_beside_the_executable()
    {
        Assert.Equal(ConfigSchema.Text, File.ReadAllText(Path.Combine(HubProcess.HostFolder, "hub.schema.json")));
    }

    /// <summary>One file fragment for each key, with a value that is of no use.</summary>
    private static IEnumerable<string> Leaves(string path, JsonNode section) => section["properties"]!.AsObject().SelectMany(property =>
        property.Value!["properties"] is null
            ? [$$"""{ "{{property.Key}}": null }"""]
            : Leaves(path, property.Value).Select(inner => $$"""{ "{{property.Key}}": {{inner}} }"""));

    private static bool IsValid(byte[] content) =>
        _schema.Evaluate(JsonDocument.Parse(content, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement).IsValid;
}
