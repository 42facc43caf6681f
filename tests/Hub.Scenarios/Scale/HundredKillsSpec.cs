using System.Collections.Concurrent;
using McpHub.Actors;
using McpHub.Actors.Servers;
using McpHub.Host;
using McpHub.Scenarios.Resilience;
using McpHub.TestSupport;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Scale;

/// <summary>
/// Servers that are killed over and over under load. Five failures in 60 s open the breaker, which then lets one try through per <see cref="ServerDefinition.RestartMax"/>;
/// here that is 50 ms, and the kills go round over four servers, so that both the back-off and the open breaker are in it.
/// </summary>
public sealed class HundredKillsSpec(ITestOutputHelper output)
{
    private const int Callers = 16;

    /// <summary>Kills before anything is measured: thread pool, buffers and code are then as large as they get.</summary>
    private const int WarmUp = 40;

    private const int MayGrowBy = 5;

    /// <summary>What 100 kills may leave on the managed heap: a leak of one session, stream or child would be tens of KiB a kill.</summary>
    private const long MayGrowByBytes = 1024 * 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, int> _outcomes = new();

    [Fact(DisplayName = "100 kill -9 of a child under load: every call ends once, no orphan, no zombie, descriptors and threads within 5, heap flat")]
    public async Task Killed_children_leave_nothing()
    {
        var kills = Rounds.Of(100);
        var mark = Guid.NewGuid().ToString("N");
        var peers = new ShellPeer(mark);
        var hub = await HubUnderTest.StartAsync(new HubHostOptions
        {
            Servers =
            [
                .. new[] { peers.Healthy("a"), peers.Healthy("b"), peers.WithGrandchild("c"), peers.Marked(HubUnderTest.Peer("d"), TestPeer.Server("mcp", "--prefix", "who", "--tools", "1")) }
                    .Select(server => server with { Era = Era.Legacy, RestartMin = TimeSpan.FromMilliseconds(20), RestartMax = TimeSpan.FromMilliseconds(50) }),
            ],
            Runtime = new HubRuntimeOptions { Naming = NamingRule.Always },
        });
        await using (hub)
        {
            await KillUnderLoadAsync(hub, WarmUp);
            var processes = Processes.Marked(mark).Count;
            var before = await UsageAsync();
            _outcomes.Clear();

            await KillUnderLoadAsync(hub, kills);

            // Before any collection: a handle that only its finaliser closes is a leak.
            var descriptors = Signals.OpenDescriptors();
            Assert.True(descriptors <= before.Descriptors + MayGrowBy, $"descriptors: {before} -> {descriptors}");
            await HubUnderTest.EventuallyAsync(() => Processes.Marked(mark).Count <= processes ? "" : null, $"more than {processes} processes are left");
            Assert.Empty(Processes.Zombies());
            var after = await UsageAsync(before);
            output.WriteLine($"before {before}, after {after}; {string.Join(", ", _outcomes.Select(outcome => $"{outcome.Value} x {outcome.Key}"))}");
            Assert.True(after.Descriptors <= before.Descriptors + MayGrowBy, $"descriptors: {before} -> {after}");
            Assert.True(after.Threads <= before.Threads + MayGrowBy, $"threads: {before} -> {after}");
            Assert.True(after.Heap <= before.Heap + (MayGrowByBytes * kills / 100), $"heap: {before} -> {after}");

            // Answered; 2001 was not sent, the server being down; 2007 was under way when it was killed.
            Assert.Empty(_outcomes.Keys.Except(["answered", "2001", "2007"]));
            Assert.True(_outcomes["answered"] > kills, "the load was no load");
            Assert.True(_outcomes.ContainsKey("2007"), "no kill hit a call");
            Assert.All(hub.Runtime.Table.Servers, server => Assert.Equal(0, server.Session.InFlight));
        }

        Assert.Empty(Processes.Marked(mark));
        Assert.Empty(Processes.Zombies());
    }

    private async Task KillUnderLoadAsync(HubUnderTest hub, int kills)
    {
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync(hub, number, done.Token))).ToArray();
        for (var kill = 0; kill < kills; kill++)
        {
            var server = hub.Runtime.Table.Servers[kill % 4].Definition.Id;
            var victim = (await hub.ExpectAsync(server, ServerPhase.Ready)).ProcessId!.Value;
            Signals.Kill(victim);

            // Not the next kill, but one of the next four meets this server again: it must be back by then.
            await HubUnderTest.EventuallyAsync(() => hub.Runtime.Table.Servers[kill % 4].State.ProcessId != victim ? "" : null, $"the end of {victim} was not noticed");
        }

        for (var server = 0; server < 4; server++)
        {
            await hub.ExpectAsync(hub.Runtime.Table.Servers[server].Definition.Id, ServerPhase.Ready);
        }

        await done.CancelAsync();
        await Task.WhenAll(load).WaitAsync(_patience);
    }

    private async Task CallAsync(HubUnderTest hub, int number, CancellationToken done)
    {
        var tools = new[] { "a__who", "b__who", "c__who", "d__who0" };
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!done.IsCancellationRequested)
        {
            var answer = await HubUnderTest.AnswerAsync(hub.Call(tools[number++ % tools.Length]));
            _outcomes.AddOrUpdate(answer.IsError ? $"{answer.ErrorCode}" : "answered", 1, (_, count) => count + 1);
            if (answer.IsError)
            {
                // A server that is down refuses at once; without a pause that would be all that the two cores do.
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>What is in use, once it has come down to <paramref name="limit"/> (or not, in time): threads of the pool end after 20 idle seconds, finalisers run when they run.</summary>
    private static async Task<Usage> UsageAsync(Usage? limit = null)
    {
        using var overdue = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var usage = new Usage(Signals.OpenDescriptors(), Processes.Threads(), GC.GetTotalMemory(forceFullCollection: true));
            if (limit is null || overdue.IsCancellationRequested || (usage.Descriptors <= limit.Descriptors + MayGrowBy && usage.Threads <= limit.Threads + MayGrowBy && usage.Heap <= limit.Heap + MayGrowByBytes))
            {
                return usage;
            }

            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private sealed record Usage(int Descriptors, int Threads, long Heap);
}
