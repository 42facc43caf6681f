using System.Text;
using CsCheck;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Configuration;

public class JsoncParserTests
{
    private static readonly Gen<string> Filler = OneOf("", " ", "\n", "\r\n", "\t", "/* é\n😀 */", "// \"x\": {\n", "  \n\n ");

    /// <summary>Utf8JsonReader takes no comment between a key and its colon: the one place where a comment is an error.</summary>
    private static readonly Gen<string> Blank = OneOf("", " ", "\n", "\r\n", "\t", "  \n\n ");

    private static readonly Gen<string> Value = OneOf("1", "true", "null", "\"\"", "\"ä\\u0041\\n\"", "\"😀\"", "[]", "{}", "[1, 2]", "\"/* no comment */\"");

    [Fact]
    public void Every_key_and_value_has_its_line_and_column_whatever_stands_between() =>
        Gen.Select(Filler, Blank, Filler, Filler, Value).List[0, 12].Select(Filler).Sample((members, end) =>
        {
            var text = new StringBuilder("{");
            var expected = new List<(SourcePosition Key, SourcePosition Value)>();
            foreach (var (beforeKey, beforeColon, beforeValue, afterValue, value) in members)
            {
                text.Append(beforeKey);
                var key = PositionAtEnd(text.ToString());
                text.Append($"\"é{expected.Count}\"").Append(beforeColon).Append(':').Append(beforeValue);
                expected.Add((key, PositionAtEnd(text.ToString())));
                text.Append(value).Append(afterValue).Append(',');
            }

            text.Append(end).Append('}').Append(end);
            var (root, reason, _) = JsoncParser.Parse(Encoding.UTF8.GetBytes(text.ToString()));
            Assert.Equal("", reason);
            Assert.Equal(expected, root!.Members.Select(member => (member.At, member.Value.At)));
        });

    [Fact]
    public void No_cut_of_a_file_parses_and_none_throws()
    {
        var text = File.ReadAllBytes(Repository.PathOf("tests", "Hub.Host.Tests", "Configuration", "corpus", "vscode.mcp.json")).AsSpan().TrimEnd((byte)'\n');
        for (var length = 0; length < text.Length; length++)
        {
            Assert.Null(JsoncParser.Parse(text[..length]).Root);
        }

        Assert.NotNull(JsoncParser.Parse(text).Root);
    }

    [Fact]
    public void No_changed_byte_of_a_file_makes_the_reader_throw()
    {
        var text = File.ReadAllBytes(Repository.PathOf("tests", "Hub.Host.Tests", "Configuration", "corpus", "broken-servers.json"));
        var reader = new HubFileReader(_ => null);
        Gen.Select(Gen.Int[0, text.Length - 1], Gen.Byte).List[1, 4].Sample(changes =>
        {
            var changed = text.ToArray();
            foreach (var (at, value) in changes)
            {
                changed[at] = value;
            }

            var file = reader.Parse(changed, "f");
            Assert.All(file.Diagnostics, diagnostic => Assert.DoesNotContain('\n', diagnostic.ToString()));
            Assert.All(file.Servers, server => Assert.True(server.Disabled || server.Misconfigured == server.Problems.Any(problem => problem.Severity == DiagnosticSeverity.Error)));
        }, iter: 3000);
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static SourcePosition PositionAtEnd(string text) => new(text.Count(c => c == '\n') + 1, text.Length - (text.LastIndexOf('\n') + 1) + 1);
}
