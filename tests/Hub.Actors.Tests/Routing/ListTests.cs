using System.Text.Json;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using Microsoft.Extensions.Time.Testing;
using static McpHub.Actors.Tests.Routing.Catalogs;

namespace McpHub.Actors.Tests.Routing;

public sealed class ListTests
{
    private const string Modern = "2026-07-28";
    private const string Legacy = "2025-11-25";

    [Fact]
    public void A_legacy_page_has_items_as_the_server_wrote_them_and_no_modern_words()
    {
        var table = TableOf(ServerCatalog.Empty with { Tools = Items("name", """{ "x":1E5,"name" : "t","y":12345678901234567890, "e":"\u00e9" }""") });
        Assert.Equal("""{"tools":[{ "x":1E5,"name" : "t","y":12345678901234567890, "e":"\u00e9" }]}""", Page(table, ComponentKind.Tool, Era.Legacy));
    }

    [Theory]
    [InlineData(ComponentKind.Tool, "tools")]
    [InlineData(ComponentKind.Prompt, "prompts")]
    [InlineData(ComponentKind.Resource, "resources")]
    [InlineData(ComponentKind.ResourceTemplate, "resourceTemplates")]
    public void A_modern_page_says_complete_cache_fields_and_who_the_hub_is(ComponentKind kind, string member)
    {
        var result = JsonDocument.Parse(RoutingTable.Empty.List(kind, Era.Modern, Modern, null).Result).RootElement;
        Assert.Empty(result.GetProperty(member).EnumerateArray());
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        Assert.Equal(0, result.GetProperty("ttlMs").GetInt64());
        Assert.Equal("public", result.GetProperty("cacheScope").GetString());
        Assert.Equal("hub", result.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo").GetProperty("name").GetString());
        Assert.False(result.TryGetProperty("nextCursor", out _));
    }

    [Fact]
    public void Items_stand_in_configuration_order_then_in_the_servers_order()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("b", Catalog(tools: ["z", "y"]));
        registry.Read("a", Catalog(tools: ["x", "w"]));
        Assert.Equal(["x", "w", "z", "y"], Names(registry.Build(), Era.Legacy));
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(2000, 2)]
    [InlineData(2001, 3)]
    public void Pages_hold_1000_items_and_together_all_of_them(int count, int pages)
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(tools: [.. Enumerable.Range(0, count / 3).Select(i => $"t{i}")]));
        registry.Read("b", Catalog(tools: [.. Enumerable.Range(count / 3, count - count / 3).Select(i => $"t{i}")]));
        var table = registry.Build();
        foreach (var era in new[] { Era.Legacy, Era.Modern })
        {
            var names = Names(table, era, out var asked);
            Assert.Equal(Enumerable.Range(0, count).Select(i => $"t{i}"), names);
            Assert.Equal(pages, asked);
        }
    }

    [Fact]
    public void A_cursor_outlives_publications_that_change_other_things_and_ends_with_its_own_list()
    {
        var registry = Registry(new HubRuntimeOptions { PageSize = 1 });
        registry.Add("a");
        registry.Read("a", Catalog(tools: ["t1", "t2"], prompts: ["p1"]));
        var table = registry.Build();
        var cursor = Cursor(table);

        registry.Find("a")!.State = State(ServerPhase.Degraded);
        registry.Read("a", Catalog(tools: ["t1", "t2"], prompts: ["p1", "p2"]));
        table = registry.Build(table);
        Assert.Contains("t2", table.List(ComponentKind.Tool, Era.Legacy, Legacy, cursor).Result.Text(), StringComparison.Ordinal);

        registry.Read("a", Catalog(tools: ["t1", "t3"], prompts: ["p1", "p2"]));
        table = registry.Build(table);
        AssertInvalid(table.List(ComponentKind.Tool, Era.Legacy, Legacy, cursor));
    }

    [Fact]
    public void Cursors_of_other_lists_other_hubs_and_nobody_are_refused()
    {
        var registry = Registry(new HubRuntimeOptions { PageSize = 1 });
        registry.Add("a");
        registry.Read("a", Catalog(tools: ["t1", "t2"], prompts: ["p1", "p2"]));
        var table = registry.Build();
        var cursor = Cursor(table);
        AssertInvalid(table.List(ComponentKind.Prompt, Era.Legacy, Legacy, cursor));

        var other = Registry(new HubRuntimeOptions { PageSize = 1 });
        other.Add("a");
        other.Read("a", Catalog(tools: ["t1", "t2"]));
        AssertInvalid(other.Build().List(ComponentKind.Tool, Era.Legacy, Legacy, cursor));
        foreach (var made in new[] { "", "1", "x", cursor + "A", cursor[1..], new string('A', cursor.Length), new string('ä', cursor.Length), new string('A', 100_000) })
        {
            AssertInvalid(table.List(ComponentKind.Tool, Era.Legacy, Legacy, made));
        }
    }

    [Fact]
    public void A_cursor_with_any_one_character_changed_is_refused()
    {
        var registry = Registry(new HubRuntimeOptions { PageSize = 1 });
        registry.Add("a");
        registry.Read("a", Catalog(tools: ["t1", "t2"]));
        var table = registry.Build();
        var cursor = Cursor(table);
        for (var i = 0; i < cursor.Length; i++)
        {
            foreach (var c in "AB9-_z")
            {
                var changed = cursor[..i] + c + cursor[(i + 1)..];
                if (changed != cursor)
                {
                    AssertInvalid(table.List(ComponentKind.Tool, Era.Legacy, Legacy, changed));
                }
            }
        }
    }

    [Fact]
    public void A_modern_client_is_not_shown_execution_and_a_legacy_one_is()
    {
        var table = TableOf(ServerCatalog.Empty with { Tools = Items("name", """{"name":"t","execution":{"taskSupport":"optional"},"x":1}""", """{"execution":{},"name":"u"}""", """{"name":"v","execution":{}}""") });
        Assert.Contains("execution", Page(table, ComponentKind.Tool, Era.Legacy), StringComparison.Ordinal);
        Assert.StartsWith("""{"tools":[{"name":"t","x":1},{"name":"u"},{"name":"v"}],"resultType":"complete",""", Page(table, ComponentKind.Tool, Era.Modern), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}}}""", null, false)]
    [InlineData("""{"type":["object","null"],"x":1.0}""", """{"type":"object","x":1.0}""", false)]
    [InlineData("""{"type":"array","items":{"type":"number"}}""", """{"type":"object","properties":{"result":{"type":"array","items":{"type":"number"}}},"required":["result"]}""", true)]
    [InlineData("""{"anyOf":[{"type":"object"},{"type":"array"}]}""", """{"type":"object","properties":{"result":{"anyOf":[{"type":"object"},{"type":"array"}]}},"required":["result"]}""", true)]
    [InlineData("""true""", """{"type":"object","properties":{"result":true},"required":["result"]}""", true)]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"array","items":{"$ref":"#/$defs/n"},"$defs":{"n":{"anyOf":[{"$ref":"#"},{"$ref":"#x"}]}}}""",
        """{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"result":{"type":"array","items":{"$ref":"#/properties/result/$defs/n"},"$defs":{"n":{"anyOf":[{"$ref":"#/properties/result"},{"$ref":"#x"}]}}}},"required":["result"]}""", true)]
    [InlineData("""{"type":"array","default":[{"$ref":"#"}],"items":{"properties":{"default":{"$ref":"#"},"$ref":{"type":"string"}}},"$defs":{"own":{"$id":"https://x/own","items":{"$ref":"#"}}}}""",
        """{"type":"object","properties":{"result":{"type":"array","default":[{"$ref":"#"}],"items":{"properties":{"default":{"$ref":"#/properties/result"},"$ref":{"type":"string"}}},"$defs":{"own":{"$id":"https://x/own","items":{"$ref":"#"}}}}},"required":["result"]}""", true)]
    public void A_modern_output_schema_gets_an_object_at_its_root_for_legacy_clients(string schema, string? shown, bool wraps)
    {
        var table = TableOf(ServerCatalog.Empty with { Tools = Items("name", $$"""{"name":"t","outputSchema":{{schema}},"z":0}""") }, Peer(Era.Modern));
        Assert.Equal($$"""{"tools":[{"name":"t","outputSchema":{{shown ?? schema}},"z":0}]}""", Page(table, ComponentKind.Tool, Era.Legacy));
        Assert.Contains($"\"outputSchema\":{schema},", Page(table, ComponentKind.Tool, Era.Modern), StringComparison.Ordinal);
        Assert.Equal(wraps, table.Tools["t"].Route.WrapsOutput);
    }

    [Fact]
    public void A_legacy_servers_output_schema_passes_whatever_it_is()
    {
        var table = TableOf(ServerCatalog.Empty with { Tools = Items("name", """{"name":"t","outputSchema":{"type":"array"}}""") });
        Assert.Contains("""{"type":"array"}""", Page(table, ComponentKind.Tool, Era.Legacy), StringComparison.Ordinal);
        Assert.False(table.Tools["t"].Route.WrapsOutput);
    }

    [Fact]
    public void The_cache_time_is_the_shortest_of_what_is_left()
    {
        var time = new FakeTimeProvider();
        var registry = Registry(new HubRuntimeOptions { Time = time });
        registry.Add("modern");
        registry.Read("modern", Catalog(tools: ["t"]) with { Tools = Items("name", """{"name":"t"}""") with { TtlMs = 90_000 } }, Peer(Era.Modern));
        var table = registry.Build();
        Assert.Equal(90_000, TtlOf(table));
        time.Advance(TimeSpan.FromMilliseconds(20_500));
        Assert.Equal(69_000, TtlOf(table));

        registry.Add("legacy with changes");
        registry.Read("legacy with changes", Catalog(tools: ["u"]));
        Assert.Equal(60_000, TtlOf(table = registry.Build(table)));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(9_000, TtlOf(table));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, TtlOf(table));

        registry.Remove(registry.Find("modern")!);
        registry.Add("legacy without");
        registry.Read("legacy without", Catalog(tools: ["v"]), Peer(capabilities: """{"tools":{}}"""));
        Assert.Equal(0, TtlOf(registry.Build(table)));
    }

    [Fact]
    public void One_private_list_makes_the_merged_one_private()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(tools: ["t"]), Peer(Era.Modern));
        registry.Read("b", Catalog() with { Tools = Items("name", """{"name":"u"}""") with { IsPublic = false } }, Peer(Era.Modern));
        var table = registry.Build();
        Assert.Contains("\"cacheScope\":\"private\"", Page(table, ComponentKind.Tool, Era.Modern), StringComparison.Ordinal);
        Assert.Contains("\"cacheScope\":\"public\"", Page(table, ComponentKind.Prompt, Era.Modern), StringComparison.Ordinal);
    }

    private static RoutingTable TableOf(ServerCatalog catalog, PeerInfo? peer = null)
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", catalog, peer);
        return registry.Build();
    }

    private static string Page(RoutingTable table, ComponentKind kind, Era era) => table.List(kind, era, era == Era.Legacy ? Legacy : Modern, null).Result.Text();

    private static string Cursor(RoutingTable table) =>
        JsonDocument.Parse(table.List(ComponentKind.Tool, Era.Legacy, Legacy, null).Result).RootElement.GetProperty("nextCursor").GetString()!;

    private static long TtlOf(RoutingTable table) => JsonDocument.Parse(Page(table, ComponentKind.Tool, Era.Modern)).RootElement.GetProperty("ttlMs").GetInt64();

    private static List<string> Names(RoutingTable table, Era era) => Names(table, era, out _);

    private static List<string> Names(RoutingTable table, Era era, out int pages)
    {
        var names = new List<string>();
        string? cursor = null;
        pages = 0;
        do
        {
            var page = JsonDocument.Parse(table.List(ComponentKind.Tool, era, era == Era.Legacy ? Legacy : Modern, cursor).Result).RootElement;
            names.AddRange(page.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!));
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
            pages++;
        }
        while (cursor is not null && pages < 100);

        return names;
    }

    private static void AssertInvalid(ListAnswer answer)
    {
        Assert.Equal(("HUB5108", -32602), (answer.Error?.Definition.Code, answer.Error?.Definition.WireCode ?? 0));
        Assert.True(answer.Result.IsEmpty);
    }
}
