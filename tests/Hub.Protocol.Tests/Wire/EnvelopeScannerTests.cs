using System.Text;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class EnvelopeScannerTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}""", EnvelopeKind.Request, "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"a","method":"tools/call"}""", EnvelopeKind.Request, "\"a\"")]
    [InlineData("""{"jsonrpc":"2.0","id":"","method":""}""", EnvelopeKind.Request, "\"\"")]
    [InlineData("""{"jsonrpc":"2.0","id":-0,"method":"m"}""", EnvelopeKind.Request, "-0")]
    [InlineData("""{"jsonrpc":"2.0","id":12345678901234567890123,"method":"m"}""", EnvelopeKind.Request, "12345678901234567890123")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud83d\ude00","method":"m"}""", EnvelopeKind.Request, "\"\\ud83d\\ude00\"")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/progress","params":{}}""", EnvelopeKind.Notification, "")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"result":{}}""", EnvelopeKind.Result, "7")]
    [InlineData("""{"result":{"x":[]},"id":7,"jsonrpc":"2.0"}""", EnvelopeKind.Result, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"x"}}""", EnvelopeKind.Error, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}""", EnvelopeKind.Error, "null")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":-32700,"message":"x","data":null}}""", EnvelopeKind.Error, "")]
    public void Messages_of_each_kind_pass(string frame, EnvelopeKind kind, string id)
    {
        var envelope = Scan.Accepted(frame, ScanLimits.FromClient);
        Assert.Equal(kind, envelope.Kind);
        Assert.Equal(id, Encoding.UTF8.GetString(envelope.Id.In(envelope.Frame.Span)));
    }

    [Theory]
    // What only looks like a name that we read is an unknown member.
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a","Method":"b","METHOD":"c","ID":null,"JSONRPC":1,"Params":3,"methoḋ":4}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a","paramſ":{"name":"x"},"params":{"Name":1,"NAME":2}}""")]
    // Escapes in names that we do not read, and in the values of all.
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\u0061","\u0078":1,"params":{"a\/b":1,"_meta":{"com.example\/k":1},"arguments":{"\u006eame":1}}}""")]
    // Duplicates deeper than the objects that are checked.
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a","x":{"a":1,"a":2},"params":{"x":{"a":1,"a":1},"arguments":{"x":{"a":1,"a":1}},"_meta":{"x":{"a":1,"a":1}}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"a":1,"a":2},"content":[{"a":1,"a":2}]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"data":{"a":1,"a":2}}}""")]
    // Lone surrogates and NUL in payloads.
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":{"\ud800":"\udc00\u0000"},"\ud800":1,"_meta":{"x":"\ud800"}}}""")]
    // Values of names that have no rule here.
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":1,"uri":null,"ref":3,"arguments":[],"cursor":{}}}""")]
    [InlineData(" \r\n\t{\"jsonrpc\" : \"2.0\" ,\n\"id\":1,\"method\":\"a\" }\r\n ")]
    public void What_is_unusual_but_no_fault_passes(string frame) => Scan.Accepted(frame, ScanLimits.FromClient);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("tru")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"}x""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"}{}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"},""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping",}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"/**/}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":'ping'}""")]
    [InlineData("""{"jsonrpc":"2.0","id":01,"method":"ping"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":NaN}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\x"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\u12g4"}}""")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\u0000ng\"}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\nng\"}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\u0000")]
    [InlineData("\uFEFF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}")]
    // A broken params does not hide that this is no JSON.
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":[],}""")]
    public void What_is_no_JSON_is_refused_without_an_id(string frame)
    {
        var error = Scan.Refused(frame);
        Assert.Equal(RpcErrorCodes.ParseError, error.Code);
        Assert.True(error.Id.IsEmpty);
        Assert.Contains("at byte", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> BrokenUtf8 => new()
    {
        { "continuation alone", [0x80] },
        { "overlong", [0xC0, 0xAF] },
        { "surrogate", [0xED, 0xA0, 0x80] },
        { "cut", [0xE2, 0x82] },
        { "beyond the last code point", [0xF4, 0x90, 0x80, 0x80] },
        { "no UTF-8 at all", [0xFF] },
    };

    [Theory]
    [MemberData(nameof(BrokenUtf8))]
    public void Broken_UTF8_inside_a_string_is_refused_where_it_stands(string name, byte[] bytes)
    {
        byte[] frame = [.. """{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"é"""u8, .. bytes, .. "\"}}"u8];
        var error = Scan.Refused(frame);
        Assert.Equal((RpcErrorCodes.ParseError, "message is not valid UTF-8 at byte 57"), (error.Code, error.Message));
        Assert.NotEmpty(name);
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", "")]
    [InlineData("1", "")]
    [InlineData("\"a\"", "")]
    [InlineData("null", "")]
    [InlineData("{}", "")]
    // jsonrpc
    [InlineData("""{"id":1,"method":"ping"}""", "1")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"ping"}""", "1")]
    [InlineData("""{"jsonrpc":2.0,"id":1,"method":"ping"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0 ","id":1,"method":"ping"}""", "1")]
    [InlineData("""{"jsonrpc":"2\u002e0","id":1,"method":"ping"}""", "1")]
    [InlineData("""{"JSONRPC":"2.0","id":1,"method":"ping"}""", "1")]
    // id
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":[1],"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1.0,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1e2,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1E2,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":"\udc00\ud800","method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":"\u0000","method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"result":{}}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1.5,"result":{}}""", "")]
    [InlineData("""{"jsonrpc":"2.0","result":{}}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":true,"error":{"code":1}}""", "")]
    // method
    [InlineData("""{"jsonrpc":"2.0","id":1}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"Method":"ping"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":null}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":1}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":{}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a\ud800b"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"a\u0000b"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"ping","id":1,"method":"ping"}""", "1")]
    // One of method, result, error
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","error":{"code":1}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{},"error":null}""", "1")]
    // result and error
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":null}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":[]}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":1}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"_meta":{"a":1,"a":1}}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"nextCursor":"\ud800"}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":"x"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":"1"}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1.0}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1e3}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":12345678901234567890}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":2}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"code":1}}""", "1")]
    // Escapes in the names we read, and duplicates once they are resolved
    [InlineData("""{"jsonrpc":"2.0","id":1,"m\u0065thod":"ping"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","p\u0061rams":{}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","\u0069d":1,"method":"ping"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","x":1,"\u0078":2}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"\u005fmeta":{}}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"resultTyp\u0065":"complete"}}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"m\u0065ssage":""}}""", "1")]
    public void What_is_no_message_is_an_invalid_request(string frame, string id)
    {
        var error = Scan.Refused(frame);
        Assert.Equal(RpcErrorCodes.InvalidRequest, error.Code);
        Assert.Equal(id, Encoding.UTF8.GetString(error.Id.Span));
        Assert.Contains("at byte", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""null""")]
    [InlineData("""[]""")]
    [InlineData("""[{}]""")]
    [InlineData("\"x\"")]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("""{"name":"a","\u006eame":"b"}""")]
    [InlineData("""{"\u006eame":"b"}""")]
    [InlineData("""{"arg\u0075ments":{}}""")]
    [InlineData("""{"x\/y":1,"x/y":1}""")]
    [InlineData("""{"_meta":null}""")]
    [InlineData("""{"_meta":[]}""")]
    [InlineData("""{"_meta":{"a":1,"b":2,"a":3}}""")]
    [InlineData("""{"_meta":{"io.modelcontextprotocol/\u0070rotocolVersion":"x"}}""")]
    [InlineData("""{"_meta":{"progr\u0065ssToken":"x"}}""")]
    [InlineData("""{"_meta":{"progressToken":"\udfff"}}""")]
    [InlineData("""{"_meta":{},"_meta":{}}""")]
    [InlineData("""{"arguments":{"a":1,"a":2}}""")]
    [InlineData("""{"arguments":{"a":1,"\u0061":2}}""")]
    [InlineData("""{"arguments":{"\ud83d\ude00":1,"😀":2}}""")]
    [InlineData("""{"arguments":{"\ud800":1,"\uD800":2}}""")]
    [InlineData("""{"ref":{"name":"a","name":"b"}}""")]
    [InlineData("""{"ref":{"\u006eame":"a"}}""")]
    [InlineData("""{"ref":{"uri":"\ud800"}}""")]
    [InlineData("""{"name":"a\ud800"}""")]
    [InlineData("""{"name":"a\ud800\u0041"}""")]
    [InlineData("""{"name":"a\u0000"}""")]
    [InlineData("""{"uri":"\udc00"}""")]
    [InlineData("""{"cursor":"\ud800\ud800"}""")]
    [InlineData("""{"requestId":"\ud800x"}""")]
    public void Broken_params_are_refused_with_the_id_wherever_it_stands(string parameters)
    {
        foreach (var frame in new[]
        {
            $$"""{"jsonrpc":"2.0","id":17,"method":"m","params":{{parameters}}}""",
            $$"""{"params":{{parameters}},"method":"m","jsonrpc":"2.0","id":17}""",
        })
        {
            var error = Scan.Refused(frame);
            Assert.Equal(RpcErrorCodes.InvalidParams, error.Code);
            Assert.Equal("17", Encoding.UTF8.GetString(error.Id.Span));
        }
    }

    [Fact]
    public void A_fault_names_the_byte_it_was_found_at()
    {
        const string frame = """{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"b":2,"a":3}}""";
        Assert.Equal($"duplicate member in params at byte {frame.LastIndexOf("a\":3", StringComparison.Ordinal)}", Scan.Refused(frame).Message);
        Assert.Equal("jsonrpc is not \"2.0\" at byte 11", Scan.Refused("""{"jsonrpc":"1.0","id":1,"method":"m"}""").Message);
        Assert.Contains("batch", Scan.Refused("[{}]").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_members_of_the_indexed_objects_stand_in_order_with_their_exact_ranges()
    {
        const string frame = """ {"x" : [1, {"name":2}] ,"params": {"ref":{ "type" : "ref/prompt","uri":"u"},"name":"a\/b" , "_meta":{"progressToken" : 7}, "arguments":{"name":"no"}},"method":"completion/complete","id":"i","jsonrpc":"2.0"} """;
        var envelope = Scan.Accepted(frame);
        Assert.Equal(
        [
            "Envelope x=[1, {\"name\":2}]",
            "Envelope params={\"ref\":{ \"type\" : \"ref/prompt\",\"uri\":\"u\"},\"name\":\"a\\/b\" , \"_meta\":{\"progressToken\" : 7}, \"arguments\":{\"name\":\"no\"}}",
            "Params ref={ \"type\" : \"ref/prompt\",\"uri\":\"u\"}",
            "Ref type=\"ref/prompt\"",
            "Ref uri=\"u\"",
            "Params name=\"a\\/b\"",
            "Params _meta={\"progressToken\" : 7}",
            "ParamsMeta progressToken=7",
            "Params arguments={\"name\":\"no\"}",
            "Envelope method=\"completion/complete\"",
            "Envelope id=\"i\"",
            "Envelope jsonrpc=\"2.0\"",
        ], envelope.Members.ToArray().Select(member => $"{member.Of} {Text(member.Name)}={Text(member.Value)}"));
        Assert.Equal("a/b", envelope.Text(MemberOf.Params, "name"u8));
        Assert.Equal(7, envelope.Integer(MemberOf.ParamsMeta, "progressToken"u8));
        Assert.Null(envelope.Text(MemberOf.ParamsMeta, "progressToken"u8));
        Assert.Null(envelope.Text(MemberOf.Result, "name"u8));
        Assert.Null(envelope.Integer(MemberOf.Params, "name"u8));

        string Text(ByteRange range) => Encoding.UTF8.GetString(envelope.Bytes(range).Span);
    }

    [Fact]
    public void A_member_is_found_by_its_name_with_escapes_resolved_and_in_no_other_spelling()
    {
        var envelope = Scan.Accepted("""{"jsonrpc":"2.0","id":1,"method":"m","params":{"com.example\/k":1,"K":2}}""");
        Assert.Equal(1, envelope.Integer(MemberOf.Params, "com.example/k"u8));
        Assert.Null(envelope.Integer(MemberOf.Params, "k"u8));
        Assert.Null(envelope.Integer(MemberOf.Params, "com.example\\/k"u8));
    }

    [Fact(DisplayName = "an escaped slash in a reserved key is read like the plain one: PHP's JSON writer makes it so")]
    public void An_escaped_slash_in_a_reserved_key_is_read()
    {
        var frame = """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol\/protocolVersion":"2026-07-28"}}}"""u8.ToArray();

        Assert.True(EnvelopeScanner.TryScan(frame, ScanLimits.FromClient, out var envelope, out _));
        Assert.Equal("2026-07-28", envelope.Text(MemberOf.ParamsMeta, "io.modelcontextprotocol/protocolVersion"u8));
    }

    [Fact]
    public void Known_methods_share_one_string_and_others_are_read_with_escapes_resolved()
    {
        Assert.Same(MethodNames.ToolsCall, Scan.Accepted("""{"jsonrpc":"2.0","id":1,"method":"tools/call"}""").Method);
        Assert.Equal("tools/call", Scan.Accepted("""{"jsonrpc":"2.0","id":1,"method":"tools\/c\u0061ll"}""").Method);
        Assert.Equal("x/y", Scan.Accepted("""{"jsonrpc":"2.0","id":1,"method":"x/y"}""").Method);
        var all = typeof(MethodNames).GetFields().Select(field => (string)field.GetValue(null)!).ToList();
        Assert.All(all, name => Assert.Same(Method(name), Method(name)));

        static string Method(string name)
        {
            var method = Scan.Accepted($$"""{"jsonrpc":"2.0","method":"{{name}}"}""").Method;
            Assert.Equal(name, method);
            return method!;
        }
    }

    [Fact]
    public void A_log_line_of_an_envelope_holds_no_control_characters_and_is_short()
    {
        var text = Scan.Accepted($$$"""{"jsonrpc":"2.0","id":"{{{new string('i', 200)}}}","method":"a\n\u001b[31m{{{new string('m', 100_000)}}}","params":{"name":"secret"}}""").ToString();
        Assert.DoesNotContain(text, char.IsControl);
        Assert.InRange(text.Length, 1, 200);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }
}
