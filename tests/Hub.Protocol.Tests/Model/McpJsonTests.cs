using System.Globalization;
using System.Numerics;
using System.Text;
using CsCheck;
using McpHub.Protocol.Model;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Protocol.Tests.Model;

public sealed class McpJsonTests
{
    private static T Parse<T>(string json)
        where T : McpObject => McpJson.Parse<T>(Encoding.UTF8.GetBytes(json));

    private static string Write(McpObject value) => Encoding.UTF8.GetString(McpJson.ToUtf8(value));

    private static string Write(JToken value) => Encoding.UTF8.GetString(McpJson.ToUtf8(value));

    private static HubException Refused<T>(string json)
        where T : McpObject
    {
        var error = Assert.Throws<HubException>(() => Parse<T>(json));
        Assert.Equal("HUB5120", error.Code);
        return error;
    }

    [Fact]
    public void A_list_of_tools_is_read_whole()
    {
        var page = Parse<ListToolsResult>("""
            {"tools":[{"name":"add","title":"Add","description":"adds","inputSchema":{"type":"object","$ref":"#/$defs/x"},
              "annotations":{"readOnlyHint":true,"destructiveHint":false},"execution":{"taskSupport":"optional"},"icons":[{"src":"data:,","sizes":["48x48","any"]}]},
              {"name":"b","inputSchema":{}}],"nextCursor":"","ttlMs":5.0,"cacheScope":"private","resultType":"complete"}
            """);

        Assert.Equal(["add", "b"], page.Tools.Select(tool => tool.Name));
        var tool = page.Tools[0];
        Assert.Equal("#/$defs/x", (string?)tool.InputSchema["$ref"]);
        Assert.True(tool.Annotations!.ReadOnlyHint);
        Assert.False(tool.Annotations.DestructiveHint);
        Assert.Null(tool.Annotations.OpenWorldHint);
        Assert.Equal(["48x48", "any"], tool.Icons![0].Sizes!);
        Assert.Equal("optional", (string?)tool.ExtensionData["execution"]["taskSupport"]);
        Assert.Equal(("", 5L, "private", "complete"), (page.NextCursor, page.TtlMs, page.CacheScope, page.ResultType));
        Assert.Null(page.Tools[1].Annotations);
    }

    [Fact]
    public void Content_blocks_become_their_types_and_an_unknown_type_survives()
    {
        const string Json = """
            {"content":[{"type":"text","text":"t","annotations":{"audience":["user"],"priority":1,"lastModified":"2025-01-12T15:00:58Z"}},{"type":"image","data":"AA==","mimeType":"image/png"},
            {"type":"audio","data":"AA==","mimeType":"audio/wav"},{"type":"resource_link","uri":"HTTP://Host","name":"n","size":3},
            {"type":"resource","resource":{"uri":"a:b","text":"x"}},{"type":"resource","resource":{"uri":"a:b","blob":"AA=="}},{"type":"hologram","depth":3}]}
            """;
        var result = Parse<CallToolResult>(Json);

        Assert.Equal(
            [typeof(TextContent), typeof(ImageContent), typeof(AudioContent), typeof(ResourceLink), typeof(EmbeddedResource), typeof(EmbeddedResource), typeof(UnknownContent)],
            result.Content.Select(block => block.GetType()));
        Assert.Equal("2025-01-12T15:00:58Z", result.Content[0].Annotations!.LastModified);
        Assert.Equal("HTTP://Host", ((ResourceLink)result.Content[3]).Uri);
        Assert.IsType<TextResourceContents>(((EmbeddedResource)result.Content[4]).Resource);
        Assert.IsType<BlobResourceContents>(((EmbeddedResource)result.Content[5]).Resource);
        Assert.Equal(3, (int)result.Content[6].ExtensionData["depth"]);
        Assert.True(JToken.DeepEquals(JObject.Parse(Write(result))["content"]![6], JObject.Parse("""{"type":"hologram","depth":3}""")));
    }

