using System.Net;
using System.Net.Sockets;

namespace McpHub.Host.Tests.Cli;

/// <summary>Exit codes and streams of the real process (contract 6, 3.2).</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hub-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData()]
    [InlineData("frobnicate")]
    [InlineData("--bogus")]
    [InlineData("run")]
    [InlineData("run", "--config")]
    [InlineData("run", "--config", "a.json", "--bogus")]
    [InlineData("run", "--config", "a.json", "b.json")]
    [InlineData("run", "--config", "a.json", "--config", "b.json")]
    [InlineData("status", "--hub", "127.0.0.1:4747")]
    [InlineData("run", "--config", "@a.json", "@b.json")]
    [InlineData("--version", "status")]
    [InlineData("status", "extra")]
    [InlineData("validate")]
    [InlineData("validate", "a.json", "--bogus")]
    public async Task Wrong_usage_ends_with_2_and_says_so_on_standard_error(params string[] args)
    {
        var (exitCode, output, error) = await HubProcess.RunAsync(args);
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not-json-comma.json", ":4:5   error HUB1002  ")]
    [InlineData("not-json-cut.json", ":3:1   error HUB1002  ")]
    [InlineData("not-json-yaml.json", ":1:1   error HUB1002  ")]
    [InlineData("broken-hub.json", ":8:5   error HUB1004  hub.lissten is not known — did you mean \"listen\"?")]
    [InlineData("no-servers.json", ":1:1   error HUB1014  ")]
    public async Task A_file_that_no_hub_can_start_from_ends_with_2_and_is_named_with_line_and_column(string name, string expected)
    {
        var file = Repository.PathOf("tests", "Hub.Host.Tests", "Configuration", "corpus", name);
        var (exitCode, output, error) = await HubProcess.RunAsync("run", "--config", file, "--urls", "http://127.0.0.1:0");
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains(file + expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude-desktop.json", 0, "", "1 problem · 3 servers, 3 usable")]
    [InlineData("invalid-fails.json", 2, ":4:5   error HUB1003  ", "1 problem · 2 servers, 0 usable")]
    [InlineData("broken-hub.json", 2, ":8:5   error HUB1004  hub.lissten is not known — did you mean \"listen\"?", ", 0 usable")]
    public async Task Validate_says_what_is_wrong_and_starts_nothing(string name, int expectedCode, string expected, string summary)
    {
        var file = Repository.PathOf("tests", "Hub.Host.Tests", "Configuration", "corpus", name);
        var (exitCode, output, error) = await HubProcess.RunAsync("validate", file);
        Assert.Equal((expectedCode, ""), (exitCode, error));
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Contains(summary, output.Split('\n')[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_prints_the_schema()
    {
        var (exitCode, output, _) = await HubProcess.RunAsync("schema");
        Assert.Equal(0, exitCode);
        Assert.Equal(await File.ReadAllTextAsync(Repository.PathOf("src", "Hub.Host", "hub.schema.json")), output);
    }

    [Fact]
    public async Task A_missing_file_ends_with_2()
    {
        var (exitCode, _, error) = await HubProcess.RunAsync("run", "--config", Path.Combine(_folder, "no.json"));
        Assert.Equal(2, exitCode);
        Assert.Contains("no.json   error HUB1013  cannot read the file: it does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_loopback_ends_with_2_and_a_hint()
    {
        var file = Write("hub.json", """{ "mcpServers": {} }""");
        var (exitCode, output, error) = await HubProcess.RunAsync("run", "--config", file, "--urls", "http://0.0.0.0:0");
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains("HUB1015", error, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:PORT", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad.conf", "a = ${b}")]
    [InlineData("missing.conf", null)]
    public async Task A_HOCON_file_that_cannot_be_read_ends_with_2(string name, string? text)
    {
        var file = Write("hub.json", """{ "mcpServers": {} }""");
        var hocon = text is null ? Path.Combine(_folder, name) : Write(name, text);
        var (exitCode, output, error) = await HubProcess.RunAsync("run", "--config", file, "--urls", "http://127.0.0.1:0", "--hocon", hocon);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("HUB1017", error, StringComparison.Ordinal);
        Assert.Contains(name, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_and_help_end_with_0_on_standard_output()
    {
        var (exitCode, output, error) = await HubProcess.RunAsync("--version");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(@"\Ahub \d+\.\d+\.\d+\r?\n\z", output);

        (exitCode, output, _) = await HubProcess.RunAsync("run", "--help");
        Assert.Equal(0, exitCode);
        Assert.Contains("--config", output, StringComparison.Ordinal);
        Assert.Contains("--hocon", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_without_a_hub_ends_with_6_and_says_how_to_start_one()
    {
        // Bound and not listening: nobody else can take the port, and a connection is refused.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (exitCode, output, error) = await HubProcess.RunAsync("status", "--quiet", "--hub", $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
        Assert.Equal((6, ""), (exitCode, output));
        Assert.Contains("HUB1018", error, StringComparison.Ordinal);
        Assert.Contains("hub run --config FILE", error, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
