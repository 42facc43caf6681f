using System.Text.RegularExpressions;

namespace McpHub.Scenarios.Layers;

/// <summary>The table of known weaknesses in tests/README.md names tests that exist and carry the number of their row.</summary>
public sealed partial class WeaknessTableTests
{
    private static readonly string[] _rows = ["W-01", "W-02", "W-03", "W-04", "W-05", "W-09", "W-10", "W-11", "W-12", "W-13", "W-15", "W-19", "W-20", "W-22", "W-23", "W-25"];

    [Fact]
    public void Each_known_weakness_names_tests_that_exist()
    {
        var named = Row().Matches(File.ReadAllText(RepositoryFiles.PathOf("tests/README.md")))
            .SelectMany(row => Name().Matches(row.Groups[2].Value).Select(name => $"{row.Groups[1].Value} {name.Groups[1].Value}")).ToList();
        var sources = Directory.EnumerateFiles(RepositoryFiles.PathOf("tests"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal));
        var written = sources.SelectMany(file => Test().Matches(File.ReadAllText(file))).SelectMany(test => Number().Matches(test.Groups[1].Value).Select(number => $"{number.Value} {test.Groups[2].Value}")).ToHashSet();

        Assert.Equal(_rows, named.Select(name => name[..4]).Distinct());
        Assert.All(named, name => Assert.Contains(name, written));
    }

    [GeneratedRegex(@"^\| (W-\d\d) \|(.*)$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z0-9_]+)`")]
    private static partial Regex Name();

    // The attribute and, maybe after the theory's data, the method.
    [GeneratedRegex(@"DisplayName = ""([^""\n]*W-\d\d[^""\n]*)""\)\](?:\s*\[[^\n]*\])*\s*public (?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Test();

    [GeneratedRegex(@"W-\d\d")]
    private static partial Regex Number();
}
