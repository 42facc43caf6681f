using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using static McpHub.Actors.Tests.Routing.Catalogs;

namespace McpHub.Actors.Tests.Routing;

public sealed class RoutingTableTests
{
    [Fact(DisplayName = "A-001 the table holds the tools, prompts, resources and templates of both servers and routes to each")]
    public void Both_sets()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(["t1"], ["p1"], ["a:1"], ["a:{x}"]));
        registry.Read("b", Catalog(["t2"], ["p2"], ["b:1"], ["b:{x}"]));
        var table = registry.Build();
        Assert.Equal("a \"t1\"", table.Owner(ComponentKind.Tool, "t1"));
        Assert.Equal("b \"t2\"", table.Owner(ComponentKind.Tool, "t2"));
        Assert.Equal("a \"p1\"", table.Owner(ComponentKind.Prompt, "p1"));
        Assert.Equal("b \"p2\"", table.Owner(ComponentKind.Prompt, "p2"));
        Assert.Equal("b \"b:1\"", table.Owner(ComponentKind.Resource, "b:1"));
        Assert.Equal("b \"b:77\"", table.Owner(ComponentKind.Resource, "b:77"));
        Assert.Equal("a \"a:{x}\"", table.Owner(ComponentKind.ResourceTemplate, "a:{x}"));
    }

    [Theory(DisplayName = "A-014 what no server offers is an error with invalid params, not an exception")]
    [InlineData(ComponentKind.Tool, "HUB5101", "Unknown tool: x")]
    [InlineData(ComponentKind.Prompt, "HUB5102", "Unknown prompt: x")]
    [InlineData(ComponentKind.Resource, "HUB5103", "Resource not found: x")]
    [InlineData(ComponentKind.ResourceTemplate, "HUB5103", "Resource not found: x")]
    public void Unknown(ComponentKind kind, string code, string words)
    {
        Assert.False(RoutingTable.Empty.TryRoute(new CallTarget(kind, "x"), out _, out var error));
        Assert.Equal((code, words, -32602), (error.Definition.Code, error.ToModel, error.Definition.WireCode));
    }

    [Fact]
    public void A_clients_endless_name_is_cut_in_the_error()
    {
        Assert.False(RoutingTable.Empty.TryRoute(new CallTarget(ComponentKind.Tool, new string('x', 1_000_000)), out _, out var error));
        Assert.InRange(error.Message.Length, 1, 400);
    }

    [Fact]
    public void Names_are_matched_exactly()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", Catalog(["Search"], resources: ["file:///A%20b"]));
        var table = registry.Build();
        Assert.Null(table.Owner(ComponentKind.Tool, "search"));
        Assert.False(table.Resources.ContainsKey("file:///a%20b"));
    }

    [Fact]
    public void Reading_goes_to_the_exact_uri_then_the_most_specific_template_then_the_only_server_with_resources()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Add("c");
        registry.Read("a", Catalog(resources: ["n://x/1"], templates: ["n://{any}/{id}"]));
        registry.Read("b", Catalog(templates: ["n://x/{id}", "n://{any}/{id}/c"]));
        registry.Read("c", Catalog(tools: ["t"]), Peer(capabilities: """{"tools":{}}"""));
        var table = registry.Build();
        Assert.Equal("a \"n://x/1\"", table.Owner(ComponentKind.Resource, "n://x/1"));
        Assert.Equal("b \"n://x/2\"", table.Owner(ComponentKind.Resource, "n://x/2"));
        Assert.Equal("a \"n://y/2\"", table.Owner(ComponentKind.Resource, "n://y/2"));
        Assert.Null(table.Owner(ComponentKind.Resource, "other:1"));

        registry.Remove(registry.Find("b")!);
        Assert.Equal("a \"other:1\"", registry.Build().Owner(ComponentKind.Resource, "other:1"));
    }

    [Fact]
    public void A_shared_uri_belongs_to_the_first_server_and_the_others_are_reached_by_prefix()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("my b");
        registry.Read("my b", Catalog(resources: ["f:1"], templates: ["f:{x}"]));
        registry.Read("a", Catalog(resources: ["f:1"], templates: ["f:{x}"]));
        var table = registry.Build();
        Assert.Equal("a \"f:1\"", table.Owner(ComponentKind.Resource, "f:1"));
        Assert.Equal("my b \"f:1\"", table.Owner(ComponentKind.Resource, "hub+my-b:f:1"));
        Assert.Equal("my b \"f:9\"", table.Owner(ComponentKind.Resource, "hub+my-b:f:9"));
        Assert.Equal("my b \"f:{x}\"", table.Owner(ComponentKind.ResourceTemplate, "hub+my-b:f:{x}"));
        Assert.Equal("""{"name":"n","uri":"hub+my-b:f:1"}""", table.Resources["hub+my-b:f:1"].Json.Text());

        registry.Remove(registry.Find("a")!);
        table = registry.Build();
        Assert.Equal("my b \"f:1\"", table.Owner(ComponentKind.Resource, "f:1"));
        Assert.Equal(["f:1"], table.Resources.Keys);
    }

    [Fact]
    public void The_name_goes_to_the_server_as_the_server_wrote_it()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", ServerCatalog.Empty with { Tools = Items("name", """{"name":"caf\u00e9"}""") });
        Assert.Equal("a \"caf\\u00e9\"", registry.Build().Owner(ComponentKind.Tool, "café"));
    }

    [Fact]
    public void Only_what_changed_is_new_in_the_next_table()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(tools: ["t1"]));
        registry.Read("b", Catalog(tools: ["t2"]));
        var before = registry.Build();
        registry.Read("b", Catalog(tools: ["t2", "t3"]));
        var after = registry.Build(before, settled: true, out var changed);
        Assert.Equal([ComponentKind.Tool], changed);
        Assert.Same(before.Tools["t1"], after.Tools["t1"]);
        Assert.Same(before.Tools["t2"], after.Tools["t2"]);
        Assert.Same(before.Prompts, after.Prompts);
        Assert.Equal(before.Version + 1, after.Version);
        Assert.Equal(2, before.Tools.Count);
    }

    [Fact]
    public void A_list_read_again_with_the_same_bytes_changes_nothing()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", Catalog(["t"], ["p"], ["r:1"], ["r:{x}"]));
        var before = registry.Build();
        registry.Read("a", Catalog(["t"], ["p"], ["r:1"], ["r:{x}"]));
        var after = registry.Build(before, settled: true, out var changed);
        Assert.Empty(changed);
        Assert.All(before.Lists.Zip(after.Lists), pair => Assert.Same(pair.First, pair.Second));
    }

    [Fact]
    public void An_item_that_changed_in_one_byte_is_published_anew()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", ServerCatalog.Empty with { Tools = Items("name", """{"name":"t","v":1}""") });
        var before = registry.Build();
        registry.Read("a", ServerCatalog.Empty with { Tools = Items("name", """{"name":"t","v":2}""") });
        var after = registry.Build(before, settled: true, out var changed);
        Assert.Equal([ComponentKind.Tool], changed);
        Assert.Equal("""{"name":"t","v":2}""", after.Tools["t"].Json.Text());
    }

    [Fact]
    public void A_server_that_comes_back_under_its_id_gets_routes_to_its_new_session()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", Catalog(tools: ["t"]));
        registry.Build();
        var session = new SessionRef("a", 1);
        registry.Add(Server("a"), session, State(ServerPhase.Ready));
        Assert.Same(session, registry.Build().Tools["t"].Route.Session);
    }
}
