using System.Text.RegularExpressions;
using McpHub.Protocol.Errors;

namespace McpHub.Protocol.Tests.Errors;

public partial class ErrorsPageTests
{
    public static TheoryData<string> Codes => [.. HubErrors.All.Select(entry => entry.Code)];

    [Fact]
    public void The_page_equals_what_the_catalogue_says()
    {
        var file = Path.Combine(RepositoryRoot(), "docs", "errors.md");
        if (Environment.GetEnvironmentVariable("HUB_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, ErrorsPage.Render());
        }

        Assert.True(
            ErrorsPage.Render() == File.ReadAllText(file).ReplaceLineEndings("\n"),
            "docs/errors.md is older than the catalogue: run HUB_UPDATE_DOCS=1 dotnet test tests/Hub.Protocol.Tests --filter ErrorsPageTests");
    }

    [Fact]
    public void Codes_are_unique()
        => Assert.Empty(HubErrors.All.GroupBy(entry => entry.Code).Where(group => group.Count() > 1).Select(group => group.Key));

    [Theory]
    [MemberData(nameof(Codes))]
    public void An_entry_is_complete_and_each_place_in_it_can_be_filled(string code)
    {
        var entry = HubErrors.All.First(candidate => candidate.Code == code);
        Assert.Matches(Code(), entry.Code);
        Assert.NotEmpty(entry.Message);
        Assert.NotEmpty(entry.ToModel);

        var places = ErrorsPage.Places(entry.Message + entry.Hint + entry.ToModel).Distinct().ToArray();
        var filled = entry.With([.. places.Select(place => (place, (object?)"x"))]);
        Assert.Empty(ErrorsPage.Places(filled.Message + filled.Hint + filled.ToModel));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void What_a_client_reads_names_no_host_path_environment_or_stderr(string code)
        => Assert.Empty(ErrorsPage.Places(HubErrors.All.First(entry => entry.Code == code).ToModel)
            .Intersect(["command", "cwd", "path", "url", "host", "stderr", "exit", "excerpt", "file"], StringComparer.OrdinalIgnoreCase));

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Hub.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Hub.sln is in no folder above the tests");
        }

        return folder;
    }

    [GeneratedRegex("^HUB[1-9][0-9]{3}$")]
    private static partial Regex Code();
}
