using System.Text;
using System.Text.RegularExpressions;
using McpHub.Host.Cli;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Tests.Docs;

/// <summary>What README and docs say of files, settings and commands is so.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Every_file_that_the_architecture_page_names_exists()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "architecture.md"));
        var named = SourceFile().Matches(page).Select(match => match.Value).Distinct().ToArray();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, file => !File.Exists(Repository.PathOf("src", file)));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/architecture.md")]
    public void Every_link_leads_to_something(string page)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(page))!;
        var targets = Link().Matches(File.ReadAllText(Repository.PathOf(page))).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(targets);
        Assert.DoesNotContain(targets, target => !Path.Exists(Path.Combine(folder, target)));
    }

    [Fact]
    public void Every_configuration_in_the_README_is_one_that_the_hub_takes()
    {
        var snippets = Snippet("jsonc?").Matches(Readme()).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(4, snippets.Length);
        foreach (var snippet in snippets)
        {
            var file = new HubFileReader(_ => "value").Parse(Encoding.UTF8.GetBytes(snippet), "README.md");
            Assert.DoesNotContain(file.Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            Assert.All(file.Servers, server => Assert.NotNull(server.Parameters));
        }
    }

    [Fact]
    public void Every_command_of_the_README_is_one_that_the_hub_knows()
    {
        var commands = HubCommand().Matches(Readme()).Select(match => match.Groups[1].Value.Trim()).ToArray();
        Assert.Contains("demo", commands);
        var root = HubCommandLine.Root(new CliConsole(TextWriter.Null, TextWriter.Null, IsTerminal: false));
        Assert.All(commands, command => Assert.Empty(root.Parse(command.Split(' ')).Errors));
    }

    [Fact]
    public void The_embedding_example_of_the_README_is_the_one_that_compiles()
    {
        var source = File.ReadAllText(Repository.PathOf("tests", "Hub.Host.Tests", "Docs", "EmbeddingSnippet.cs"));
        var compiled = source[source.IndexOf("// README begin", StringComparison.Ordinal)..source.IndexOf("// README end", StringComparison.Ordinal)]
            .Split('\n').Skip(1).Select(line => line.Trim()).Where(line => line.Length > 0);
        var shown = Snippet("csharp").Matches(Readme()).Single().Groups[1].Value
            .Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal));

        Assert.Equal(compiled, shown);
    }

    private static string Readme() => File.ReadAllText(Repository.PathOf("README.md"));

    private static Regex Snippet(string language) => new($"^```{language}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline);

    [GeneratedRegex(@"\bHub\.[A-Z][A-Za-z]+/[A-Za-z/.]+\.cs\b")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"dotnet run --project src/Hub\.Host -- ([^#\n]+)")]
    private static partial Regex HubCommand();
}
