using System.Text;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class EnvelopeSplicerTests
{
    private static readonly byte[] _one = "1"u8.ToArray();

    private static EnvelopeSplicer Splice(string frame) => new(Scan.Accepted(frame));

    private static string Frame(EnvelopeSplicer splicer)
    {
        var text = Encoding.UTF8.GetString(splicer.ToFrame());
        Scan.Accepted(text);
        return text;
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public void A_splicer_without_edits_gives_back_the_same_bytes()
    {
        const string frame = """ { "params" : { "name" : "a\/b" , "x" : [ 1.0, 1E5, 1e400, 0.1000, 12345678901234567890 ] } , "method":"tools\/call","id" : 7 , "jsonrpc" : "2.0" } """;
        var splicer = Splice(frame);
        Assert.True(splicer.IsUnchanged);
        Assert.Equal(frame, Encoding.UTF8.GetString(splicer.ToFrame()));
        Assert.True(splicer.ToPart(MemberOf.Params).Span == splicer.Source.Bytes(splicer.Source.Params).Span);
    }

    [Fact]
    public void Values_of_payloads_keep_their_spelling_and_order_when_the_frame_is_spliced()
    {
        const string frame = """{"zz":1.0,"params":{"b":1E5,"arguments":{"z":1e400,"a":0.1000,"n":12345678901234567890,"e":"\u00e9\/\ud800é"},"name":"x","a":-0},"id":"\u0041","method":"tools/call","jsonrpc":"2.0","Method":null}""";
        var spliced = Frame(Splice(frame).Set(MemberOf.Params, "name", Utf8("\"y\"")).Set(MemberOf.Envelope, "id", Utf8("12")));
        Assert.Equal("""{"zz":1.0,"params":{"b":1E5,"arguments":{"z":1e400,"a":0.1000,"n":12345678901234567890,"e":"\u00e9\/\ud800é"},"name":"y","a":-0},"id":12,"method":"tools/call","jsonrpc":"2.0","Method":null}""", spliced);
    }

    [Theory]
    [InlineData("""{}""", """{"n":1}""")]
    [InlineData("""{ }""", """{"n":1 }""")]
    [InlineData("""{"a":2}""", """{"a":2,"n":1}""")]
    [InlineData("""{ "a" : 2 }""", """{ "a" : 2,"n":1 }""")]
    [InlineData("""{ "n" : [2] , "a":3 }""", """{ "n" : 1 , "a":3 }""")]
    public void Setting_a_member_replaces_its_value_or_inserts_it_last(string parameters, string expected)
    {
        var splicer = Splice(Request(parameters)).Set(MemberOf.Params, "n", _one);
        Assert.Equal(Request(expected), Frame(splicer));
        Assert.Equal(expected, Encoding.UTF8.GetString(splicer.ToPart(MemberOf.Params).Span));
    }

    [Theory]
    [InlineData("""{"x":1}""", """{}""")]
    [InlineData("""{ "x" : 1 }""", """{  }""")]
    [InlineData("""{"x":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"x":1 , "a":2}""", """{"a":2}""")]
    [InlineData("""{"a":2,"x":1}""", """{"a":2}""")]
    [InlineData("""{"a":2 , "x":1 }""", """{"a":2 }""")]
    [InlineData("""{"a":2,"x":1,"b":3}""", """{"a":2,"b":3}""")]
    [InlineData("""{"a":2}""", """{"a":2}""")]
    public void Removing_a_member_takes_one_comma_with_it(string parameters, string expected)
    {
        var splicer = Splice(Request(parameters)).Remove(MemberOf.Params, "x"u8);
        Assert.Equal(Request(expected), Frame(splicer));
    }

    [Theory]
    [InlineData("""{"x":1,"y":2}""", """{"n":1}""")]
    [InlineData("""{"x":1,"y":2,"a":3}""", """{"a":3,"n":1}""")]
    [InlineData("""{"a":3,"x":1,"y":2}""", """{"a":3,"n":1}""")]
    [InlineData("""{"x":1,"a":3,"y":2}""", """{"a":3,"n":1}""")]
    [InlineData("""{"x":1,"a":{},"y":2,"b":[],"z":2}""", """{"a":{},"b":[],"z":2,"n":1}""")]
    public void Neighbours_can_be_removed_and_others_inserted_at_once(string parameters, string expected)
    {
        var splicer = Splice(Request(parameters)).Set(MemberOf.Params, "n", _one).Remove(MemberOf.Params, "y"u8).Remove(MemberOf.Params, "x"u8);
        Assert.Equal(Request(expected), Frame(splicer));
    }

    [Theory]
    [InlineData("""{}""", """{"_meta":{"a":1,"b":1}}""")]
    [InlineData("""{"x":2}""", """{"x":2,"_meta":{"a":1,"b":1}}""")]
    [InlineData("""{"_meta":{}}""", """{"_meta":{"a":1,"b":1}}""")]
    [InlineData("""{"_meta":{"a":5,"c":6},"x":2}""", """{"_meta":{"a":1,"c":6,"b":1},"x":2}""")]
    public void Setting_in_a_missing_meta_creates_one_for_all(string parameters, string expected)
    {
        var splicer = Splice(Request(parameters)).Set(MemberOf.ParamsMeta, "a", _one).Set(MemberOf.ParamsMeta, "b", _one);
        Assert.Equal(Request(expected), Frame(splicer));
        Assert.Equal(expected, Encoding.UTF8.GetString(splicer.ToPart(MemberOf.Params).Span));
    }

    [Fact]
    public void A_meta_of_a_result_is_created_also_where_the_server_wrote_none_that_is_an_object()
    {
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{"_meta":{"a":1}}}""", Frame(Splice("""{"jsonrpc":"2.0","id":1,"result":{}}""").Set(MemberOf.ResultMeta, "a", _one)));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{"_meta":{"a":1},"x":2}}""", Frame(Splice("""{"jsonrpc":"2.0","id":1,"result":{"_meta":null,"x":2}}""").Set(MemberOf.ResultMeta, "a", _one)));
    }

    [Fact]
    public void A_meta_that_becomes_empty_stays()
    {
        Assert.Equal(Request("""{"_meta":{}}"""), Frame(Splice(Request("""{"_meta":{"progressToken":1}}""")).Remove(MemberOf.ParamsMeta, "progressToken"u8)));
    }

    [Fact]
    public void The_last_edit_of_a_member_counts()
    {
        Assert.Equal(Request("""{"x":2}"""), Frame(Splice(Request("""{"x":0}""")).Remove(MemberOf.Params, "x"u8).Set(MemberOf.Params, "x", _one).Set(MemberOf.Params, "x", Utf8("2"))));
        Assert.Equal(Request("""{"x":0}"""), Frame(Splice(Request("""{"x":0}""")).Set(MemberOf.Params, "n", _one).Remove(MemberOf.Params, "n"u8)));
        Assert.True(Splice(Request("""{"x":0}""")).Set(MemberOf.ParamsMeta, "n", _one).Remove(MemberOf.ParamsMeta, "n"u8).IsUnchanged);
    }

    [Fact]
    public void Edits_in_several_objects_compose()
    {
        var splicer = Splice("""{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"a"},"_meta":{"x":1}}}""")
            .Set(MemberOf.Ref, "name", Utf8("\"b\"")).Remove(MemberOf.ParamsMeta, "x"u8).Set(MemberOf.Params, "z", _one)
            .Remove(MemberOf.Envelope, "id"u8).Set(MemberOf.Envelope, "method", Utf8("\"m\""));
        Assert.Equal("""{"jsonrpc":"2.0","method":"m","params":{"ref":{"type":"ref/prompt","name":"b"},"_meta":{},"z":1}}""", Frame(splicer));
        Assert.Equal("""{"ref":{"type":"ref/prompt","name":"b"},"_meta":{},"z":1}""", Encoding.UTF8.GetString(splicer.ToPart(MemberOf.Params).Span));
    }

    [Fact]
    public void Setting_an_object_as_a_whole_drops_the_edits_inside_it()
    {
        var splicer = Splice(Request("""{"x":0,"_meta":{"y":1}}""")).Set(MemberOf.ParamsMeta, "n", _one).Remove(MemberOf.Params, "x"u8).Set(MemberOf.Envelope, "params", Utf8("{}"));
        Assert.Equal(Request("{}"), Frame(splicer));
        Assert.Equal("{}", Encoding.UTF8.GetString(splicer.ToPart(MemberOf.Params).Span));
        Assert.Throws<InvalidOperationException>(() => splicer.Set(MemberOf.Params, "x", _one));
        Assert.Throws<InvalidOperationException>(() => splicer.Set(MemberOf.ParamsMeta, "x", _one));
        Assert.Equal(Request("{}"), Frame(splicer.Remove(MemberOf.Params, "x"u8).Remove(MemberOf.ParamsMeta, "y"u8)));
    }

    [Fact]
    public void A_removed_meta_can_be_begun_anew()
    {
        var splicer = Splice(Request("""{"x":0,"_meta":{"y":1},"z":0}""")).Remove(MemberOf.Params, "_meta"u8).Remove(MemberOf.ParamsMeta, "y"u8);
        Assert.Equal(Request("""{"x":0,"z":0}"""), Frame(splicer));
        Assert.Equal(Request("""{"x":0,"_meta":{"y":1},"z":0}"""), Frame(splicer.Set(MemberOf.ParamsMeta, "y", _one)));
        Assert.Equal(Request("""{"x":0,"z":0}"""), Frame(splicer.Remove(MemberOf.ParamsMeta, "y"u8)));
    }

    [Fact]
    public void Edits_outside_a_part_do_not_copy_it()
    {
        var splicer = Splice("""{"jsonrpc":"2.0","id":1,"result":{"x":1}}""").Set(MemberOf.Envelope, "id", Utf8("99")).Set(MemberOf.Envelope, "n", _one);
        Assert.True(splicer.ToPart(MemberOf.Result).Span == splicer.Source.Bytes(splicer.Source.Result).Span);
        Assert.True(splicer.ToPart(MemberOf.Params).IsEmpty);
    }

    [Fact]
    public void What_is_missing_cannot_be_spliced()
    {
        var splicer = Splice("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        foreach (var of in Enum.GetValues<MemberOf>().Except([MemberOf.Envelope]))
        {
            Assert.Throws<InvalidOperationException>(() => splicer.Set(of, "x", _one));
            Assert.True(splicer.Remove(of, "x"u8).IsUnchanged);
        }

        Assert.Throws<ArgumentException>(() => splicer.Set(MemberOf.Envelope, "a\"b", _one));
        Assert.Throws<ArgumentException>(() => splicer.Set(MemberOf.Envelope, "é", _one));
        Assert.Throws<ArgumentException>(() => splicer.Set(MemberOf.Envelope, "x", default));
    }

    private static string Request(string parameters) => $$"""{"jsonrpc":"2.0","id":1,"method":"m","params":{{parameters}}}""";
}
