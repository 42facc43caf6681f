using System.Text;
using System.Text.Json;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using static McpHub.Actors.Tests.Routing.Catalogs;

namespace McpHub.Actors.Tests.Routing;

public sealed class IntroductionTests
{
    [Theory]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("2025-11-25", "2025-11-25")]
    [InlineData("2026-07-28", "2025-11-25")]
    [InlineData("1999-01-01", "2025-11-25")]
    [InlineData(null, "2025-11-25")]
    public void A_legacy_revision_is_agreed_on_and_anything_else_is_answered_with_the_newest_legacy(string? requested, string agreed)
    {
        var result = JsonDocument.Parse(RoutingTable.Empty.InitializeResult(requested, out var negotiated)).RootElement;
        Assert.Equal(agreed, negotiated);
        Assert.Equal(agreed, result.GetProperty("protocolVersion").GetString());
        Assert.Equal("hub", result.GetProperty("serverInfo").GetProperty("name").GetString());
        Assert.Equal(["protocolVersion", "capabilities", "serverInfo"], result.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void Discover_lists_modern_revisions_only()
    {
        var result = JsonDocument.Parse(RoutingTable.Empty.DiscoverResult()).RootElement;
        Assert.Equal(["2026-07-28"], result.GetProperty("supportedVersions").EnumerateArray().Select(version => version.GetString()));
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.Equal(60_000, result.GetProperty("ttlMs").GetInt64());
        Assert.Equal("public", result.GetProperty("cacheScope").GetString());
        Assert.Equal("hub", result.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo").GetProperty("name").GetString());
        Assert.False(result.TryGetProperty("serverInfo", out _));
    }

    [Fact]
    public void Capabilities_are_the_union_of_the_last_known_and_only_what_the_hub_does()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(), Peer(capabilities: """{"tools":{},"logging":{},"experimental":{"x":{}}}"""));
        registry.Read("b", Catalog(), Peer(capabilities: """{"resources":{"subscribe":true},"completions":{}}"""));
        registry.Find("b")!.State = State(ServerPhase.BackingOff);
        var table = registry.Build();
        const string Expected = """{"completions":{},"logging":{},"resources":{"listChanged":true,"subscribe":true},"tools":{"listChanged":true}}""";
        Assert.Equal(Expected, JsonDocument.Parse(table.InitializeResult(null, out _)).RootElement.GetProperty("capabilities").GetRawText());
        Assert.Equal(Expected, JsonDocument.Parse(table.DiscoverResult()).RootElement.GetProperty("capabilities").GetRawText());
    }

    [Theory]
    [InlineData("Connecting", """{"prompts":{"listChanged":true},"resources":{"listChanged":true},"tools":{"listChanged":true}}""", 0)]
    [InlineData("Disabled", "{}", 60_000)]
    [InlineData("Misconfigured", "{}", 60_000)]
    public void A_server_that_was_never_reached_may_still_bring_lists_unless_it_is_not_started(string phase, string capabilities, int ttl)
    {
        var registry = Registry();
        registry.Add("a");
        registry.Find("a")!.State = State(Enum.Parse<ServerPhase>(phase));
        var result = JsonDocument.Parse(registry.Build().DiscoverResult()).RootElement;
        Assert.Equal(capabilities, result.GetProperty("capabilities").GetRawText());
        Assert.Equal(ttl, result.GetProperty("ttlMs").GetInt64());
    }

    [Fact]
    public void Instructions_stand_under_their_servers_in_configuration_order()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Add("c");
        registry.Read("c", Catalog(), Peer(instructions: "Use \"c\"."));
        registry.Read("b", Catalog(), Peer(instructions: " "));
        registry.Read("a", Catalog(), Peer(instructions: "Use a.\n"));
        Assert.Equal("## a\n\nUse a.\n\n## c\n\nUse \"c\".", Instructions(registry.Build()));
    }

    [Theory]
    [InlineData(0, 16 * 1024)]
    [InlineData(1, 16 * 1024 - 1)]
    [InlineData(2, 16 * 1024)]
    public void Instructions_are_cut_at_16_KiB_between_characters(int shift, int length)
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", Catalog(), Peer(instructions: new string('x', shift) + string.Concat(Enumerable.Repeat("é", 10_000))));
        Assert.Equal(length, Encoding.UTF8.GetByteCount(Instructions(registry.Build())));
    }

    private static string Instructions(RoutingTable table) => JsonDocument.Parse(table.InitializeResult(null, out _)).RootElement.GetProperty("instructions").GetString()!;
}
