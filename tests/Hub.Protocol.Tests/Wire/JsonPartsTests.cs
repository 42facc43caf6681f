using System.Text;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class JsonPartsTests
{
    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> part, ByteRange range) => Encoding.UTF8.GetString(range.In(part).Span);

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    [InlineData("[1.0]", "1.0")]
    [InlineData(" [ {\"a\":[1,2]} ,\"x\\\"]\", [ ] ,null,1E5 ]", "{\"a\":[1,2]}", "\"x\\\"]\"", "[ ]", "null", "1E5")]
    [InlineData("{\"a\":[1]}")]
    [InlineData("1")]
    [InlineData("")]
    public void Elements_of_an_array(string array, params string[] elements)
    {
        var part = Utf8(array);
        Assert.Equal(elements, JsonParts.Elements(part).Select(range => Text(part, range)));
    }

    [Fact]
    public void Members_are_found_at_the_top_level_only_and_with_escapes_resolved()
    {
        var part = Utf8(""" { "x" : {"name":1}, "name" : "n" , "t\/u":[2] } """);
        Assert.Equal("\"n\"", Text(part, JsonParts.Find(part, "name"u8)));
        Assert.Equal("[2]", Text(part, JsonParts.Find(part, "t/u"u8)));
        Assert.Equal("{\"name\":1}", Text(part, JsonParts.Find(part, "x"u8)));
        Assert.False(JsonParts.Find(part, "y"u8).Exists);
        Assert.False(JsonParts.Find(Utf8("[\"name\"]"), "name"u8).Exists);
        Assert.False(JsonParts.Find(default, "name"u8).Exists);
    }

    [Fact]
    public void Members_of_an_object_in_order()
    {
        var part = Utf8(""" {"b" : 1 ,"a\/":{"b":2}} """);
        Assert.True(JsonParts.TryMembers(part, out var members, out _));
        Assert.Equal(["b=1", "a\\/={\"b\":2}"], members.Select(member => $"{Text(part, member.Name)}={Text(part, member.Value)}"));
        Assert.All(members, member => Assert.Equal(MemberOf.Part, member.Of));
    }

    [Theory]
    [InlineData("[]", "no object")]
    [InlineData("", "no object")]
    [InlineData("{\"a\":1,\"a\":2}", "duplicate member at byte 8")]
    [InlineData("{\"a\":1,\"\\u0061\":2}", "duplicate member at byte 8")]
    public void Members_of_what_is_no_sound_object_are_refused(string part, string expected)
    {
        Assert.False(JsonParts.TryMembers(Utf8(part), out _, out var fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void Line_breaks_go_and_nothing_else_does()
    {
        var none = Utf8("{\"a\":\"\\r\\n\"}");
        Assert.True(LineBreaks.Remove(none).Equals(none));
        Assert.Equal("{ \"a\" :\t1}", Encoding.UTF8.GetString(LineBreaks.Remove(Utf8("\r\n{ \"a\"\n \r:\t1}\r\n\n")).Span));
        Assert.True(LineBreaks.Remove(Utf8("\n")).IsEmpty);
    }
}