    [Fact]
    public void Structured_content_tells_null_from_absent()
    {
        Assert.Null(Parse<CallToolResult>("""{"content":[]}""").StructuredContent);
        var sent = Parse<CallToolResult>("""{"content":[],"structuredContent":null}""");
        Assert.Equal(JTokenType.Null, sent.StructuredContent!.Type);
        Assert.Equal("""{"content":[],"structuredContent":null}""", Write(sent));
        Assert.Equal(7, (int)Parse<CallToolResult>("""{"structuredContent":7}""").StructuredContent!);
    }

    [Fact]
    public void Raw_is_the_bytes_the_result_came_as()
    {
        ReadOnlyMemory<byte> utf8 = "  {\"content\" : [ ], \"x\":1E5,\"y\":0.1000,\"z\":\"\\u0041\"}"u8.ToArray();
        var result = McpJson.Parse<CallToolResult>(utf8);
        Assert.True(result.Raw.Equals(utf8));
        Assert.Equal("A", (string?)result.ExtensionData["z"]);
        Assert.True(new CallToolResult().Raw.IsEmpty);
    }

    [Theory]
    [InlineData("""{"NAME":"a","name":"b","Name":"c","inputSchema":{}}""")]
    [InlineData("""{"name":"b","NAME":"a","Name":"c","inputSchema":{}}""")]
    public void Names_match_by_exact_case(string json)
    {
        var tool = Parse<Tool>(json);
        Assert.Equal("b", tool.Name);
        Assert.Equal(["NAME", "Name"], tool.ExtensionData.Keys.Order(StringComparer.Ordinal));
        Refused<Tool>("""{"Name":"a","inputSchema":{}}""");
        Assert.Equal("b", JsonConvert.DeserializeObject<Tool>(json)!.Name);
    }

    [Fact]
    public void Text_that_looks_like_a_date_stays_text()
    {
        const string Date = "2026-07-28T10:00:00.000+02:00";
        var tool = Parse<Tool>($$"""{"name":"{{Date}}","inputSchema":{"default":"{{Date}}"},"x":"{{Date}}"}""");
        Assert.Equal(Date, tool.Name);
        Assert.Equal((JTokenType.String, Date), (tool.InputSchema["default"]!.Type, (string?)tool.InputSchema["default"]));
        Assert.Equal(Date, (string?)JsonConvert.DeserializeObject<Tool>(Write(tool))!.ExtensionData["x"]);
        Assert.Equal(2, Write(tool).Split($"\"{Date}\"").Length - 2);
    }

    [Theory]
    [InlineData("12345678901234567890")]
    [InlineData("-99999999999999999999999")]
    [InlineData("9223372036854775807")]
    [InlineData("0.12345678901234567890")]
    [InlineData("1.5")]
    public void Numbers_survive_with_all_their_digits(string number) =>
        Assert.Equal($$"""{"content":[],"x":{{number}}}""", Write(Parse<CallToolResult>($$"""{"content":[],"x":{{number}}}""")));

    [Theory]
    [InlineData("1E5", 100000d)]
    [InlineData("0.1000", 0.1)]
    [InlineData("1.0", 1d)]
    [InlineData("1e-7", 1e-7)]
    [InlineData("-1.7976931348623157e308", double.MinValue)]
    public void Numbers_keep_their_value_but_not_their_spelling(string number, double value) =>
        Assert.Equal(value, (double)Parse<CallToolResult>($$"""{"x":[{{number}}]}""").ExtensionData["x"][0]!);

    [Fact]
    public void A_number_that_cannot_be_held_is_an_error_of_the_typed_view()
    {
        Assert.Contains("1e400", Refused<CallToolResult>("""{"content":[],"structuredContent":{"a":1e400}}""").Message, StringComparison.Ordinal);
        Assert.Equal(new string('9', JsonTree.MaxIntegerDigits), Parse<CallToolResult>($$"""{"x":{{new string('9', JsonTree.MaxIntegerDigits)}}}""").ExtensionData["x"].ToString());
        Refused<CallToolResult>($$"""{"x":{{new string('9', JsonTree.MaxIntegerDigits + 1)}}}""");
        Assert.Contains("64 bits", Refused<Resource>("""{"uri":"a","name":"b","size":12345678901234567890}""").Message, StringComparison.Ordinal);
        Assert.Contains("64 bits", Refused<Resource>("""{"uri":"a","name":"b","size":1e30}""").Message, StringComparison.Ordinal);
        Assert.Contains("whole number", Refused<Resource>("""{"uri":"a","name":"b","size":1.5}""").Message, StringComparison.Ordinal);
        Assert.Equal(5000, Parse<Resource>("""{"uri":"a","name":"b","size":5e3}""").Size);
        Assert.Equal(1e20, Parse<ProgressNotification>("""{"progress":100000000000000000000}""").Progress);
    }

