using System.Text;
using System.Text.Json;
using CsCheck;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("a/é😀\u2028\u007f<>&'+", "\"a/é😀\u2028\u007f<>&'+\"")]
    [InlineData("\"\\\b\t\n\f\r", """
        "\"\\\b\t\n\f\r"
        """)]
    [InlineData("\u0000\u001f", """
        "\u0000\u001f"
        """)]
    public void Only_what_JSON_demands_is_escaped(string text, string token)
    {
        Assert.Equal(token, Encoding.UTF8.GetString(JsonText.Quote(text)));
        Assert.Equal(text, JsonText.Unescape(JsonText.Quote(text)));
    }

    [Fact]
    public void Lone_surrogates_are_kept_as_escapes()
    {
        var lone = "a" + (char)0xD800 + "b" + (char)0xDC00 + (char)0xDBFF;
        Assert.Equal("\"a\\ud800b\\udc00\\udbff\"", Encoding.UTF8.GetString(JsonText.Quote(lone)));
        Assert.Equal(lone, JsonText.Unescape("\"a\\ud800b\\udc00\\udbff\""u8));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    public void What_is_no_string_has_no_text(string token) => Assert.Null(JsonText.Unescape(Encoding.UTF8.GetBytes(token)));

    [Fact]
    public void Any_text_survives_quoting_and_unescaping() =>
        Gen.Char.Array[0, 20].Select(chars => new string(chars)).Sample(text =>
        {
            var token = JsonText.Quote(text);
            var reader = new Utf8JsonReader(token);
            Assert.True(reader.Read());
            Assert.Equal(text, JsonText.Unescape(token));
        });

    [Fact]
    public void Unescaping_agrees_with_the_reader_of_the_framework()
    {
        var part = Gen.OneOf(
            Gen.OneOf("a", "é", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t", "\\u0041", "\\uD83D\\ude00", "\\u00E9"),
            Gen.Int[0, 0xD7FF].Select(code => $"\\u{code:X4}"));
        part.Array[0, 8].Select(string.Concat).Sample(content =>
        {
            var token = Encoding.UTF8.GetBytes($"\"{content}\"");
            var reader = new Utf8JsonReader(token);
            reader.Read();
            Assert.Equal(reader.GetString(), JsonText.Unescape(token));
            Assert.True(JsonText.Means(token.AsSpan(1..^1), Encoding.UTF8.GetBytes(reader.GetString()!)));
        });
    }
}
