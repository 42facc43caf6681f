using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpHub.Protocol.Model;
using Newtonsoft.Json.Linq;

namespace McpHub.Protocol.Tests.Model;

public sealed class CallArgumentsTests
{
    private static string Json(object arguments) => Encoding.UTF8.GetString(McpJson.ToUtf8(CallArguments.From(arguments)));

    [Fact]
    public void Objects_dictionaries_and_both_JSON_libraries_become_the_same_arguments()
    {
        const string Expected = """{"a":1,"b":["x",null],"C":{"d":true}}""";
        Assert.Equal(Expected, Json(new { a = 1, b = new[] { "x", null }, C = new { d = true } }));
        Assert.Equal(Expected, Json(new Dictionary<string, object?> { ["a"] = 1, ["b"] = new object?[] { "x", null }, ["C"] = new Dictionary<string, bool> { ["d"] = true } }));
        Assert.Equal(Expected, Json(JObject.Parse(Expected)));
        Assert.Equal(Expected, Json(JsonNode.Parse(Expected)!));
        using var document = JsonDocument.Parse(Expected);
        Assert.Equal(Expected, Json(document));
        Assert.Equal(Expected, Json(document.RootElement));
        Assert.Equal(Expected, Json(new Dictionary<string, object> { ["a"] = document.RootElement.GetProperty("a"), ["b"] = JsonNode.Parse("""["x",null]""")!, ["C"] = document.RootElement.GetProperty("C") }));
    }

    [Fact]
    public void Dates_are_ISO_text_and_model_objects_keep_their_wire_names()
    {
        Assert.Equal("""{"at":"2026-07-28T10:00:00Z","who":{"name":"n","version":"v"}}""",
            Json(new { at = new DateTime(2026, 7, 28, 10, 0, 0, DateTimeKind.Utc), who = new Implementation { Name = "n", Version = "v" } }));
    }

    [Fact]
    public void What_is_no_JSON_object_is_an_argument_error()
    {
        var loop = new Dictionary<string, object>();
        loop["self"] = loop;
        object[] refused = [5, "text", new[] { 1 }, new JArray(), JsonNode.Parse("[]")!, loop, JValue.CreateNull(), new { bad = JsonDocument.Parse("1e400").RootElement }];
        foreach (var arguments in refused)
        {
            Assert.Throws<ArgumentException>(() => CallArguments.From(arguments));
        }
    }
}
