using System.Text;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>2026-07-28, streamable-http, "Custom Headers"; contract 2, 4-6 to 4-8.</summary>
public sealed class MirroredParameterTests
{
    [Theory(DisplayName = "4-7 an argument is repeated by its header: text as it is, integers decimal, booleans; nothing for null or absent")]
    [InlineData("""{"region":"eu"}""", "eu")]
    [InlineData("""{"region":" padded "}""", "=?base64?IHBhZGRlZCA=?=")]
    [InlineData("""{"region":"Zürich"}""", "=?base64?WsO8cmljaA==?=")]
    [InlineData("""{"region":"=?base64?x?="}""", "=?base64?PT9iYXNlNjQ/eD89?=")]
    [InlineData("""{"region":"a\nb"}""", "=?base64?YQpi?=")]
    [InlineData("""{"region":"=?base64?x"}""", "=?base64?x")]
    [InlineData("""{"region":42}""", "42")]
    [InlineData("""{"region":42.0}""", "42")]
    [InlineData("""{"region":9007199254740991}""", "9007199254740991")]
    [InlineData("""{"region":9007199254740992}""", null)]
    [InlineData("""{"region":1e400}""", null)]
    [InlineData("""{"region":true}""", "true")]
    [InlineData("""{"region":null}""", null)]
    [InlineData("""{"region":{}}""", null)]
    [InlineData("{}", null)]
    public void An_argument_is_repeated(string arguments, string? expected)
    {
        var parameters = Read("""{"region":{"x-mcp-header":"Region"}}""");

        var headers = ProtocolHeaders.Mirrored(parameters, Call(arguments)).ToArray();

        Assert.Equal(expected is null ? [] : [new KeyValuePair<string, string>("Mcp-Param-Region", expected)], headers);
    }

    [Fact(DisplayName = "4-7 a nested parameter is read at its exact path, escapes in its name included")]
    public void A_nested_parameter_is_read_at_its_path()
    {
        var parameters = Read("""{"where":{"type":"object","properties":{"z\u006fne":{"type":"integer","x-mcp-header":"Zone"}}}}""");

        Assert.Equal("7", Assert.Single(parameters).ValueIn(Call("""{"zone":1,"where":{"zone":7}}""")));
        Assert.Null(Assert.Single(parameters).ValueIn(Call("""{"zone":1,"where":5}""")));
    }

    [Theory(DisplayName = "4-8 invalid annotations")]
    [InlineData("""{"a":{"type":"string","x-mcp-header":""}}""")]
    [InlineData("""{"a":{"type":"string","x-mcp-header":"a b"}}""")]
    [InlineData("""{"a":{"type":"string","x-mcp-header":"a\u00e9"}}""")]
    [InlineData("""{"a":{"type":"number","x-mcp-header":"A"}}""")]
    [InlineData("""{"a":{"type":"null","x-mcp-header":"A"}}""")]
    [InlineData("""{"a":{"type":"object","x-mcp-header":"A"}}""")]
    [InlineData("""{"a":{"type":"array","x-mcp-header":"A"}}""")]
    [InlineData("""{"a":{"type":["string","number"],"x-mcp-header":"A"}}""")]
    [InlineData("""{"a":{"type":"string","x-mcp-header":"Same"},"b":{"type":"string","x-mcp-header":"SAME"}}""")]
    [InlineData("""{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}""")]
    [InlineData("""{"a":{"oneOf":[{"type":"string","x-mcp-header":"A"}]}}""")]
    [InlineData("""{"a":{"anyOf":[{"properties":{"b":{"type":"string","x-mcp-header":"A"}}}]}}""")]
    public void Invalid_annotations_are_told(string properties)
    {
        Assert.False(MirroredParameter.TryReadAll(Tool(properties), out _, out var fault));
        Assert.NotEqual("", fault);
    }

    [Fact(DisplayName = "4-8 a parameter that may be null as well is valid")]
    public void A_parameter_that_may_be_null_is_valid() => Assert.Single(Read("""{"a":{"type":["string","null"],"x-mcp-header":"A"}}"""));

    [Fact(DisplayName = "a parameter that is itself called x-mcp-header is one like any other")]
    public void A_parameter_of_that_name_is_no_annotation() => Assert.Empty(Read("""{"x-mcp-header":{"type":"string"}}"""));

    private static IReadOnlyList<MirroredParameter> Read(string properties)
    {
        Assert.True(MirroredParameter.TryReadAll(Tool(properties), out var parameters, out var fault), fault);
        return parameters;
    }

    private static byte[] Tool(string properties) => Encoding.UTF8.GetBytes($$$"""{"name":"t","inputSchema":{"type":"object","properties":{{{properties}}}}}""");

    private static Envelope Call(string arguments)
    {
        Assert.True(EnvelopeScanner.TryScan(FrameWriter.Request(1, "tools/call", Encoding.UTF8.GetBytes($$$"""{"name":"t","arguments":{{{arguments}}}}""")), ScanLimits.FromClient, out var call, out _));
        return call;
    }
}
