using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using McpHub.TestSupport;

namespace McpHub.Host.Tests.Cli;

/// <summary><c>hub run</c> as a process with a real stdio server behind it.</summary>
public sealed partial class RunCommandTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("hub-run-").FullName;
    private readonly CancellationTokenSource _limit = new(Limit);

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _limit.Dispose();
    }

    [Fact]
    public async Task It_names_the_broken_server_runs_the_others_and_stops_everything_on_SIGTERM()
    {
        var file = Path.Combine(_folder, "mcp.json");
        await File.WriteAllTextAsync(file, $$"""
            {
              "mcpServers": {
                "notes": { "command": "dotnet", "args": [{{JsonSerializer.Serialize(HubProcess.SampleDll)}}, "stdio"], "x-hub": { "era": "legacy" } },
                "broken": { "comand": "x" },
                "off": { "command": "no-such-program", "disabled": true }
              }
            }
            """);
        using var hub = HubProcess.Start(HubProcess.HubDll, ["run", "--config", file, "--urls", "http://127.0.0.1:0"]);
        try
        {
            var error = hub.StandardError.ReadToEndAsync(_limit.Token);
            var title = await hub.StandardOutput.ReadLineAsync(_limit.Token);
            Assert.Matches(@"^Hub \d+\.\d+\.\d+ · http://127\.0\.0\.1:\d+/mcp$", title);
            var url = new Uri(title!.Split(' ')[^1]);

            await ReadyAsync(url, "notes");
            using (var client = new HttpClient())
            {
                using var health = await client.GetAsync(new Uri(url, "/health"), _limit.Token);
                Assert.Equal((HttpStatusCode.OK, "Degraded"), (health.StatusCode, await health.Content.ReadAsStringAsync()));
            }

            var (statusCode, status, _) = await HubProcess.RunAsync("status", "--hub", url.GetLeftPart(UriPartial.Authority));
            Assert.Equal(6, statusCode);
            Assert.Contains(status.Split('\n'), line => line.Contains("notes", StringComparison.Ordinal) && line.Contains("ready", StringComparison.Ordinal));
            Assert.Contains(status.Split('\n'), line => line.Contains("broken", StringComparison.Ordinal) && line.Contains("misconfigured", StringComparison.Ordinal) && line.Contains("HUB1003", StringComparison.Ordinal));
            Assert.Contains(status.Split('\n'), line => line.Contains("off", StringComparison.Ordinal) && line.Contains("disabled", StringComparison.Ordinal));

            var children = ChildrenOf(hub.Id);
            Assert.NotEmpty(children);
            Assert.Equal(0, Kill(hub.Id, 15));
            await hub.WaitForExitAsync(_limit.Token);
            Assert.Equal(0, hub.ExitCode);
            await Eventually.HoldsAsync(() => !children.Any(IsAlive)); // The watch ends when the hub's end of its pipe has.
            Assert.Contains($"{file}:4:5   error HUB1003  mcpServers.broken needs \"command\" or \"url\"", await error, StringComparison.Ordinal);
        }
        finally
        {
            Stop(hub);
        }
    }

    [Fact(DisplayName = "C-013 the hub is killed by SIGKILL: its servers end too, also one that ignores the end of its input and SIGTERM, with its own children")]
    public async Task A_killed_hub_leaves_no_server()
    {
        var (file, pids) = (Path.Combine(_folder, "mcp.json"), Path.Combine(_folder, "pids"));
        await File.WriteAllTextAsync(file, $$"""
            {
              "mcpServers": {
                "notes": { "command": "dotnet", "args": [{{JsonSerializer.Serialize(HubProcess.SampleDll)}}, "stdio"], "x-hub": { "era": "legacy" } },
                "stubborn": { "command": "sh", "args": ["-c", "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $$ $! >{{pids}}.new; mv {{pids}}.new {{pids}}; while :; do sleep 1; done"] }
              }
            }
            """);
        using var hub = HubProcess.Start(HubProcess.HubDll, ["run", "--config", file, "--urls", "http://127.0.0.1:0"]);
        try
        {
            var title = await hub.StandardOutput.ReadLineAsync(_limit.Token);
            await ReadyAsync(new Uri(title!.Split(' ')[^1]), "notes");
            await Eventually.HoldsAsync(() => File.Exists(pids));
            int[] left = [.. ChildrenOf(hub.Id), .. (await File.ReadAllTextAsync(pids, _limit.Token)).Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
            Assert.All(left, process => Assert.True(IsAlive(process)));

            hub.Kill();

            await Eventually.HoldsAsync(() => !left.Any(IsAlive));
        }
        finally
        {
            Stop(hub);
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_with_2_and_a_hint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var file = Path.Combine(_folder, "mcp.json");
        await File.WriteAllTextAsync(file, """{ "mcpServers": {} }""");
        var (exitCode, output, error) = await HubProcess.RunAsync("run", "--config", file, "--urls", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("HUB1019", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_HOCON_value_of_the_wrong_kind_ends_with_2()
    {
        var (file, hocon) = (Path.Combine(_folder, "mcp.json"), Path.Combine(_folder, "hub.conf"));
        await File.WriteAllTextAsync(file, """{ "mcpServers": {} }""");
        await File.WriteAllTextAsync(hocon, "hub.session.outbound-buffer = many");
        var (exitCode, _, error) = await HubProcess.RunAsync("run", "--config", file, "--urls", "http://127.0.0.1:0", "--hocon", hocon);
        Assert.Equal(2, exitCode);
        Assert.Contains("HUB1017", error, StringComparison.Ordinal);
    }

    private async Task ReadyAsync(Uri hub, string server)
    {
        using var client = new HttpClient();
        while (true)
        {
            using var answer = await client.GetAsync(new Uri(hub, "/health?verbose"), _limit.Token);
            var health = await answer.Content.ReadFromJsonAsync<JsonElement>(_limit.Token);
            if (health.GetProperty("servers").EnumerateArray().Any(entry => entry.GetProperty("name").GetString() == server && entry.GetProperty("state").GetString() == "ready"))
            {
                return;
            }

            await Task.Delay(50, _limit.Token);
        }
    }

    private static List<int> ChildrenOf(int parent) => [.. Directory.GetDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
        .Where(id => id > 0 && StatOf(id) is { } stat && stat.Parent == parent)];

    private static bool IsAlive(int id) => StatOf(id) is { State: not 'Z' };

    /// <summary>proc(5): "pid (comm) state ppid …", and comm may hold anything.</summary>
    private static (char State, int Parent)? StatOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);
}
