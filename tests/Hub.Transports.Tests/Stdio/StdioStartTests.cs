using System.Globalization;
using System.Text.Json;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;
using McpHub.Transports.Stdio;

namespace McpHub.Transports.Tests.Stdio;

[Collection("processes")]
public class StdioStartTests(StreamsFixture streams)
{
    [Fact(DisplayName = "C-005 W-10 a missing executable: the error names errno, command, cwd and PATH, and no descriptor is left")]
    public async Task Missing_executable()
    {
        await FailsToStartAsync(new("no-such-command-anywhere", "x") { Name = "broken" }); // The first one may open what stays open.
        var before = Proc.OpenDescriptors();
        for (var i = 0; i < 20; i++)
        {
            var error = await FailsToStartAsync(new("no-such-command-anywhere", "x") { Name = "broken", Cwd = "/tmp" });
            Assert.Equal(HubErrors.SpawnFailed, error.Error.Definition);
            Assert.Equal("broken", error.ServerId);
            Assert.Contains("\"no-such-command-anywhere\" in \"/tmp\"", error.Message, StringComparison.Ordinal);
            Assert.Contains("No such file or directory (errno 2)", error.Message, StringComparison.Ordinal);
            Assert.Contains($"PATH used: {Environment.GetEnvironmentVariable("PATH")}", error.Message, StringComparison.Ordinal);
            Assert.Equal("Server \"broken\" cannot be started", error.Error.ToModel);
        }

        Assert.InRange(Proc.OpenDescriptors(), 0, before + 2);
        Assert.Equal(0, ChildProcess.Alive);
    }

