using System.Text.RegularExpressions;

namespace McpHub.Testing.Tests;

/// <summary>What docs/testkit.md shows is what samples/ScenarioTests runs.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string _root = typeof(DocumentationTests).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
        .Cast<System.Reflection.AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "RepositoryRoot").Value!;

    [Fact]
    public void The_examples_are_those_of_the_sample()
    {
        var sample = Flat(File.ReadAllText(Path.Combine(_root, "samples/ScenarioTests/OrderDeskTests.cs")));
        var examples = Example().Matches(File.ReadAllText(Path.Combine(_root, "docs/testkit.md"))).Select(match => match.Groups[1].Value).ToList();

        Assert.Equal(3, examples.Count);
        Assert.All(examples, example => Assert.Contains(Flat(example), sample, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_fault_is_in_the_table()
    {
        var page = File.ReadAllText(Path.Combine(_root, "docs/testkit.md"));
        var faults = typeof(Fault).GetMembers(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
            .Where(member => member is System.Reflection.PropertyInfo || member is System.Reflection.MethodInfo { IsSpecialName: false }).Select(member => member.Name).ToList();

        Assert.NotEmpty(faults);
        Assert.All(faults, fault => Assert.Matches($@"(?m)^\| `{fault}\b", page));
    }

    private static string Flat(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("```csharp\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