    [Fact]
    public void Nesting_is_read_up_to_its_limit_and_refused_past_it()
    {
        static string Nested(int levels) => $$"""{"x":{{new string('[', levels - 1)}}{{new string(']', levels - 1)}}}""";

        Assert.Equal(Nested(McpJson.MaxDepth), Write(Parse<CallToolResult>(Nested(McpJson.MaxDepth))).Replace("\"content\":[],", "", StringComparison.Ordinal));
        Assert.Contains("nested deeper than 64", Refused<CallToolResult>(Nested(McpJson.MaxDepth + 1)).Message, StringComparison.Ordinal);
        Refused<CallToolResult>(Nested(100_000));

        var tree = new JArray();
        for (var level = 1; level < 20_000; level++)
        {
            tree = new JArray { tree };
        }

        Assert.Equal("HUB5110", Assert.Throws<HubException>(() => McpJson.ToUtf8(tree)).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"content":[]} x""")]
    [InlineData("""{"content":[],}""")]
    [InlineData("""{"content":[]/* c */}""")]
    [InlineData("""{'content':[]}""")]
    [InlineData("""{content:[]}""")]
    [InlineData("""{"x":010}""")]
    [InlineData("""{"x":NaN}""")]
    [InlineData("""{"x":undefined}""")]
    [InlineData("""{"x":new Date(1)}""")]
    [InlineData("""{"content":{}}""")]
    [InlineData("""{"content":[{"text":"no type"}]}""")]
    [InlineData("""{"content":[{"type":"text"}]}""")]
    [InlineData("""{"content":[{"type":"text","text":5}]}""")]
    [InlineData("""{"content":[null]}""")]
    [InlineData("""{"isError":"true"}""")]
    [InlineData("""{"_meta":[]}""")]
    public void What_is_not_strictly_a_tool_result_is_refused(string json) => Refused<CallToolResult>(json);

    [Fact]
    public void An_error_names_the_place_and_the_server()
    {
        var error = Assert.Throws<HubException>(() => McpJson.Parse<ListToolsResult>("""{"tools":[{"name":"a","inputSchema":{}},{"name":1}]}"""u8.ToArray(), "files"));
        Assert.Contains("tools[1].name is not a string", error.Message, StringComparison.Ordinal);
        Assert.Equal(("files", Delivery.Answered), (error.ServerId, error.Delivery));
        Assert.Contains("files", error.Error.ToModel, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lone_surrogate_does_not_fail_the_typed_view()
    {
        var text = (TextContent)Parse<CallToolResult>("""{"content":[{"type":"text","text":"a\ud800b\n"}]}""").Content[0];
        Assert.Equal("a\ufffdb\n", text.Text);
        var broken = Assert.Throws<HubException>(() => McpJson.Parse<CallToolResult>(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }));
        Assert.Contains("UTF-8", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_Newtonsoft_knows_is_not_written()
    {
        JToken[] refused =
        [
            new JValue(double.NaN), new JValue(double.PositiveInfinity), JValue.CreateUndefined(), new JRaw("{"), new JRaw("1 2"), new JConstructor("Date", 1), new JArray(JValue.CreateComment("c")),
        ];
        foreach (var token in refused)
        {
            Assert.Equal("HUB5110", Assert.Throws<HubException>(() => McpJson.ToUtf8(token)).Code);
        }

        Assert.Equal("""[1E5,{"a":"é"}]""", Write(new JArray(new JRaw("1E5"), new JObject { ["a"] = "é" })));
        Assert.Equal("HUB5110", Assert.Throws<HubException>(() => McpJson.ToUtf8(new CompletionArgument { Name = null!, Value = "" })).Code);
    }

    [Fact]
    public void A_legacy_and_a_modern_hello_give_the_same_view()
    {
        var legacy = Parse<InitializeResult>("""
            {"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true},"logging":{},"tasks":{"list":{}}},"serverInfo":{"name":"s","version":"1","x":2},"instructions":"i"}
            """);
        Assert.True(legacy.Capabilities.Tools!.ListChanged);
        Assert.Equal((true, false), (legacy.Capabilities.Resources!.Subscribe, legacy.Capabilities.Resources.ListChanged));
        Assert.NotNull(legacy.Capabilities.Logging);
        Assert.Null(legacy.Capabilities.Prompts);
        Assert.Contains("tasks", legacy.Capabilities.ExtensionData.Keys);
        Assert.Equal(("s", "1", 2), (legacy.ServerInfo!.Name, legacy.ServerInfo.Version, (int)legacy.ServerInfo.ExtensionData["x"]));
        Assert.Null(Parse<InitializeResult>("""{"protocolVersion":"2025-11-25","capabilities":{}}""").ServerInfo);

        var modern = InitializeResult.From(Parse<DiscoverResult>("""
            {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"prompts":{}},"instructions":"i","ttlMs":0,"cacheScope":"public",
             "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"m","version":"2"}}}
            """), "2026-07-28");
        Assert.Equal(("2026-07-28", "m", "i"), (modern.ProtocolVersion, modern.ServerInfo!.Name, modern.Instructions));
        Assert.NotNull(modern.Capabilities.Prompts);
        Assert.False(modern.Raw.IsEmpty);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"io.modelcontextprotocol/serverInfo":7}""")]
    [InlineData("""{"io.modelcontextprotocol/serverInfo":{"name":"m"}}""")]
    public void Server_info_that_is_absent_or_broken_does_not_fail_a_discovery(string meta) =>
        Assert.Null(Parse<DiscoverResult>($$"""{"supportedVersions":[],"capabilities":{},"_meta":{{meta}}}""").ServerInfo);