    [Theory(DisplayName = "1-20 what cannot be started says why")]
    [InlineData("/no/such/file", null, "errno 2")]
    [InlineData("/etc/passwd", null, "errno 13")]
    [InlineData("sh", "/no/such/folder", "the working directory does not exist")]
    [InlineData("sh\0x", null, "NUL")]
    public async Task Start_failures(string command, string? cwd, string expected)
    {
        var error = await FailsToStartAsync(new(command) { Cwd = cwd });
        Assert.Equal(HubErrors.SpawnFailed, error.Error.Definition);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "C-014 W-10 1-5 the environment is the allow-list plus what is configured; functions are skipped")]
    public async Task Environment_is_the_allow_list()
    {
        Environment.SetEnvironmentVariable("HUB_TEST_SECRET", "s3cr3t");
        Environment.SetEnvironmentVariable("LANG", "() { :; }");
        try
        {
            await using var peer = Open(new("env") { Env = new Dictionary<string, string?> { ["API_KEY"] = "k=1", ["TERM"] = "dumb", ["USER"] = null } });
            var lines = new List<string>();
            foreach (var one in await peer.RestAsync())
            {
                lines.Add(Assert.IsType<InboundEvent.Rejected>(one).Excerpt);
            }

            var names = lines.Select(line => line.Split('=')[0]).ToHashSet();
            Assert.Contains("API_KEY=k=1", lines);
            Assert.Contains("TERM=dumb", lines);
            Assert.Contains("PATH", names);
            Assert.Subset(new HashSet<string> { "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "TZ", "TMPDIR", "API_KEY" }, names);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HUB_TEST_SECRET", null);
            Environment.SetEnvironmentVariable("LANG", null);
        }
    }

    [Theory(DisplayName = "PC-03 inheritEnv: all gives the hub's environment, none gives nothing but what is configured")]
    [InlineData(InheritEnvironment.All, "A=1 PATH=/p SECRET=s")]
    [InlineData(InheritEnvironment.AllowList, "A=1 PATH=/p")]
    [InlineData(InheritEnvironment.None, "A=1")]
    public void Inheritance(InheritEnvironment inherit, string expected)
    {
        var hub = new System.Collections.Hashtable { ["PATH"] = "/p", ["SECRET"] = "s", ["FUNCTION"] = "() { echo; }", ["HOME"] = "/root" };
        var server = new StdioServerParameters("x") { InheritEnv = inherit, Env = new Dictionary<string, string?> { ["A"] = "1", ["HOME"] = null } };
        Assert.Equal(expected, string.Join(' ', ChildEnvironment.Of(server, hub).OrderBy(entry => entry.Key).Select(entry => $"{entry.Key}={entry.Value}")));
    }

    [Fact(DisplayName = "C-017 arguments with spaces, quotes, unicode and $(x) arrive exactly; no shell is involved")]
    public async Task Arguments_arrive_exactly()
    {
        string[] arguments = ["a b", "\"quoted\"", "it's", "$(touch /tmp/x)", "`id`", "ünï\ud83d\ude00", "", "*", "a\nb", "\\", "--x=1;2|3"];
        await using var peer = Open(new StdioServerParameters(["dotnet", TestPeer.Path, "dump-args", .. arguments]));
        using var json = JsonDocument.Parse(await peer.NextFrameAsync());
        Assert.Equal(arguments, json.RootElement.GetProperty("args").EnumerateArray().Select(item => item.GetString()!));
    }

    [Fact(DisplayName = "1-7 the child has descriptors 0, 1, 2 and no other, and leads a session and a group of its own")]
    public async Task Descriptors_and_group()
    {
        // Without close-on-exec, as a library in the hub's process might open it.
        var leak = Leak.OpenInheritable();
        await using var peer = Open(new("cat"));
        var id = await peer.ProcessIdAsync();
        await peer.SendAsync("{}");
        await peer.NextFrameAsync();
        Assert.Equal(["0", "1", "2"], Directory.GetFileSystemEntries($"/proc/{id}/fd").Select(Path.GetFileName).Order());
        Assert.Equal((id, id), Proc.GroupOf(id));
        Leak.Close(leak);
    }

    [Fact(DisplayName = "1-7 signals are at their defaults in the child, though the hub ignores SIGPIPE")]
    public async Task Signals_are_at_their_defaults()
    {
        await using var peer = Open(new("cat"));
        await peer.SendAsync("{}");
        await peer.NextFrameAsync();
        var process = await peer.ProcessIdAsync();
        // 1 to 31: the two after them belong to the C library, which lets nobody set them.
        Assert.Equal((0UL, 0UL), (Mask("SigIgn"), Mask("SigBlk")));

        ulong Mask(string name) => 0x7fffffff & ulong.Parse(
            File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    [Fact(DisplayName = "PC-04 the working directory is the configured one, and a command with a slash is relative to it")]
    public async Task Working_directory()
    {
        var folder = Directory.CreateTempSubdirectory("hub-cwd-").FullName;
        var script = Path.Combine(folder, "server.sh");
        await File.WriteAllTextAsync(script, "#!/bin/sh\nprintf '{\"cwd\":\"%s\"}\\n' \"$(pwd)\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var peer = Open(new("./server.sh") { Cwd = folder });
        Assert.Equal($"{{\"cwd\":\"{folder}\"}}", await peer.NextFrameAsync());
        Directory.Delete(folder, recursive: true);
    }

    [Fact(DisplayName = "A second materialisation of either side fails with InvalidOperationException and does not disturb the first")]
    public async Task One_transport_is_one_connection()
    {
        await using var peer = Open(TestPeer.Server("echo"));
        await peer.ProcessIdAsync();
        var inbound = await Assert.ThrowsAsync<InvalidOperationException>(() => peer.Transport.Inbound.RunWith(Sink.Ignore<FrameBatch>(), streams.Materializer));
        Assert.Equal("HUB2115", Assert.IsAssignableFrom<HubException>(inbound.InnerException).Code);
        var outbound = Source.Maybe<OutboundFrame>().WatchTermination(Keep.Right).To(peer.Transport.Outbound).Run(streams.Materializer);
        await outbound.ContinueWith(_ => { }).WaitAsync(StdioPeer.Soon);
        await peer.SendAsync("{\"n\":1}");
        Assert.Equal("{\"n\":1}", await peer.NextFrameAsync());
    }

    [Fact(DisplayName = "A transport that was never started is closed at once, and cannot be started after that")]
    public async Task Never_started()
    {
        var transport = new StdioTransport(TestPeer.Server("echo"));
        await transport.DisposeAsync();
        Assert.Null((await transport.Closed.WaitAsync(StdioPeer.Soon)).Error);
        await Assert.ThrowsAsync<InvalidOperationException>(() => transport.Inbound.RunWith(Sink.Ignore<FrameBatch>(), streams.Materializer));
        Assert.Equal(0, ChildProcess.Alive);
    }

    private async Task<HubException> FailsToStartAsync(StdioServerParameters server)
    {
        var transport = new StdioTransport(server);
        var error = await Assert.ThrowsAnyAsync<HubException>(() => transport.Inbound.RunWith(Sink.Ignore<FrameBatch>(), streams.Materializer).WaitAsync(StdioPeer.Soon));
        Assert.Equal(error.Code, (await transport.Closed.WaitAsync(StdioPeer.Soon)).Error?.Definition.Code);
        await transport.DisposeAsync();
        return error;
    }

    private StdioPeer Open(StdioServerParameters server) => new(server, streams.Materializer);
}
