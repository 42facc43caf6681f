using System.Diagnostics;
using System.Text;
using McpHub.Actors.Validation;

namespace McpHub.Actors.Tests.Validation;

/// <summary>Schemas come from servers that nobody here wrote.</summary>
public sealed class ValueSchemaTests
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}""", """{"a":1.0}""", """{"a":1.5}""")]
    [InlineData("""{"type":["object","null"]}""", "null", "7")]
    [InlineData("""{"type":"array","items":{"type":"string"},"minItems":1}""", """["x"]""", """["x",1]""")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["x"]""", """["x",1]""")]
    [InlineData("""{"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"},"v":{"type":"number"}},"required":["v"]}},"$ref":"#/$defs/n"}""", """{"v":1,"next":{"v":2}}""", """{"v":1,"next":{}}""")]
    [InlineData("""{"enum":["a",null,1]}""", "null", "\"b\"")]
    [InlineData("""{"const":{"b":[1],"a":2}}""", """{"a":2.0,"b":[1]}""", """{"a":2}""")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "5", "4")]
    [InlineData("""{"oneOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("""{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}""", """{"c":1}""", """{"a":1}""")]
    [InlineData("""{"not":{"type":"string"}}""", "1", "\"x\"")]
    [InlineData("""{"patternProperties":{"^x-":{"type":"number"}},"additionalProperties":false}""", """{"x-a":1}""", """{"y":1}""")]
    [InlineData("""{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1,"b":1}""", """{"a":1}""")]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", "[1,2]", "[1,1]")]
    [InlineData("""{"uniqueItems":true}""", "[1,2]", "[1,1.0]")]
    [InlineData("""{"multipleOf":0.1}""", "0.3", "0.35")]
    [InlineData("""{"maximum":12345678901234567890}""", "12345678901234567890", "12345678901234567891")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aa\"", "\"ab\"")]
    [InlineData("""{"pattern":"^(?!\\.)[a-z.]+@x$"}""", "\"a.b@x\"", "\".b@x\"")]
    [InlineData("""{"type":"string","x-mcp-header":"Region","format":"date"}""", "\"no date\"", "1")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema#","type":"string"}""", "\"\"", "1")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"s":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/s"}}}""", """{"a":"x"}""", """{"a":1}""")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2019-09/schema","items":[{"type":"string"}]}""", """["x"]""", "[1]")]
    [InlineData("""{"$id":"https://example.com/tree","$dynamicAnchor":"node","type":"object","properties":{"children":{"items":{"$dynamicRef":"#node"}}}}""", """{"children":[{}]}""", """{"children":[1]}""")]
    [InlineData("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", """{"type":"string"}""", """{"type":1}""")]
    public void A_value_fits_or_does_not(string schema, string fitting, string other)
    {
        var compiled = Compile(schema);
        Assert.Equal(new SchemaVerdict(SchemaFinding.Fits), compiled.Check(Utf8(fitting)));
        var verdict = compiled.Check(Utf8(other));
        Assert.Equal(SchemaFinding.DoesNotFit, verdict.Finding);
        Assert.NotEmpty(verdict.Reason);
    }

    [Fact]
    public void What_does_not_fit_is_named_by_its_place_and_never_by_its_content()
    {
        var schema = Compile("""{"properties":{"a":{"items":{"type":"integer","maximum":3}},"b":{"const":"x"}}}""");
        var verdict = schema.Check(Utf8("""{"a":[1,"s3cr3t",99],"b":"s3cr3t"}"""));

        Assert.Contains("/b does not keep /properties/b/const", verdict.Reason, StringComparison.Ordinal);
        Assert.Contains("/a/1 does not keep ", verdict.Reason, StringComparison.Ordinal);
        Assert.Contains("/a/2 does not keep ", verdict.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", verdict.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("99", verdict.Reason, StringComparison.Ordinal);
        Assert.StartsWith("the whole value does not keep /type", Compile("""{"type":"object"}""").Check(Utf8("7")).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"$ref":"http://127.0.0.1:1/schema"}""", "http://127.0.0.1:1/schema")]
    [InlineData("""{"$ref":"file:///etc/passwd"}""", "file:///etc/passwd")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "#/$defs/none")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}""", "Cycle")]
    [InlineData("""{"type":"strin"}""", "strin")]
    [InlineData("""{"pattern":"("}""", "pattern")]
    [InlineData("[]", "unusable")]
    [InlineData("{", "unusable")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#"}""", "\"http://json-schema.org/draft-04/schema#\" is not supported")]
    [InlineData("""{"$schema":7}""", "\"7\" is not supported")]
    [InlineData("""{"properties":{"a":{"$schema":"https://example.com/own","$id":"a"}}}""", "https://example.com/own")]
    public void A_schema_that_cannot_be_used_says_why(string schema, string reason)
    {
        var verdict = Compile(schema).Check(Utf8("1"));
        Assert.Equal(SchemaFinding.Unknown, verdict.Finding);
        Assert.Contains(reason, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_servers_may_use_one_id()
    {
        var one = Compile("""{"$id":"https://example.com/s","type":"string"}""");
        var other = Compile("""{"$id":"https://example.com/s","type":"number"}""");
        Assert.Equal((SchemaFinding.Fits, SchemaFinding.Fits), (one.Check(Utf8("\"\"")).Finding, other.Check(Utf8("1")).Finding));
        Assert.Equal(SchemaFinding.Unknown, Compile("""{"$ref":"https://example.com/s"}""").Check(Utf8("1")).Finding);
    }

    public static TheoryData<string, string, string> Bombs => new()
    {
        { "references that meet twice", Chain(24, next => $$"""{"allOf":[{{next}},{{next}}]}"""), "1" },
        { "a recursion with two branches", """{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}""", Nested(60) },
        { "a pattern that backtracks", """{"pattern":"^(a+)+$"}""", $"\"{new string('a', 40)}!\"" },
        { "names whose pattern backtracks", """{"patternProperties":{"^(a+)+$":true},"additionalProperties":false}""", $$"""{"{{new string('a', 40)}}!":1 }""" },
        { "a pattern with a look-around that backtracks", """{"pattern":"^(?!b)(a+)+$"}""", $"\"{new string('a', 40)}!\"" },
        { "a long text against many patterns", $$"""{"allOf":[{{string.Join(",", Enumerable.Range(0, 100).Select(n => "{\"pattern\":\"^[a-z]*" + n + "$\"}"))}}] }""", $"\"{new string('a', 100_000)}\"" },
        { "many items that must differ", """{"uniqueItems":true}""", $"[{string.Join(",", Enumerable.Range(0, 100_000))}]" },
        { "a long list of values for each of many items", $$"""{"items":{"enum":[{{string.Join(",", Enumerable.Range(0, 10_000))}}] } }""", $"[{string.Join(",", Enumerable.Repeat("9999", 10_000))}]" },
        { "very many items that do not fit", """{"items":{"type":"string"}}""", $"[{string.Join(",", Enumerable.Repeat("1", 1_000_000))}]" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Work_is_bounded(string what, string schema, string value)
    {
        var watch = Stopwatch.StartNew();
        var verdict = Compile(schema).Check(Utf8(value));
        Assert.True(watch.Elapsed < _bound, $"{what}: {watch.Elapsed}");
        Assert.NotEqual(SchemaFinding.Fits, verdict.Finding);
    }

    [Theory]
    [InlineData(1_000, nameof(SchemaFinding.Fits))]
    [InlineData(1_001, nameof(SchemaFinding.Unknown))]
    public void References_are_bounded(int count, string finding) =>
        Assert.Equal(finding, Compile(Chain(count - 1, next => next)).Check(Utf8("1")).Finding.ToString());

    [Theory]
    [InlineData(262_144, nameof(SchemaFinding.Fits))]
    [InlineData(262_145, nameof(SchemaFinding.Unknown))]
    public void The_schema_is_bounded(int bytes, string finding)
    {
        const string frame = """{"description":""}""";
        Assert.Equal(finding, Compile($$"""{"description":"{{new string('x', bytes - frame.Length)}}"}""").Check(Utf8("1")).Finding.ToString());
    }

    [Theory]
    [InlineData(4_194_304, nameof(SchemaFinding.Fits))]
    [InlineData(4_194_305, nameof(SchemaFinding.Unknown))]
    public void The_value_is_bounded(int bytes, string finding) =>
        Assert.Equal(finding, Compile("""{"type":"string"}""").Check(Utf8($"\"{new string('x', bytes - 2)}\"")).Finding.ToString());

    [Theory]
    [InlineData(64, nameof(SchemaFinding.Fits))]
    [InlineData(65, nameof(SchemaFinding.Unknown))]
    public void Depth_is_bounded(int depth, string finding) =>
        Assert.Equal(finding, Compile("""{"properties":{"a":{"$ref":"#"}}}""").Check(Utf8(Nested(depth))).Finding.ToString());

    [Fact]
    public async Task One_schema_serves_many_threads()
    {
        var schema = Compile("""{"type":"array","items":{"type":"integer"}}""");
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 64).Select(n => Task.Run(() => schema.Check(Utf8(n % 2 == 0 ? "[1,2,3]" : "[1,\"x\"]")).Finding)));
        Assert.Equal(32, verdicts.Count(verdict => verdict == SchemaFinding.Fits));
        Assert.Equal(32, verdicts.Count(verdict => verdict == SchemaFinding.DoesNotFit));
    }

    private static string Chain(int count, Func<string, string> link) =>
        "{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + string.Join(",", Enumerable.Range(0, count).Select(n => $"\"d{n}\":{link($$"""{"$ref":"#/$defs/d{{n + 1}}"}""")}")) + $",\"d{count}\":{{}}}}}}";

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

    private static IValueSchema Compile(string schema) => ValueSchema.Compile(Utf8(schema));

    private static byte[] Utf8(string json) => Encoding.UTF8.GetBytes(json);
}
