using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using McpHub.Host.Cli;
using McpHub.Host.Configuration;
using YamlDotNet.RepresentationModel;

namespace McpHub.Host.Tests.Deployment;

/// <summary>No container runs in the tests. What can be held without one: everything these files name exists in the repository and fits together.</summary>
public partial class ComposeTests
{
    private static readonly DockerFile Docker = DockerFile.Read(Repository.PathOf("Dockerfile"));

    private static readonly Dictionary<string, ComposeService> Services = ComposeService.Read(Repository.PathOf("docker-compose.yml"));

    [Fact]
    public void There_is_a_hub_and_two_sample_servers() => Assert.Equal(["clock", "hub", "orders"], Services.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_service_is_built_from_a_stage_of_the_Dockerfile()
    {
        Assert.All(Services.Values, service =>
        {
            Assert.Equal(".", service.Scalar("build", "context"));
            Assert.Contains(service.Scalar("build", "target"), Docker.Stages.Keys);
        });
        Assert.All(Services.Values.SelectMany(service => service.List("depends_on")), other => Assert.Contains(other, Services.Keys));
    }

    [Fact]
    public void The_hubs_commands_are_verbs_and_options_that_exist()
    {
        var hub = Services["hub"];
        Assert.Equal(["CMD", "hub"], hub.List("healthcheck", "test").Take(2));
        string[][] commands = [hub.List("command"), hub.List("healthcheck", "test")[2..], Docker.Stages["hub"].Json("CMD"), Docker.Stages["hub"].Json("HEALTHCHECK")[1..]];
        var root = HubCommandLine.Root(new CliConsole(TextWriter.Null, TextWriter.Null, IsTerminal: false));
        Assert.All(commands, command => Assert.Empty(root.Parse(command).Errors));
        Assert.NotEmpty(root.Parse(["run", "--no-such-option"]).Errors);
    }

    [Fact]
    public void The_hub_reads_the_file_that_is_mounted_and_it_is_without_fault()
    {
        var hub = Services["hub"];
        var mount = Assert.Single(hub.List("volumes")).Split(':');
        Assert.Equal(["ro"], mount[2..]);
        var path = Repository.PathOf(mount[0]);
        Assert.True(File.Exists(path), path);
        var command = hub.List("command");
        Assert.Equal(mount[1], command[Array.IndexOf(command, "--config") + 1]);
        Assert.Equal(mount[1], Docker.Stages["hub"].Json("CMD")[2]);

        // Variables in it would have to be given by the service.
        var file = new HubFileReader(hub.Map("environment").GetValueOrDefault).Read(path);
        Assert.Empty(file.Diagnostics);
        Assert.Equal(StatusCommand.DefaultHub, file.Settings.Listen.GetLeftPart(UriPartial.Authority));
    }

    [Fact]
    public void The_hub_reaches_each_sample_server_by_the_port_it_is_published_on()
    {
        Assert.Equal("host", Services["hub"].Scalar("network_mode"));
        Assert.Empty(Services["hub"].List("ports"));
        var file = new HubFileReader(_ => null).Read(Repository.PathOf("deploy", "hub.json"));
        Assert.Equal(["clock", "orders"], file.Servers.Select(server => server.Name));
        Assert.All(file.Servers, server =>
        {
            var url = Assert.IsType<StreamableHttpParameters>(server.Parameters).Url;
            var published = Assert.Single(Services[server.Name].List("ports")).Split(':');
            Assert.Equal("127.0.0.1", published[0]);
            Assert.Equal(("127.0.0.1", published[1]), (url.Host, url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            var command = Services[server.Name].List("command");
            Assert.Equal($"http://0.0.0.0:{published[2]}", command[Array.IndexOf(command, "--urls") + 1]);
        });
    }

    [Theory]
    [InlineData("clock")]
    [InlineData("orders")]
    public async Task A_sample_server_starts_with_its_command_and_serves_the_path_that_the_hub_calls(string name)
    {
        var command = Services[name].List("command");
        command[Array.IndexOf(command, "--urls") + 1] = "http://127.0.0.1:0";
        using var process = HubProcess.Start(HubProcess.SampleDll, [.. command, "--while-stdin-open"]);
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var line = await process.StandardOutput.ReadLineAsync(limit.Token);
            Assert.StartsWith("listening on http://127.0.0.1:", line, StringComparison.Ordinal);
            var server = new HubFileReader(_ => null).Read(Repository.PathOf("deploy", "hub.json")).Servers.Single(entry => entry.Name == name);
            Assert.EndsWith(Assert.IsType<StreamableHttpParameters>(server.Parameters).Url.AbsolutePath, line, StringComparison.Ordinal);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            Stop(process);
        }
    }

    [Fact]
    public void The_Dockerfile_builds_what_is_there_and_starts_what_was_built()
    {
        var published = Docker.Stages["build"].Lines.Select(line => Publish().Match(line)).Where(match => match.Success)
            .ToDictionary(match => match.Groups[2].Value, match => match.Groups[1].Value);
        Assert.Equal(2, published.Count);
        foreach (var (stage, executable) in new[] { ("hub", "/app/hub"), ("sample", "/app/McpHub.SampleServer") })
        {
            var lines = Docker.Stages[stage].Lines;
            Assert.Equal([executable], Docker.Stages[stage].Json("ENTRYPOINT"));
            Assert.Contains(lines, line => line == "USER $APP_UID");
            Assert.Contains(lines, line => line == "WORKDIR /app");
            var copied = Assert.Single(lines, line => line.StartsWith("COPY ", StringComparison.Ordinal)).Split(' ');
            Assert.Equal("--from=build", copied[1]);
            var project = Assert.Single(Directory.GetFiles(Repository.PathOf(published[copied[2]]), "*.csproj"));
            Assert.Equal(Path.GetFileName(executable), XDocument.Load(project).Descendants("AssemblyName").Single().Value);
        }
    }

    [Fact]
    public void Every_variable_has_a_value()
    {
        // APP_UID comes with the base image, PATH with every one.
        var docker = Variable().Matches(File.ReadAllText(Repository.PathOf("Dockerfile"))).Select(match => match.Groups[1].Value).Distinct();
        Assert.Equal(["APP_UID", "PATH"], docker.Order(StringComparer.Ordinal));
        Assert.DoesNotMatch(Variable(), File.ReadAllText(Repository.PathOf("docker-compose.yml")));
    }

    [Fact]
    public void Nothing_that_the_build_needs_is_kept_out_of_it()
    {
        var ignored = File.ReadAllLines(Repository.PathOf(".dockerignore")).Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.DoesNotContain(ignored, line => line is "src" or "samples" or "hocon" || line.StartsWith("Directory.", StringComparison.Ordinal));
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
    }

    [GeneratedRegex(@"^RUN dotnet publish (\S+) -c Release -o (\S+)$")]
    private static partial Regex Publish();

    [GeneratedRegex(@"\$\{?([A-Za-z_][A-Za-z0-9_]*)")]
    private static partial Regex Variable();
}

/// <summary>One service of a compose file.</summary>
internal sealed class ComposeService(YamlMappingNode node)
{
    public static Dictionary<string, ComposeService> Read(string path)
    {
        using var text = new StreamReader(path);
        var yaml = new YamlStream();
        yaml.Load(text);
        var services = (YamlMappingNode)yaml.Documents.Single().RootNode["services"];
        return services.Children.ToDictionary(child => child.Key.ToString(), child => new ComposeService((YamlMappingNode)child.Value));
    }

    public string Scalar(params string[] path) => ((YamlScalarNode)Find(path)!).Value!;

    public string[] List(params string[] path) => Find(path) is { } list ? [.. ((YamlSequenceNode)list).Select(item => ((YamlScalarNode)item).Value!)] : [];

    public Dictionary<string, string> Map(params string[] path) =>
        Find(path) is { } map ? ((YamlMappingNode)map).Children.ToDictionary(child => child.Key.ToString(), child => child.Value.ToString()) : [];

    private YamlNode? Find(string[] path)
    {
        YamlNode current = node;
        foreach (var key in path)
        {
            if (!((YamlMappingNode)current).Children.TryGetValue(key, out current!))
            {
                return null;
            }
        }

        return current;
    }
}
