using System.Text;
using McpHub.Host.Downstream;
using McpHub.Protocol.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Tests.Downstream;

public sealed class ModernRequestTests
{
    private const string Meta = """ "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}} """;
    private const string Version = "MCP-Protocol-Version: 2026-07-28";

    private static readonly string _call = Request("tools/call", """ "name":"echo", """ + Meta);
    private static readonly string _list = Request("tools/list", Meta);

    [Theory(DisplayName = "L-009 header and body must agree")]
    [InlineData("", Version, "Mcp-Method: tools/list")]
    [InlineData("-32020", "Mcp-Method: tools/list")]
    [InlineData("-32020", Version)]
    [InlineData("-32020", "MCP-Protocol-Version: 2025-11-25", "Mcp-Method: tools/list")]
    [InlineData("-32020", Version, Version, "Mcp-Method: tools/list")]
    [InlineData("-32020", Version, "Mcp-Method: tools/call")]
    [InlineData("-32020", Version, "Mcp-Method: Tools/List")]
    [InlineData("-32020", Version, "Mcp-Method: tools/list", "Mcp-Method: tools/list")]
    [InlineData("-32020", Version, "Mcp-Method: =?base64?dG9vbHMvbGlzdA==?=")]
    [InlineData("", Version, "mcp-method: tools/list")]
    [InlineData("", Version, "Mcp-Method: tools/list", "Mcp-Session-Id: whatever", "Last-Event-ID: 7")]
    public void A_list_repeats_its_version_and_method(string code, params string[] headers) => AssertCode(code, _list, headers);

    [Theory]
    [InlineData("", "Mcp-Name: echo")]
    [InlineData("-32020")]
    [InlineData("-32020", "Mcp-Name: ECHO")]
    [InlineData("-32020", "Mcp-Name: other")]
    [InlineData("-32020", "Mcp-Name: echo", "Mcp-Name: echo")]
    [InlineData("-32020", "Mcp-Name: ")]
    [InlineData("", "Mcp-Name: =?base64?ZWNobw==?=")]
    [InlineData("-32020", "Mcp-Name: =?base64?b3RoZXI=?=")]
    [InlineData("-32020", "Mcp-Name: =?base64?ZWNobw?=")]
    [InlineData("-32020", "Mcp-Name: =?base64?ZWNo bw==?=")]
    [InlineData("-32020", "Mcp-Name: =?base64?/w==?=")]
    [InlineData("-32020", "Mcp-Name: =?BASE64?ZWNobw==?=")]
    [InlineData("-32020", "Mcp-Name: =?base64?=")]
    public void A_call_repeats_its_name(string code, params string[] names) => AssertCode(code, _call, [Version, "Mcp-Method: tools/call", .. names]);

    [Theory]
    [InlineData("prompts/get", "name", "grüße", "=?base64?Z3LDvMOfZQ==?=")]
    [InlineData("prompts/get", "name", " padded ", "=?base64?IHBhZGRlZCA=?=")]
    [InlineData("tools/call", "name", "=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=")]
    [InlineData("resources/read", "uri", "file:///a%20b", "file:///a%20b")]
    public void Names_are_decoded_before_they_are_compared(string method, string field, string value, string header) =>
        AssertCode("", Request(method, $"\"{field}\":\"{value}\"," + Meta), [Version, "Mcp-Method: " + method, "Mcp-Name: " + header]);

    [Fact]
    public void A_name_outside_ascii_must_be_encoded() =>
        AssertCode("-32020", Request("prompts/get", "\"name\":\"grüße\"," + Meta), [Version, "Mcp-Method: prompts/get", "Mcp-Name: grüße"]);

    [Fact]
    public void An_escaped_name_is_compared_by_its_text() =>
        AssertCode("", Request("tools/call", """ "name":"\u0065cho", """ + Meta), [Version, "Mcp-Method: tools/call", "Mcp-Name: echo"]);

    [Theory(DisplayName = "L-012 a request without the required _meta is refused")]
    [InlineData(""" "a":1 """)]
    [InlineData(""" "_meta":{} """)]
    [InlineData(""" "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"} """)]
    [InlineData(""" "_meta":{"io.modelcontextprotocol/clientCapabilities":{}} """)]
    [InlineData(""" "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]} """)]
    [InlineData(""" "_meta":{"io.modelcontextprotocol/protocolVersion":20260728,"io.modelcontextprotocol/clientCapabilities":{}} """)]
    public void Required_meta(string parameters) => AssertCode("-32602", Request("tools/list", parameters), [Version, "Mcp-Method: tools/list"]);

    [Theory]
    [InlineData("1900-01-01")]
    [InlineData("2025-11-25")]
    [InlineData("2027-01-01")]
    [InlineData("next")]
    public void An_unknown_version_is_answered_with_those_there_are(string version)
    {
        var body = Request("tools/list", Meta.Replace("2026-07-28", version, StringComparison.Ordinal));
        var refusal = AssertCode("-32022", body, ["MCP-Protocol-Version: " + version, "Mcp-Method: tools/list"]);

        Assert.Contains($"\"data\":{{\"supported\":[\"2026-07-28\"],\"requested\":\"{version}\"", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "2026-07-28", false)]
    [InlineData(true, "2027-01-01", false)]
    [InlineData(true, null, true)]
    [InlineData(true, "2025-11-25", true)]
    [InlineData(false, null, false)]
    [InlineData(false, "2025-11-25", false)]
    [InlineData(false, "1900-01-01", false)]
    [InlineData(false, "zzzz-zz", false)]
    public void The_version_key_or_a_modern_header_makes_a_request_modern(bool modern, string? header, bool meta)
    {
        var headers = new HeaderDictionary();
        if (header is not null)
        {
            headers["MCP-Protocol-Version"] = header;
        }

        Assert.Equal(modern, ModernRequest.IsModern(headers, Scan(meta ? _list : Request("tools/list", ""))));
    }

    [Fact]
    public void A_method_of_the_modern_era_alone_makes_a_request_modern() =>
        Assert.True(ModernRequest.IsModern(new HeaderDictionary(), Scan(Request("server/discover", ""))));

    private static string AssertCode(string code, string body, string[] lines)
    {
        var headers = new HeaderDictionary();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = StringValues.Concat(headers[line[..colon]], line[(colon + 1)..].Trim());
        }

        var valid = ModernRequest.TryValidate(headers, Scan(body), out var refusal);
        var text = Encoding.UTF8.GetString(refusal.Part.Span);
        Assert.Equal(code.Length == 0, valid);
        if (!valid)
        {
            Assert.Equal(400, refusal.Status);
            Assert.StartsWith($"{{\"code\":{code},", text, StringComparison.Ordinal);
        }

        return text;
    }

    private static string Request(string method, string parameters) => $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{ {{parameters}} } }""";

    private static Envelope Scan(string body)
    {
        Assert.True(EnvelopeScanner.TryScan(Encoding.UTF8.GetBytes(body), ScanLimits.FromClient, out var envelope, out var error), error?.Message);
        return envelope;
    }
}
