using System.IO.Compression;
using System.Xml.Linq;

namespace McpHub.Samples.Tests.Packages;

/// <summary>The packages of this repository in a folder of their own, packed once from what the tests were built with.</summary>
public sealed class PackedRepository : IAsyncLifetime
{
    // A version of its own: no package of that name that a machine already has can stand in for one of these.
    public string Version { get; } = $"0.0.0-test.{DateTime.UtcNow:yyyyMMddHHmmssfff}";

    public string Folder { get; } = Directory.CreateTempSubdirectory("hub-packages-").FullName;

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<string, Package> Packages { get; private set; } = new Dictionary<string, Package>();

    public async Task InitializeAsync()
    {
        await DotnetAsync(
            Repository.PathOf(), "pack", "Hub.sln", "--no-build", "-c", Repository.Configuration, "-o", Folder, $"-p:PackageVersion={Version}");
        Packages = Directory.GetFiles(Folder, "*.nupkg").Select(Package.Read).ToDictionary(package => package.Id, StringComparer.Ordinal);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Runs the SDK without what the one that runs these tests told its children.</summary>
    internal static async Task<string[]> DotnetAsync(string folder, params string[] args)
    {
        var environment = new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_UI_LANGUAGE"] = "en", ["MSBUILDTERMINALLOGGER"] = "off" };
        await using var dotnet = RunningProcess.Start("dotnet", [.. args, "--nologo", "-v", "q"], TimeSpan.FromMinutes(5), folder, environment);
        return await dotnet.EndAsync();
    }

    /// <summary>One package and its symbols.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Files">What is in it.</param>
    /// <param name="Metadata">Its nuspec's metadata by element.</param>
    /// <param name="Dependencies">What it asks for, by id.</param>
    /// <param name="Readme">The page it shows.</param>
    /// <param name="Symbols">What is in its symbol package.</param>
    public sealed record Package(
        string Id, IReadOnlyList<string> Files, ILookup<string, XElement> Metadata, IReadOnlyDictionary<string, string> Dependencies, string Readme, IReadOnlyList<string> Symbols)
    {
        public static Package Read(string path)
        {
            using var zip = ZipFile.OpenRead(path);
            using var spec = zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
            var metadata = XDocument.Load(spec).Root!.Elements().Single().Elements().ToLookup(element => element.Name.LocalName);
            using var readme = new StreamReader(zip.GetEntry("README.md")?.Open() ?? Stream.Null);
            using var symbols = ZipFile.OpenRead(Path.ChangeExtension(path, "snupkg"));
            return new Package(
                metadata["id"].Single().Value,
                [.. zip.Entries.Select(entry => entry.FullName)],
                metadata,
                metadata["dependencies"].Descendants().Where(element => element.Name.LocalName == "dependency").ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value),
                readme.ReadToEnd(),
                [.. symbols.Entries.Select(entry => entry.FullName)]);
        }
    }
}
