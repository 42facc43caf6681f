using System.Text.RegularExpressions;

namespace McpHub.Samples.Tests.Packages;

/// <summary>What <c>dotnet pack Hub.sln</c> gives, and that a user's program compiles against it.</summary>
public sealed partial class PackagesTests(PackedRepository packed) : IClassFixture<PackedRepository>
{
    private static readonly string[] _libraries = ["McpHub.Actors", "McpHub.Extensions.AI", "McpHub.Protocol", "McpHub.TestKit", "McpHub.Transports"];

    [Fact]
    public void Packing_gives_the_libraries_and_nothing_else() => Assert.Equal(_libraries, packed.Packages.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_package_says_what_it_is_and_brings_its_documentation_and_symbols() => Assert.All(packed.Packages.Values, package =>
    {
        Assert.Contains($"lib/net10.0/{package.Id}.dll", package.Files);
        Assert.Contains($"lib/net10.0/{package.Id}.xml", package.Files);
        Assert.Contains($"lib/net10.0/{package.Id}.pdb", package.Symbols);
        Assert.StartsWith($"# {package.Id}\n", package.Readme, StringComparison.Ordinal);
        Assert.Equal("Apache-2.0", package.Metadata["license"].Single().Value);
        Assert.Contains("model-context-protocol", package.Metadata["tags"].Single().Value, StringComparison.Ordinal);
        Assert.True(package.Metadata["description"].Single().Value.Length > 40);
        Assert.Equal("Hub contributors", package.Metadata["authors"].Single().Value);
    });

    [Fact]
    public void A_package_leads_to_no_place_on_the_net() => Assert.All(packed.Packages.Values, package =>
    {
        Assert.Empty(package.Metadata["projectUrl"]);
        Assert.All(package.Metadata["repository"], repository => Assert.Null(repository.Attribute("url")));
    });

    [Fact]
    public void A_package_fits_one_version_of_ours_and_any_patch_of_others() => Assert.All(packed.Packages.Values, package => Assert.All(package.Dependencies, dependency =>
    {
        var isExact = dependency.Value.StartsWith('[');
        Assert.Equal(dependency.Key.StartsWith("McpHub.", StringComparison.Ordinal) || dependency.Key.StartsWith("Json", StringComparison.Ordinal), isExact);
    }));

    [Fact]
    public async Task The_samples_and_the_packages_own_pages_compile_against_the_packages_and_the_scenario_tests_run()
    {
        var folder = Directory.CreateDirectory(Path.Combine(packed.Folder, "users")).FullName;
        var projects = Directory.GetDirectories(Repository.PathOf("samples")).Select(path => CopySample(path, folder)).OfType<string>().Append(WritePages(folder)).ToList();
        Assert.True(projects.Count > 3);
        File.Copy(Repository.PathOf("Directory.Build.props"), Path.Combine(folder, "Directory.Build.props"));
        var own = string.Concat(packed.Packages.Keys.Select(id => $"<PackageVersion Include=\"{id}\" Version=\"[{packed.Version}]\" />"));
        var central = File.ReadAllText(Repository.PathOf("Directory.Packages.props"));
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), central.Replace("<Project>", $"<Project><ItemGroup>{own}</ItemGroup>", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "Users.slnx"), $"<Solution>{string.Concat(projects.Select(project => $"<Project Path=\"{project}\" />"))}</Solution>");

        // Ours come from the folder and are unpacked beside it; all others are where this repository's own restore put them, or else come from where that gets them.
        await PackedRepository.DotnetAsync(
            folder, "build", "Users.slnx", $"-p:RestoreAdditionalProjectSources={packed.Folder}", $"-p:RestorePackagesPath={Path.Combine(packed.Folder, "unpacked")}", $"-p:RestoreFallbackFolders={Repository.PackageCache}");

        // In virtual time, over a socket, and over a pipe, whose other end is the test kit's own assembly as it came out of its package.
        var ran = await PackedRepository.DotnetAsync(folder, "test", "ScenarioTests/ScenarioTests.csproj", "--no-build");
        Assert.Contains(ran, line => line.StartsWith("Passed!", StringComparison.Ordinal));

        Assert.Equal(packed.Packages.Keys.Select(id => id.ToLowerInvariant()).Order(), Directory.GetDirectories(Path.Combine(packed.Folder, "unpacked"), "mcphub.*").Select(path => Path.GetFileName(path)).Order());
    }

    /// <returns>The project's path in the folder; <c>null</c> for one that uses nothing of ours.</returns>
    private static string? CopySample(string sample, string folder)
    {
        var name = Path.GetFileName(sample);
        var project = File.ReadAllText(Path.Combine(sample, name + ".csproj"));
        var users = OwnReference().Replace(project, "<PackageReference Include=\"Mcp$1\" />");
        if (users == project)
        {
            return null;
        }

        Directory.CreateDirectory(Path.Combine(folder, name));
        File.WriteAllText(Path.Combine(folder, name, name + ".csproj"), SampleServer().Replace(users, ""));
        foreach (var source in Directory.GetFiles(sample, "*.cs", SearchOption.AllDirectories).Where(path => !Output().IsMatch(Path.GetRelativePath(sample, path))))
        {
            var copy = Path.Combine(folder, name, Path.GetRelativePath(sample, source));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(source, copy);
        }

        return $"{name}/{name}.csproj";
    }

    // Each example as a method, whose parameters it takes for granted, or as the class that it is.
    private string WritePages(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "Pages"));
        File.WriteAllText(Path.Combine(folder, "Pages", "Pages.csproj"), $"<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><NoWarn>CA1515;CA1707</NoWarn></PropertyGroup><ItemGroup>{string.Concat(packed.Packages.Keys.Select(id => $"<PackageReference Include=\"{id}\" />"))}</ItemGroup></Project>");
        var examples = packed.Packages.Values.SelectMany(package => Example().Matches(package.Readme)).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(examples);
        for (var i = 0; i < examples.Count; i++)
        {
            var lines = examples[i].Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
            var body = string.Join('\n', lines[false]);
            File.WriteAllText(Path.Combine(folder, "Pages", $"Example{i}.cs"), string.Join('\n', lines[true]) + (body.Contains("public sealed class", StringComparison.Ordinal) ? $"\nnamespace Pages{i};\n{body}" : $$"""

                internal static class Example{{i}}
                {
                    public static async Task RunAsync(Microsoft.Extensions.AI.IChatClient chat)
                    {
                {{body}}
                    }
                }
                """));
        }

        return "Pages/Pages.csproj";
    }

    [GeneratedRegex("""<ProjectReference Include="\.\./\.\./src/[^"]*/(Hub\.[^"/]+)\.csproj" />""")]
    private static partial Regex OwnReference();

    [GeneratedRegex("""<Import Project="\.\./SampleServer/[^"]*" />""")]
    private static partial Regex SampleServer();

    [GeneratedRegex(@"^(bin|obj)[/\\]")]
    private static partial Regex Output();

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();
}
