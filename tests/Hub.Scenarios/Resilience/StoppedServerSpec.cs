using McpHub.Actors;
using McpHub.Actors.Servers;

namespace McpHub.Scenarios.Resilience;

public sealed class StoppedServerSpec
{
    private const int Busy2003 = 2003;

    [Fact(DisplayName = "C-015 a server stopped by SIGSTOP: of 500 calls all that its pipe did not take end as busy after 5 s, another server is undisturbed, and after SIGCONT service resumes")]
    public async Task A_stopped_server_takes_nothing()
    {
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Peer("stopped"), HubUnderTest.Peer("other"));
        var process = (await hub.ExpectAsync("stopped", ServerPhase.Ready)).ProcessId!.Value;
        var session = hub.Runtime.Table.Servers.Single(server => server.Definition.Id == "stopped").Session;
        var large = $$"""{"text":"{{new string('x', 16 * 1024)}}"}""";
        Signals.Stop(process);
        RelayedCall[] calls;
        try
        {
            calls = [.. Enumerable.Range(0, 500).Select(_ => hub.Call("stopped__echo", large))];

            // What is in the pipe can't be taken back: it waits for its answer. A pipe holds 64 KiB, and as much may be in the write that it blocks.
            await HubUnderTest.EventuallyAsync(() => session.InFlight <= 2 * 64 / 16 ? "" : null, "the calls that the server did not take did not end");
            Assert.NotEqual("", await hub.TextAsync("other__echo"));
        }
        finally
        {
            Signals.Continue(process);
        }

        var answers = await Task.WhenAll(calls.Select(call => HubUnderTest.AnswerAsync(call)));
        Assert.All(answers.Where(answer => answer.IsError), answer => Assert.Equal(Busy2003, answer.ErrorCode));
        Assert.InRange(answers.Count(answer => !answer.IsError), 1, 2 * 64 / 16);
        Assert.NotEqual("", await hub.TextAsync("stopped__echo", large));
    }
}
