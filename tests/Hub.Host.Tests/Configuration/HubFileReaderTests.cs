using System.Text;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Configuration;

public class HubFileReaderTests
{
    [Fact]
    public void The_published_example_runs_what_this_version_supports()
    {
        var variables = new Dictionary<string, string> { ["TENANT"] = "acme", ["ORDERS_TOKEN"] = "t", ["HUB_INPUT_GITHUB_TOKEN"] = "g" };
        var file = new HubFileReader(variables.GetValueOrDefault).Read(Repository.PathOf("tests", "Hub.Host.Tests", "Configuration", "corpus", "hub-example.json"));
        Assert.True(file.Usable);
        var orders = Assert.IsType<StreamableHttpParameters>(file.Servers.Single(server => server.Name == "orders").Parameters);
        Assert.Equal("https://orders.internal/mcp", orders.Url.AbsoluteUri);
        Assert.Equal("Bearer t", orders.Headers["Authorization"]);
        Assert.Equal(["events"], file.Servers.Where(server => server.Misconfigured).Select(server => server.Name));
    }

    [Fact]
    public void A_missing_file_says_so_and_has_no_position()
    {
        var file = new HubFileReader().Read(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "hub.json"));
        Assert.False(file.Usable);
        var diagnostic = Assert.Single(file.Diagnostics);
        Assert.Equal("HUB1013", diagnostic.Code);
        Assert.StartsWith(file.Path + "   error HUB1013  cannot read the file: it does not exist", diagnostic.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_no_file() =>
        Assert.Contains("it is a directory", Assert.Single(new HubFileReader().Read(Path.GetTempPath()).Diagnostics).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "mcpServers": {}, "mcpServers": {} }""", "f:1:21   error HUB1009  mcpServers is there twice, first at line 1, column 3")]
    [InlineData("""{ "servers": {}, "hub": { "listen": "http://127.0.0.1:1", "listen": "http://127.0.0.1:2" } }""", "f:1:59   error HUB1009  hub.listen is there twice")]
    [InlineData("""{ "servers": {}, "hub": [] }""", "f:1:25   error HUB1005  hub must be an object")]
    [InlineData("""{ "servers": [] }""", "f:1:14   error HUB1005  servers must be an object whose keys are the servers' names")]
    [InlineData("""{ "servers": {}, "inputs": [ { "id": "a" }, { "id": "a" } ] }""", "f:1:53   error HUB1009  the input \"a\" is there twice, first at line 1, column 38")]
    [InlineData("""{ "servers": {}, "inputs": [ {} ] }""", "f:1:30   error HUB1005  inputs[0] must be an input with an \"id\"")]
    public void A_mistake_in_the_file_as_a_whole_keeps_the_hub_from_starting(string text, string expected)
    {
        var file = Parse(text);
        Assert.False(file.Usable);
        Assert.StartsWith(expected, Assert.Single(file.Diagnostics).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_no_servers_in_its_list_is_usable() => Assert.True(Parse("""{ "mcpServers": {} }""").Usable);

    [Fact]
    public void A_server_that_is_there_twice_runs_neither_way_and_the_others_run()
    {
        var file = Parse("""{ "mcpServers": { "a": { "command": "one" }, "b": { "command": "b" }, "a": { "command": "two" } } }""");
        Assert.True(file.Usable);
        Assert.Equal(["a", "b"], file.Servers.Select(server => server.Name));
        Assert.True(file.Servers[0].Misconfigured);
        Assert.NotNull(file.Servers[1].Parameters);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Nesting_is_limited_to_64(int depth, bool accepted)
    {
        // The root, the file's own key and the arrays in it.
        var text = """{ "servers": {}, "other": """ + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.Equal(accepted, Parse(text).Usable);
    }

    [Theory]
    [InlineData(JsoncParser.MaxBytes, true)]
    [InlineData(JsoncParser.MaxBytes + 1, false)]
    public void A_file_is_limited_to_4_MiB(int bytes, bool accepted) =>
        Assert.Equal(accepted, Parse("""{ "servers": {} }""".PadRight(bytes)).Usable);

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_name_is_limited_to_128_characters(int length, bool accepted)
    {
        var server = Assert.Single(Parse($$"""{ "servers": { "{{new string('a', length)}}": { "command": "a" } } }""").Servers);
        Assert.Equal(accepted, server.Parameters is not null);
    }

    [Fact]
    public void Control_characters_of_a_file_do_not_reach_the_terminal()
    {
        var file = Parse("""{ "servers": { "a\u001b[31m": { "command": 1 } } }""");
        Assert.All(file.Diagnostics, diagnostic => Assert.DoesNotContain('\u001b', diagnostic.ToString()));
        Assert.NotEmpty(file.Diagnostics);
    }

    [Fact]
    public void A_minified_file_of_a_megabyte_keeps_exact_columns()
    {
        var entries = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"s{i}\":{{\"command\":\"é{i}\"}}"));
        var text = "{\"servers\":{" + entries + "}}";
        var last = Parse(text).Servers[^1];
        Assert.Equal(text.LastIndexOf("\"s19999\"", StringComparison.Ordinal) + 1, last.At.Column);
    }

    private static HubFile Parse(string text) => new HubFileReader(_ => null).Parse(Encoding.UTF8.GetBytes(text), "f");
}
