using CsCheck;
using McpHub.Actors.Routing;
using Microsoft.Extensions.Logging;
using static McpHub.Actors.Tests.Routing.Catalogs;

namespace McpHub.Actors.Tests.Routing;

public sealed class NamingTests
{
    [Fact]
    public void Never_keeps_names_and_the_first_in_configuration_order_wins_whoever_is_faster()
    {
        var log = new ListLogger();
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Never, Loggers = log });
        registry.Add("first");
        registry.Add("second");
        registry.Read("second", Catalog(tools: ["search", "other"]));
        registry.Read("first", Catalog(tools: ["search"]));

        var table = registry.Build();
        Assert.Equal("first \"search\"", table.Owner(ComponentKind.Tool, "search"));
        Assert.Equal("second \"other\"", table.Owner(ComponentKind.Tool, "other"));
        var warning = Assert.Single(log.Lines);
        Assert.Contains("HUB4102", warning, StringComparison.Ordinal);
        Assert.Contains("\"second\" is hidden: server \"first\"", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hidden_name_reappears_when_the_winner_goes()
    {
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Never });
        registry.Add("first");
        registry.Add("second");
        registry.Read("first", Catalog(tools: ["search"]));
        registry.Read("second", Catalog(tools: ["search"]));
        registry.Remove(registry.Find("first")!);
        Assert.Equal("second \"search\"", registry.Build().Owner(ComponentKind.Tool, "search"));
    }

    [Fact]
    public void Always_prefixes_with_the_sanitised_id_and_the_server_hears_its_own_name()
    {
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Always });
        registry.Add("my server/ä");
        registry.Read("my server/ä", Catalog(tools: ["search"], prompts: ["ask"]));
        var table = registry.Build();
        Assert.Equal("my server/ä \"search\"", table.Owner(ComponentKind.Tool, "my_server____search"));
        Assert.Equal("my server/ä \"ask\"", table.Owner(ComponentKind.Prompt, "my_server____ask"));
        Assert.Equal("""{"name":"my_server____search"}""", table.Tools.Values.Single().Json.Text());
    }

    [Fact]
    public void Ids_that_are_equal_once_sanitised_still_get_different_names()
    {
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Always });
        registry.Add("a b");
        registry.Add("a_b");
        registry.Read("a b", Catalog(tools: ["x"]));
        registry.Read("a_b", Catalog(tools: ["x"]));
        var table = registry.Build();
        Assert.Equal(2, table.Tools.Count);
        Assert.Equal("a b \"x\"", table.Owner(ComponentKind.Tool, "a_b__x"));
        Assert.Equal("a_b \"x\"", table.Owner(ComponentKind.Tool, Assert.Single(table.Tools.Keys, name => name != "a_b__x")));
    }

    [Fact(DisplayName = "A-023 with collision-only prefixing a later server does not take an earlier tool's name")]
    public void Auto_prefixes_the_later_one()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("b", Catalog(tools: ["search"]));
        registry.Read("a", Catalog(tools: ["search", "b__search"]));
        var table = registry.Build();
        Assert.Equal("b \"search\"", table.Owner(ComponentKind.Tool, "search"));
        Assert.Equal("a \"search\"", table.Owner(ComponentKind.Tool, "a__search"));
        Assert.Equal("a \"b__search\"", table.Owner(ComponentKind.Tool, "b__search"));
    }

    [Fact]
    public void Auto_keeps_a_name_while_its_server_is_away_and_when_the_other_goes()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(tools: ["search"]));
        registry.Read("b", Catalog(tools: ["search"]));

        registry.Read("a", Catalog(tools: []));
        registry.Read("b", Catalog(tools: ["search"]));
        Assert.Equal(["b__search"], registry.Build().Tools.Keys);

        registry.Read("a", Catalog(tools: ["search"]));
        Assert.Equal("a \"search\"", registry.Build().Owner(ComponentKind.Tool, "search"));

        registry.Remove(registry.Find("a")!);
        Assert.Equal(["b__search"], registry.Build().Tools.Keys);
    }

    [Fact]
    public void Auto_gives_names_in_configuration_order_until_somebody_has_seen_them()
    {
        var log = new ListLogger();
        var registry = new Registry(new HubRuntimeOptions { Loggers = log });
        registry.Add("a");
        registry.Add("b");
        registry.Read("b", Catalog(tools: ["search"], prompts: ["ask"]));
        registry.Read("a", Catalog(tools: ["search"], prompts: ["ask"]));
        var table = registry.Build();
        Assert.Equal("a \"search\"", table.Owner(ComponentKind.Tool, "search"));
        Assert.Equal("b \"search\"", table.Owner(ComponentKind.Tool, "b__search"));
        Assert.Equal("b \"ask\"", table.Owner(ComponentKind.Prompt, "b__ask"));
        Assert.Equal(2, table.Tools.Count);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public void Names_of_vanished_items_are_remembered_up_to_a_bound()
    {
        var names = new ExposedNames(new HubRuntimeOptions());
        for (var i = 0; i < 5 * ExposedNames.RememberedNames; i++)
        {
            names.Give(ComponentKind.Tool, "a", $"t{i}", $"t{i}");
            names.Trim(ComponentKind.Tool, "a", listed: 1);
        }

        var remembered = Enumerable.Range(0, 5 * ExposedNames.RememberedNames).Count(i => names.Recall(ComponentKind.Tool, "a", $"t{i}") is not null);
        Assert.InRange(remembered, ExposedNames.RememberedNames / 2, ExposedNames.RememberedNames + 1);
        Assert.NotNull(names.Recall(ComponentKind.Tool, "a", $"t{5 * ExposedNames.RememberedNames - 1}"));
        Assert.Equal("t0", names.Give(ComponentKind.Tool, "b", "t0", "t0"));
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(65, 64)]
    [InlineData(128, 64)]
    public void A_name_at_the_limit_stays_and_one_past_it_is_cut_with_a_hash(int length, int exposedLength)
    {
        var own = new string('x', length);
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Never });
        registry.Add("a");
        registry.Read("a", Catalog(tools: [own]));
        var exposed = Assert.Single(registry.Build().Tools.Keys);
        Assert.Equal(exposedLength, exposed.Length);
        Assert.Equal(length <= 64, exposed == own);
        Assert.Matches(length <= 64 ? "^x+$" : "^x{55}_[0-9a-f]{8}$", exposed);
    }

    [Fact]
    public void Long_names_that_begin_alike_stay_apart()
    {
        var registry = Registry();
        registry.Add("a");
        registry.Read("a", Catalog(tools: [new string('x', 100) + "1", new string('x', 100) + "2"]));
        Assert.Equal(2, registry.Build().Tools.Count);
    }

    [Fact]
    public void Names_of_up_to_128_characters_are_accepted_and_longer_empty_and_repeated_ones_are_named_and_left_out()
    {
        var log = new ListLogger();
        var registry = Registry(new HubRuntimeOptions { Loggers = log, MaxNameLength = 200 });
        registry.Add("a");
        var catalog = new McpHub.Actors.Sessions.ServerCatalog(
            Items("name", $$"""{"name":"{{new string('x', 128)}}"}""", $$"""{"name":"{{new string('y', 129)}}"}""", """{"name":""}""", """{"name":"z","v":1}""", """{"name":"z","v":2}"""),
            Items("name"), Items("uri"), Items("uriTemplate"));
        registry.Read("a", catalog);
        var table = registry.Build();
        Assert.Equal(2, table.Tools.Count);
        Assert.Equal("""{"name":"z","v":1}""", table.Tools["z"].Json.Text());
        Assert.Equal(3, log.Lines.Count(line => line.Contains("HUB4106", StringComparison.Ordinal)));

        registry.Read("a", catalog);
        Assert.Equal(3, log.Lines.Count);
    }

    [Fact(DisplayName = "A-002 with a name hook every prompt, tool and resource display name is hooked, the URI stays the key, and the server hears its own names")]
    public void Hook()
    {
        var calls = 0;
        var registry = Registry(new HubRuntimeOptions
        {
            Naming = NamingRule.Never,
            NameHook = (_, name, serverId, info) =>
            {
                calls++;
                Assert.Contains("peer", info.Text(), StringComparison.Ordinal);
                return $"{serverId}.{name}";
            },
        });
        registry.Add("s");
        registry.Read("s", Catalog(tools: ["t"], prompts: ["p"], resources: ["r:1"], templates: ["r:{x}"]));
        registry.Read("s", Catalog(tools: ["t"], prompts: ["p"], resources: ["r:1"], templates: ["r:{x}"]));
        var table = registry.Build();
        Assert.Equal("s \"t\"", table.Owner(ComponentKind.Tool, "s.t"));
        Assert.Equal("s \"p\"", table.Owner(ComponentKind.Prompt, "s.p"));
        Assert.Equal("s.n", table.Resources["r:1"].DisplayName);
        Assert.Equal("s.n", table.ResourceTemplates["r:{x}"].DisplayName);
        Assert.Equal("""{"name":"n","uri":"r:1"}""", table.Resources["r:1"].Json.Text());
        Assert.Equal("""{"name":"t"}""", table.Tools["s.t"].Item.Json.Text());
        Assert.Equal(4, calls);
    }

    [Fact]
    public void A_hook_that_throws_or_gives_nothing_leaves_the_own_name_and_is_named()
    {
        var log = new ListLogger();
        var registry = Registry(new HubRuntimeOptions { Loggers = log, NameHook = (_, name, _, _) => name == "bad" ? throw new InvalidOperationException("boom") : "" });
        registry.Add("s");
        registry.Read("s", Catalog(tools: ["bad", "empty"]));
        Assert.Equal(["bad", "empty"], registry.Build().Tools.Keys.Order());
        Assert.Equal(2, log.Lines.Count(line => line.Contains("HUB4107", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("p1", "r:2", "t2", "prompts")]
    [InlineData("p2", "r:1", "t1", "resources")]
    [InlineData("p2", "r:2", "t1", "tools")]
    public void Where_duplicates_reject_the_first_colliding_kind_is_named_and_nothing_is_taken(string prompt, string resource, string tool, string kind)
    {
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Never, Duplicates = DuplicatePolicy.Reject });
        registry.Add("a");
        registry.Add("b");
        Assert.Null(registry.Read("a", Catalog(tools: ["t1"], prompts: ["p1"], resources: ["r:1"])));
        var before = registry.Build();
        var error = registry.Read("b", Catalog(tools: [tool], prompts: [prompt], resources: [resource]));
        Assert.Equal("HUB4101", error!.Definition.Code);
        Assert.EndsWith($"1 already exist in the group's {kind}", error.Message, StringComparison.Ordinal);
        var after = registry.Build(before);
        Assert.Equal(before.Tools.Keys, after.Tools.Keys);
        Assert.Null(after.Servers[1].Catalog);
    }

    [Fact]
    public void Where_duplicates_reject_a_later_collision_hides_the_newcomer_only()
    {
        var log = new ListLogger();
        var registry = Registry(new HubRuntimeOptions { Naming = NamingRule.Never, Duplicates = DuplicatePolicy.Reject, Loggers = log });
        registry.Add("a");
        registry.Add("b");
        registry.Read("a", Catalog(tools: ["t1"]));
        registry.Read("b", Catalog(tools: ["t2"]));
        Assert.Null(registry.Read("a", Catalog(tools: ["t1", "t2"])));
        Assert.Equal("b \"t2\"", registry.Build().Owner(ComponentKind.Tool, "t2"));
        Assert.Contains("HUB4102", Assert.Single(log.Lines), StringComparison.Ordinal);
        registry.Read("b", Catalog());
        Assert.Equal("a \"t2\"", registry.Build().Owner(ComponentKind.Tool, "t2"));
    }

    [Fact]
    public void Whatever_servers_list_under_auto_every_accepted_tool_has_exactly_one_name_and_its_way_back()
    {
        var name = Gen.OneOf(Gen.Const("x"), Gen.Const("a__x"), Gen.Const("b__x"), Gen.String[Gen.Char['a', 'c'], 1, 3], Gen.String[Gen.Char['x', 'y'], 60, 70]);
        Gen.Select(Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("a_"), Gen.Const("c d")), name.HashSet[0, 6]).Array[1, 12].Sample(steps =>
        {
            var registry = Registry();
            var listed = new Dictionary<string, HashSet<string>>();
            var given = new Dictionary<(string, string), string>();
            foreach (var (id, tools) in steps)
            {
                if (registry.Find(id) is null)
                {
                    registry.Add(id);
                }

                registry.Read(id, Catalog(tools: [.. tools]));
                listed[id] = tools;
                var table = registry.Build();
                Assert.Equal(listed.Values.Sum(names => names.Count), table.Tools.Count);
                foreach (var (exposed, item) in table.Tools)
                {
                    Assert.Contains(item.Item.Key, listed[item.Route.Server.Id]);
                    Assert.True(exposed.Length <= 64);
                    var key = (item.Route.Server.Id, item.Item.Key);
                    Assert.Equal(given.TryGetValue(key, out var earlier) ? earlier : exposed, exposed);
                    given[key] = exposed;
                }
            }
        }, iter: 300);
    }

    private sealed class ListLogger : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
