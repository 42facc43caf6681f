using System.Text;
using McpHub.Actors.Configuration;
using McpHub.Actors.Servers;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Configuration;

public class ServerDefinitionsTests
{
    [Fact]
    public void Every_server_of_the_file_is_asked_for_in_its_order_and_only_the_sound_ones_can_open()
    {
        var definitions = Definitions("""{ "mcpServers": { "b": { "command": "b" }, "off": { "disabled": true }, "bad": {}, "a": { "url": "http://127.0.0.1/mcp" } } }""");
        Assert.Equal(["b", "off", "bad", "a"], definitions.Select(definition => definition.Id));
        Assert.Equal([true, false, false, true], definitions.Select(definition => definition.OpenTransport is not null));
        Assert.True(definitions[1].Disabled);
        Assert.Equal("HUB1003", definitions[2].Misconfigured?.Definition.Code);
        Assert.Equal("bad", definitions[2].Misconfigured?.ServerId);
        Assert.Equal(["stdio", "-", "-", "http"], definitions.Select(definition => definition.TransportName));
    }

    [Fact]
    public void What_the_file_leaves_out_has_the_defaults_of_the_hub()
    {
        var definitions = Definitions("""{ "servers": { "a": { "command": "a" }, "b": { "url": "http://127.0.0.1/mcp" } } }""");
        Assert.Equal(new ServerDefinition("x").CallTimeout, definitions[0].CallTimeout);
        Assert.Equal([64, 256], definitions.Select(definition => definition.MaxInFlight));
    }

    [Fact]
    public void What_the_file_sets_arrives()
    {
        var definition = Definitions("""
            { "servers": { "a": { "command": "a", "x-hub": { "required": true, "era": "legacy", "timeouts": { "start": "1m", "call": "2s" },
              "restart": { "min": "10ms", "max": "10m", "jitter": 0.5, "attempts": 2, "resetAfter": "1h" },
              "limits": { "concurrency": 3, "perMinute": 4, "maxResultBytes": 2000 }, "tools": { "allow": ["a*"], "deny": ["ab"] } } } } }
            """)[0];
        Assert.True(definition.Required);
        Assert.Equal(Era.Legacy, definition.Era);
        Assert.Equal((60, 2, 0.01, 600), (definition.HandshakeTimeout.TotalSeconds, definition.CallTimeout.TotalSeconds, definition.RestartMin.TotalSeconds, definition.RestartMax.TotalSeconds));
        Assert.Equal((0.5, 2, 1), (definition.RestartJitter, definition.RestartAttempts, definition.RestartResetAfter.TotalHours));
        Assert.Equal((3, 4, 2000), (definition.MaxInFlight, definition.CallsPerMinute, definition.MaxResultBytes));
        Assert.Equal([true, false, false], new[] { "a", "ab", "b" }.Select(definition.Tools!.Offers));
    }

    [Fact]
    public void The_era_verdict_belongs_to_everything_that_decides_what_is_started()
    {
        var definitions = Definitions("""
            { "servers": {
              "a": { "command": "a", "args": ["b", "c"] }, "b": { "command": "a", "args": ["b", "c"], "x-hub": { "required": true } },
              "c": { "command": "a", "args": ["bc"] }, "d": { "command": "a", "args": ["b", "c"], "env": { "K": "s3cret" } },
              "e": { "url": "http://127.0.0.1/mcp" }, "f": { "url": "http://127.0.0.1/mcp", "headers": { "X-Key": "s3cret" } } } }
            """);
        Assert.Equal(definitions[0].VerdictKey, definitions[1].VerdictKey);
        Assert.Equal(5, definitions.Select(definition => definition.VerdictKey).Distinct().Count());
        Assert.All(definitions, definition => Assert.DoesNotContain("s3cret", definition.VerdictKey, StringComparison.Ordinal));
    }

    private static IReadOnlyList<ServerDefinition> Definitions(string text) => new HubFileReader(_ => null).Parse(Encoding.UTF8.GetBytes(text), "f").ToDefinitions();
}
