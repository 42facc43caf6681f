using System.Text.RegularExpressions;

namespace McpHub.Scenarios.Limits;

/// <summary>Each row of docs/limits.md names files and tests that exist.</summary>
public sealed partial class LimitsPageTests
{
    private static readonly string[] _testFiles = Directory.GetFiles(RepositoryFiles.PathOf("tests"), "*.cs", SearchOption.AllDirectories);

    public static TheoryData<string> Rows =>
        [.. File.ReadLines(RepositoryFiles.PathOf("docs", "limits.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_names_what_exists(string row)
    {
        var cells = row.Trim('|').Split('|');
        Assert.Equal(4, cells.Length);
        var files = Code().Matches(cells[2]).Select(match => match.Groups[1].Value).ToArray();
        var tests = Code().Matches(cells[3]).Select(match => match.Groups[1].Value).ToArray();

        Assert.NotEmpty(files);
        Assert.NotEmpty(tests);
        Assert.DoesNotContain(files, file => !File.Exists(RepositoryFiles.PathOf("src", file)));
        Assert.DoesNotContain(tests, test => !IsTest(test));
    }

    [Theory]
    [InlineData("LimitsPageTests.A_row_names_what_exists", true)]
    [InlineData("LimitsPageTests.IsTest", false)]
    [InlineData("LimitsPageTests.No_such_test", false)]
    [InlineData("NoSuchTests.A_row_names_what_exists", false)]
    public void What_is_no_test_is_told_from_one(string name, bool isTest) => Assert.Equal(isTest, IsTest(name));

    // By source: the tests of other assemblies are not here.
    private static bool IsTest(string name)
    {
        var (type, method) = name.Split('.') is [var first, var second] ? (first, second) : ("", "");
        if (_testFiles.SingleOrDefault(file => Path.GetFileName(file) == type + ".cs") is not { } source)
        {
            return false;
        }

        // What stands between the last blank line and the method: its attributes.
        var paragraph = File.ReadAllText(source).ReplaceLineEndings("\n").Split("\n\n").FirstOrDefault(text => Regex.IsMatch(text, $@"\b(void|Task) {Regex.Escape(method)}\("));
        return paragraph is not null && Regex.IsMatch(paragraph[..paragraph.IndexOf($" {method}(", StringComparison.Ordinal)], @"^\s*\[(Fact|Theory)\b", RegexOptions.Multiline);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
