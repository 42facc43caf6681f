using System.Diagnostics;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;
using McpHub.Transports.Stdio;

namespace McpHub.Transports.Tests.Stdio;

[Collection("processes")]
public class StdioEndTests(StreamsFixture streams) : IDisposable
{
    private readonly string _log = Path.Combine(Path.GetTempPath(), $"hub-{Guid.NewGuid():N}");

    /// <summary>Whether the test is at the stages that speak with a session themselves.</summary>
    protected virtual bool Direct => false;

    public void Dispose()
    {
        File.Delete(_log);
        GC.SuppressFinalize(this);
    }

    [Fact(DisplayName = "C-006 a server that exits before it answers: the connection ends within 1 s of that, with exit code and stderr tail")]
    public async Task Exit_is_reported()
    {
        await using var peer = Open(TestPeer.Server("exit", "7", "12"));
        var id = await peer.ProcessIdAsync();
        await Proc.EventuallyAsync(() => !Proc.Runs(id), "the server ended");
        var watch = Stopwatch.StartNew();
        Assert.Empty(await peer.RestAsync());
        var closed = await peer.ClosedAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1) * 3, $"took {watch.Elapsed}");
        Assert.Equal(HubErrors.ServerExited, closed.Error?.Definition);
        Assert.Contains("(exit code 7)", closed.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(7, closed.ExitCode);
        Assert.Equal(Enumerable.Range(3, 10).Select(i => $"line {i}"), closed.StderrTail);
        Assert.Equal(closed.StderrTail, closed.Error.Details);
    }

    [Fact(DisplayName = "C-006 a server that dies in the middle of an answer: what it wrote of it is shown, then the end")]
    public async Task Half_an_answer_is_shown()
    {
        await using var peer = Open(TestPeer.Server("exit-after-line", "3", "{\"id\":1,\"res"));
        await peer.SendAsync("{\"id\":1}");
        var rejected = await peer.NextRejectedAsync();
        Assert.Equal(HubErrors.UnfinishedLine, rejected.Error.Definition);
        Assert.Equal("{\"id\":1,\"res", rejected.Excerpt);
        var closed = await peer.ClosedAsync();
        Assert.Equal((3, "boom"), (closed.ExitCode, Assert.Single(closed.StderrTail)));
    }

    [Fact(DisplayName = "C-006 an owner that closes as soon as the output ends still learns that it was a crash")]
    public async Task Closing_at_the_end_of_output_hides_no_crash()
    {
        await using var peer = Open(new("sh", "-c", "exec >&-; sleep 0.3; exit 7"));
        Assert.Empty(await peer.RestAsync());
        await peer.DisposeAsync();
        var closed = await peer.ClosedAsync();
        Assert.Equal((HubErrors.ServerExited, 7), (closed.Error?.Definition, closed.ExitCode));
    }

    [Fact(DisplayName = "C-006 an owner that ends its side as soon as the output ends still learns that it was a crash")]
    public async Task Ending_the_input_after_the_output_hides_no_crash()
    {
        await using var peer = Open(new("sh", "-c", "exec >&-; echo boom >&2; cat >/dev/null; exit 7"));
        Assert.Empty(await peer.RestAsync());
        peer.CompleteOutbound();
        var closed = await peer.ClosedAsync();
        Assert.Equal((HubErrors.ServerExited, 7, "boom"), (closed.Error?.Definition, closed.ExitCode, Assert.Single(closed.Error!.Details)));
    }

    [Fact(DisplayName = "A server killed by a signal has exit code 128 + signal")]
    public async Task Signal_is_reported()
    {
        await using var peer = Open(new("sh", "-c", "kill -9 $$"));
        var closed = await peer.ClosedAsync();
        Assert.Equal(137, closed.ExitCode);
        Assert.Contains("(signal 9)", closed.Error!.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "What a server wrote before it exited arrives, however slowly it is taken")]
    public async Task Last_words_arrive()
    {
        await using var peer = Open(new("sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo '{\"n\":'$i'}'; i=$((i+1)); done; exit 1"));
        var id = await peer.ProcessIdAsync();
        await Proc.EventuallyAsync(() => !Proc.Runs(id), "the server ended");
        var rest = await peer.RestAsync();
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"{{\"n\":{i}}}"), rest.Select(one => StdioPeer.Text(Assert.IsType<InboundEvent.Frame>(one))));
    }

    [Fact(DisplayName = "C-007 W-25 1-13 a server that exits on EOF is sent no signal, and disposal takes under 1 s")]
    public async Task Polite_end()
    {
        var peer = Open(TestPeer.Server("log-signals", _log));
        await peer.NextFrameAsync();
        var watch = Stopwatch.StartNew();
        await peer.DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1) * 2, $"took {watch.Elapsed}"); // 2 s is where the first signal would come.
        var closed = await peer.ClosedAsync();
        Assert.Equal((null, 0), (closed.Error, closed.ExitCode));
        Assert.Equal(["EOF"], await File.ReadAllLinesAsync(_log));
        Assert.Equal(0, ChildProcess.Alive);
    }

    [Fact(DisplayName = "C-008 a server that ignores EOF and SIGTERM: SIGTERM once after 2 s, SIGKILL after 2 more, reaped; 1-12 every dispose runs the one sequence")]
    public async Task Forced_end()
    {
        var peer = Open(TestPeer.Server("ignore-eof-and-sigterm", _log));
        await peer.NextFrameAsync();
        var id = await peer.ProcessIdAsync();
        var watch = Stopwatch.StartNew();
        var first = peer.DisposeAsync().AsTask();
        var second = peer.Transport.DisposeAsync().AsTask();
        Assert.False(first.IsCompleted);
        await Task.WhenAll(first, second);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(3.9), TimeSpan.FromSeconds(10));
        var closed = await peer.ClosedAsync();
        Assert.Equal((null, 137), (closed.Error, closed.ExitCode));
        Assert.Equal(["EOF", "SIGTERM"], await File.ReadAllLinesAsync(_log));
        Assert.False(Directory.Exists($"/proc/{id}"), "the process was not reaped");
        Assert.Equal(0, ChildProcess.Alive);
    }

    [Fact(DisplayName = "1-10 a server that ends on SIGTERM is not killed")]
    public async Task Terminated_end()
    {
        var peer = Open(new("sh", "-c", "trap 'exit 5' TERM; echo '{}'; while :; do sleep 0.1; done"));
        await peer.NextFrameAsync();
        await peer.DisposeAsync();
        Assert.Equal(5, (await peer.ClosedAsync()).ExitCode);
    }

    [Fact(DisplayName = "C-021 1-10 a server that is blocked on its full output when it is closed is read on, so that it ends by itself")]
    public async Task Drained_while_closing()
    {
        // Nobody takes what it says, and it says more than pipe and buffers hold.
        var peer = Open(new("sh", "-c", $"yes '{{\"n\":1}}' | head -c 8000000; echo done >{_log}; exit 4"));
        await peer.NextFrameAsync();
        Assert.False(File.Exists(_log));
        await peer.DisposeAsync();
        Assert.Equal(4, (await peer.ClosedAsync()).ExitCode);
    }

    [Fact(DisplayName = "C-018 1-10 what was sent right before disposal is written")]
    public async Task Flushed()
    {
        for (var i = 0; i < 20; i++)
        {
            var peer = Open(new("sh", "-c", $"cat >{_log}"));
            await peer.ProcessIdAsync();
            for (var n = 0; n < 50; n++)
            {
                Assert.True(peer.TrySend(StdioPeer.Message($"{{\"n\":{n}}}")));
            }

            if (i % 2 == 0)
            {
                peer.CompleteOutbound();
            }

            await peer.Transport.DisposeAsync();
            Assert.Equal(50, (await File.ReadAllLinesAsync(_log)).Length);
        }
    }

    [Fact(DisplayName = "C-009 1-10 1-11 a wrapper that exits at the end of its input: the server it started, which holds the pipe, does not delay the end and is gone after it")]
    public async Task Grandchild_holding_the_pipe()
    {
        var peer = Open(new("sh", "-c", "sleep 300 & echo '{\"grandchild\":'$!'}'; read x; exit 0"));
        var grandchild = Grandchild(await peer.NextFrameAsync());
        Assert.True(Proc.Runs(grandchild));
        var watch = Stopwatch.StartNew();
        await peer.DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1) * 2, $"took {watch.Elapsed}");
        Assert.Equal(0, (await peer.ClosedAsync()).ExitCode);
        await Proc.EventuallyAsync(() => !Proc.Runs(grandchild), "the grandchild is gone");
    }

    [Fact(DisplayName = "1-11 the leader killed by SIGKILL: its living grandchild is removed")]
    public async Task Grandchild_of_a_killed_leader()
    {
        var peer = Open(new("sh", "-c", "sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & echo '{\"grandchild\":'$!'}'; wait"));
        var grandchild = Grandchild(await peer.NextFrameAsync());
        Assert.True(Proc.Runs(grandchild));
        using (var leader = Process.GetProcessById(await peer.ProcessIdAsync()))
        {
            leader.Kill();
        }

        Assert.Equal(137, (await peer.ClosedAsync()).ExitCode);
        await peer.DisposeAsync();
        await Proc.EventuallyAsync(() => !Proc.Runs(grandchild), "the grandchild is gone");
    }

    [Fact(DisplayName = "1-10 a descendant in a session of its own that holds the pipe does not keep the connection open")]
    public async Task Descendant_outside_the_group()
    {
        await using var peer = Open(new("sh", "-c", "setsid sleep 30 & echo '{\"grandchild\":'$!'}'; sleep 0.2; exit 9"));
        var outside = Grandchild(await peer.NextFrameAsync());
        Assert.Empty(await peer.RestAsync());
        Assert.Equal(9, (await peer.ClosedAsync()).ExitCode);
        if (Proc.Runs(outside))
        {
            Process.GetProcessById(outside).Kill();
        }
    }

    [Fact(DisplayName = "1-14 writing to a server that closed its input: the connection is lost now, and the error says so")]
    public async Task Broken_input()
    {
        await using var peer = Open(new("sh", "-c", "exec <&-; echo '{}'; sleep 300"));
        await peer.NextFrameAsync();
        var watch = Stopwatch.StartNew();
        await peer.SendAsync("{\"id\":1}");
        Assert.Empty(await peer.RestAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"the reading side ended after {watch.Elapsed}");
        var closed = await peer.ClosedAsync();
        Assert.Equal(HubErrors.ConnectionLost, closed.Error?.Definition);
        Assert.Contains("standard input", closed.Error!.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "1-14 writing to a dead server: the error is its exit")]
    public async Task Write_to_the_dead()
    {
        await using var peer = Open(new("sh", "-c", "exec <&-; echo '{}'; sleep 0.3; exit 6"));
        await peer.NextFrameAsync();
        await peer.SendAsync("{\"id\":1}");
        var closed = await peer.ClosedAsync();
        Assert.Equal((HubErrors.ServerExited, 6), (closed.Error!.Definition, closed.ExitCode));
    }

    [Fact(DisplayName = "A server that closes its output and lives on: the connection is lost")]
    public async Task Broken_output()
    {
        await using var peer = Open(new("sh", "-c", "echo '{}'; exec >&-; sleep 300"));
        await peer.NextFrameAsync();
        Assert.Empty(await peer.RestAsync());
        var closed = await peer.ClosedAsync();
        Assert.Equal(HubErrors.ConnectionLost, closed.Error?.Definition);
        Assert.Contains("closed its standard output", closed.Error!.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "C-016 1-9 a server that floods standard error is not blocked by it")]
    public async Task Stderr_is_drained()
    {
        await using var peer = Open(new("sh", "-c", "while read call; do head -c 5000000 /dev/zero | tr '\\0' 'e' >&2; echo >&2; echo last >&2; echo \"$call\"; done; exit 1"));
        for (var call = 0; call < 10; call++)
        {
            await peer.SendAsync($"{{\"n\":{call}}}");
            Assert.Equal($"{{\"n\":{call}}}", await peer.NextFrameAsync());
        }

        peer.CompleteOutbound();
        Assert.Equal("last", (await peer.ClosedAsync()).StderrTail[^1]);
    }

    [Fact(DisplayName = "When the graph that reads is torn down, the process goes too")]
    public async Task Graph_torn_down()
    {
        var system = ActorSystem.Create("torn");
        var peer = new StdioPeer(TestPeer.Server("log-signals", _log), system.Materializer(), direct: Direct);
        await peer.NextFrameAsync();
        await system.Terminate();
        Assert.Equal(0, (await peer.ClosedAsync()).ExitCode);
    }

    [Fact(DisplayName = "When nobody reads any more, the process is stopped")]
    public async Task Inbound_cancelled()
    {
        var transport = new StdioTransport(TestPeer.Server("log-signals", _log));
        await transport.Inbound.RunWith(Sink.First<FrameBatch>(), streams.Materializer).WaitAsync(StdioPeer.Soon);
        var closed = await transport.Closed.WaitAsync(StdioPeer.Soon);
        Assert.Equal((null, 0), (closed.Error, closed.ExitCode));
    }

    [Fact(DisplayName = "C-012 1,000 connections opened and closed leave no descriptor and no process; every exit code arrives")]
    public async Task Nothing_is_left()
    {
        async Task CycleAsync(int code)
        {
            await using var peer = Open(new("sh", "-c", $"read line; echo \"$line\"; read end; exit {code}"));
            await peer.SendAsync("{\"n\":1}");
            Assert.Equal("{\"n\":1}", await peer.NextFrameAsync());
            await peer.DisposeAsync();
            var closed = await peer.ClosedAsync();
            Assert.Equal((null, code), (closed.Error, closed.ExitCode));
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(CycleAsync)); // Warm: event loops and thread pool have what they need.
        var before = Proc.OpenDescriptors();
        for (var round = 0; round < 50; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(n => CycleAsync(((round * 20) + n) % 200)));
        }

        Assert.Equal(0, ChildProcess.Alive);
        await Proc.EventuallyAsync(() => Proc.OpenDescriptors() <= before + 3, $"no more than {before} descriptors"); // Not "==": sockets of the test runner come and go.
        Assert.Equal([$"{OrphanWatch.ProcessId}"], Children());
    }

    private static IEnumerable<string> Children() => Directory.GetDirectories($"/proc/{Environment.ProcessId}/task")
        .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static int Grandchild(string frame)
    {
        using var json = System.Text.Json.JsonDocument.Parse(frame);
        return json.RootElement.GetProperty("grandchild").GetInt32();
    }

    private StdioPeer Open(StdioServerParameters server) => new(server, streams.Materializer, direct: Direct);
}
