using System.Text;
using System.Text.Json;
using CsCheck;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

/// <summary>The scan's own tokens against the framework's reader, which is slower and taken to be right.</summary>
public sealed class JsonTokensTests
{
    private const int Depth = 12;
    private const int Texts = 60_000;
    private const int Seed = 8259;

    // What decides between JSON and none, and what steps over the edge of a vector.
    private static readonly string[] _pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\u00e9", "\\uD8", "\\n", "\\\\", "\\\"", "\\x", "\\/", "null", "tru", "true", "false", "0", "00", "-", "-0", "1.", "1.5", "1e", "1E+5", ".5", "+1",
        " ", "\t", "\r\n", "\v", "\0", "\u001f", " ", "\u007f", "//", "/**/", "é", "\uFEFF", "0123456789012345678901234567890123456789",
    ];

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    [InlineData("{}")]
    [InlineData(" { } ")]
    [InlineData("[]")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\" : 1 , \"b\" : [ ] }")]
    [InlineData("{1:2}")]
    [InlineData("[1}")]
    [InlineData("{\"a\":1]")]
    [InlineData("[1] 2")]
    [InlineData("[1]]")]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("\"")]
    [InlineData("\"\\")]
    [InlineData("\"\\u123")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"a\tb\"")]
    [InlineData("[01]")]
    [InlineData("[-]")]
    [InlineData("[1.]")]
    [InlineData("[1e+]")]
    [InlineData("[-0.0E-00]")]
    [InlineData("[truefalse]")]
    [InlineData("[nul]")]
    public void Text_gives_the_same_tokens_as_the_frameworks_reader(string text) => AssertAlike(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Every_special_byte_is_seen_at_every_place_of_a_vector()
    {
        foreach (var special in new[] { "\"", "\\", "\\\"", "\\u00e9", "\\u00e", "\n", "\u001f", " ", "é" })
        {
            for (var before = 0; before < 70; before++)
            {
                for (var after = 0; after < 40; after += 13)
                {
                    AssertAlike(Encoding.UTF8.GetBytes($"[\"{new string('x', before)}{special}{new string('y', after)}\"]"));
                }

                AssertAlike(Encoding.UTF8.GetBytes($"[\"{new string('x', before)}{special}"));
            }
        }
    }

    [Fact]
    public void Generated_messages_give_the_same_tokens_as_the_frameworks_reader() =>
        MessageGen.Message.Sample(message => AssertAlike(Encoding.UTF8.GetBytes(message)), iter: 5_000);

    [Fact]
    public void Mutated_texts_give_the_same_tokens_as_the_frameworks_reader()
    {
        var random = new Random(Seed);
        var whole = 0;
        for (var i = 0; i < Texts; i++)
        {
            var text = new StringBuilder(random.Next(3) == 0 ? "{\"a\":[1,{\"b\":\"c\\n\"}],\"d\":null}" : "[\"0123456789012345678901234567890123456789\",{}]");
            for (var left = random.Next(0, 5); left > 0; left--)
            {
                var at = random.Next(text.Length + 1);
                _ = random.Next(3) == 0
                    ? text.Remove(Math.Min(at, text.Length - 1), 1)
                    : text.Insert(at, _pieces[random.Next(_pieces.Length)]);
                if (text.Length == 0)
                {
                    break;
                }
            }

            whole += AssertAlike(Encoding.UTF8.GetBytes(text.ToString())) ? 1 : 0;
        }

        Assert.InRange(whole, Texts / 10, Texts * 9 / 10);
    }

    [Fact]
    public void A_container_more_than_there_is_room_for_is_an_error()
    {
        Assert.True(Own(Encoding.ASCII.GetBytes(new string('[', Depth) + new string(']', Depth))).Whole);
        Assert.False(Own(Encoding.ASCII.GetBytes(new string('[', Depth + 1) + new string(']', Depth + 1))).Whole);
    }

    private static bool AssertAlike(byte[] text)
    {
        var (own, framework) = (Own(text), Frameworks(text));
        // A number at fault is seen by the framework's reader one token earlier: it looks at what follows.
        var same = own.Whole == framework.Whole
            && (own.Whole ? own.Tokens.SequenceEqual(framework.Tokens) : framework.Tokens.SequenceEqual(own.Tokens.Take(framework.Tokens.Count)));
        Assert.True(same, $"{Encoding.UTF8.GetString(text)}\n{string.Join("  ", own.Tokens)} {own.Whole}\n{string.Join("  ", framework.Tokens)} {framework.Whole}\n{Convert.ToHexString(text)}");
        return own.Whole;
    }

    private static (List<string> Tokens, bool Whole) Own(byte[] text)
    {
        var tokens = new List<string>();
        var reader = new JsonTokens(text, new bool[Depth]);
        while (reader.Read())
        {
            var isText = reader.Type is JsonTokenType.String or JsonTokenType.PropertyName;
            tokens.Add($"{reader.Type} at {reader.Start}, depth {reader.Depth}{(isText ? $", {reader.ContentLength} {reader.Escaped}" : "")}{(reader.Type == JsonTokenType.PropertyName ? "" : $", to {reader.Consumed}")}");
        }

        return (tokens, !reader.Failed);
    }

    private static (List<string> Tokens, bool Whole) Frameworks(byte[] text)
    {
        var tokens = new List<string>();
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Depth });
        try
        {
            while (reader.Read())
            {
                var isText = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
                tokens.Add($"{reader.TokenType} at {reader.TokenStartIndex}, depth {reader.CurrentDepth}{(isText ? $", {reader.ValueSpan.Length} {reader.ValueIsEscaped}" : "")}{(reader.TokenType == JsonTokenType.PropertyName ? "" : $", to {reader.BytesConsumed}")}");
            }

            return (tokens, true);
        }
        catch (JsonException)
        {
            return (tokens, false);
        }
    }
}
