using System.Reflection;
using System.Xml.Linq;
using Akka.Configuration;
using McpHub.Actors;
using McpHub.Host;
using McpHub.Protocol.Wire;
using McpHub.TestSupport;

namespace McpHub.Scenarios.Layers;

/// <summary>What holds between the parts of the hub, read from the built assemblies and the project files.</summary>
public sealed class LayersTests
{
    private static readonly string[] _layers = ["Hub.Protocol", "Hub.Transports", "Hub.Actors", "Hub.Host"];
    private static readonly Assembly[] _assemblies = [typeof(EnvelopeScanner).Assembly, typeof(ITransport).Assembly, typeof(HubRuntime).Assembly, typeof(HubHost).Assembly];

    public static TheoryData<string> RelayPath =>
    [
        "McpHub.Protocol.Wire", "McpHub.Transports", "McpHub.Actors.Bridging", "McpHub.Actors.Sessions", "McpHub.Actors.Routing", "McpHub.Host.Downstream",
    ];

    [Theory]
    [MemberData(nameof(RelayPath))]
    public void The_relay_path_neither_parses_to_objects_nor_writes_from_them(string space)
    {
        Assert.Contains(_assemblies, assembly => assembly.GetTypes().Any(type => type.Namespace == space || type.Namespace?.StartsWith(space + ".", StringComparison.Ordinal) == true));
        Assert.Empty(_assemblies.SelectMany(assembly => RelayPathReferences.ToJsonObjects(assembly, space)));
    }

    [Fact]
    public void Projects_refer_downwards_only()
    {
        foreach (var layer in _layers)
        {
            var below = _layers.TakeWhile(other => other != layer).ToArray();
            var project = Project(layer);
            Assert.All(Named(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)), reference => Assert.Contains(reference, below));
        }
    }

    [Fact]
    public void Assemblies_refer_downwards_only()
    {
        string[] names = [.. _assemblies.Select(assembly => assembly.GetName().Name!)];
        for (var i = 0; i < _assemblies.Length; i++)
        {
            var ours = _assemblies[i].GetReferencedAssemblies().Select(reference => reference.Name!).Where(name => name == "hub" || name.StartsWith("McpHub", StringComparison.Ordinal));
            Assert.All(ours, name => Assert.Contains(name, names[..i]));
        }
    }

    [Fact]
    public void No_source_project_uses_the_official_SDK()
    {
        Assert.All(_layers, layer => Assert.DoesNotContain(Named(Project(layer), "PackageReference"), package => package.StartsWith("ModelContextProtocol", StringComparison.Ordinal)));
        Assert.All(_assemblies, assembly => Assert.DoesNotContain(assembly.GetReferencedAssemblies(), name => name.Name!.StartsWith("ModelContextProtocol", StringComparison.Ordinal)));
    }

    [Fact]
    public void Each_key_of_hub_conf_is_read()
    {
        var defaults = ConfigurationFactory.ParseString(File.ReadAllText(RepositoryFiles.PathOf("hocon", "hub.conf")));
        string[] written = [.. defaults.AsEnumerable().SelectMany(entry => Leaves(entry.Key, entry.Value)).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(written);

        // Each key by itself is made unreadable: whoever reads it fails. Every value of the file is a number or a duration.
        Assert.Null(Reading(Config.Empty));
        Assert.DoesNotContain(written, key => Reading(ConfigurationFactory.ParseString(key + " = none")) is null);
    }

    private static Exception? Reading(Config config)
    {
        using var system = Akka.Actor.ActorSystem.Create("keys", config.WithFallback("akka { stdout-loglevel = OFF, loglevel = OFF }"));
        return Record.Exception(() => HubSettings.Of(system));
    }

    private static IEnumerable<string> Leaves(string path, Akka.Configuration.Hocon.HoconValue value) =>
        value.IsObject() ? value.GetObject().Items.SelectMany(item => Leaves($"{path}.{item.Key}", item.Value)) : [path];

    private static XDocument Project(string name) => XDocument.Load(RepositoryFiles.PathOf("src", name, name + ".csproj"));

    private static IEnumerable<string> Named(XDocument project, string element) => project.Descendants(element).Select(item => item.Attribute("Include")!.Value);
}