    [Fact]
    public void References_and_arguments_are_written_as_the_schema_has_them()
    {
        Assert.Equal("""{"type":"ref/prompt","name":"p"}""", Write(CompletionReference.Prompt("p")));
        Assert.Equal("""{"type":"ref/resource","uri":"file:///{Path}"}""", Write(CompletionReference.ResourceTemplate("file:///{Path}")));
        Assert.Equal("""{"name":"a","value":""}""", Write(new CompletionArgument { Name = "a", Value = "" }));
        Assert.Equal("""{}""", Write(new ClientCapabilities()));
        Assert.Equal("""{"name":"n","version":"v"}""", JsonConvert.SerializeObject(new Implementation { Name = "n", Version = "v" }));
        Assert.Equal("p", Assert.IsType<PromptReference>(Parse<CompletionReference>("""{"type":"ref/prompt","name":"p"}""")).Name);
        Refused<CompletionReference>("""{"type":"ref/tool","name":"p"}""");
    }

    [Fact]
    public void Any_tree_that_is_written_is_read_back_equal()
    {
        var scalar = Gen.OneOf(
            Gen.String[0, 12].Where(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text).Select(text => (JToken)text),
            Gen.Long.Select(number => (JToken)number),
            Gen.Double.Where(double.IsFinite).Select(number => (JToken)number),
            Gen.Bool.Select(value => (JToken)value),
            Gen.Const(() => (JToken)JValue.CreateNull()));
        var tree = Gen.Recursive<JToken>((depth, inner) => depth == 4 ? scalar : Gen.OneOf(
            scalar,
            inner.Array[0, 4].Select(items => (JToken)new JArray(items.Cast<object>().ToArray())),
            Gen.Select(Gen.String[0, 4].Where(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text), inner, (name, value) => (JToken)new JObject { [name] = value })));
        tree.Sample(token => JToken.DeepEquals(McpJson.ParseToken(McpJson.ToUtf8(token)), token), iter: 2_000, threads: 1);
    }
}
