using System.Diagnostics;
using McpHub.Actors.Servers;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub.Host.Demo;

/// <summary>What the drill saw.</summary>
/// <param name="KilledPid">The child that was killed.</param>
/// <param name="NewPid">The one that came back.</param>
/// <param name="Away">From the kill to the first answered call.</param>
/// <param name="OtherCalls">Calls to the two other servers while it was away; all were answered.</param>
/// <param name="RunningCall">How the call ended that was running on the child.</param>
internal sealed record DrillReport(int KilledPid, int NewPid, TimeSpan Away, int OtherCalls, string RunningCall);

/// <summary>Kills the stdio child with SIGKILL while a call runs on it, and watches from a client's side what happens.</summary>
internal static class KillDrill
{
    private static readonly TimeSpan BackLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RunningLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    public static async Task<DrillReport> RunAsync(DemoHub hub, ClientSession client, CancellationToken ct)
    {
        var pid = hub.Server(DemoHub.Notes).State.ProcessId ?? throw new DemoFailure("the hub does not say which process the notes server is");
        var connectedSince = (hub.Server(DemoHub.Clock).State.Since, hub.Server(DemoHub.Orders).State.Since);

        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = OutcomeAsync(client.CallToolAsync(
            "import_notes",
            new JObject { ["count"] = 100, ["delayMs"] = 100 },
            new CallOptions { Progress = new FirstReport(running) },
            ct));
        await Task.WhenAny(running.Task, call).WaitAsync(RunningLimit, ct);

        var away = Stopwatch.StartNew();
        using (var child = Process.GetProcessById(pid))
        {
            child.Kill();
        }

        var others = 0;
        using var pace = new PeriodicTimer(Pace);
        while (!IsBack(hub, pid))
        {
            if (away.Elapsed > BackLimit)
            {
                throw new DemoFailure($"notes did not come back within {BackLimit.TotalSeconds:0} s: it is {hub.Server(DemoHub.Notes).State.Word}");
            }

            await client.CallToolAsync("current_time", ct: ct);
            await client.CallToolAsync("get_order", new JObject { ["id"] = 7 }, ct: ct);
            others += 2;
            await pace.WaitForNextTickAsync(ct);
        }

        await client.CallToolAsync("list_notes", ct: ct);
        away.Stop();
        if (connectedSince != (hub.Server(DemoHub.Clock).State.Since, hub.Server(DemoHub.Orders).State.Since))
        {
            throw new DemoFailure("another server was disturbed: it changed its state meanwhile");
        }

        return new DrillReport(pid, hub.Server(DemoHub.Notes).State.ProcessId!.Value, away.Elapsed, others, await call.WaitAsync(RunningLimit, ct));
    }

    private static bool IsBack(DemoHub hub, int killed)
        => hub.Server(DemoHub.Notes).State is { Phase: ServerPhase.Ready, ProcessId: { } pid } && pid != killed;

    /// <summary>A server that was killed during a call may have done the work or not: any answer but that would be a guess.</summary>
    private static async Task<string> OutcomeAsync(Task<CallToolResult> call)
    {
        try
        {
            await call;
            throw new DemoFailure("the call that ran on the killed server got a result");
        }
        catch (PeerException e) when (e.PeerCode == RpcErrorCodes.OutcomeUnknown)
        {
            return $"{e.PeerCode}, {e.PeerMessage}";
        }
    }

    private sealed class FirstReport(TaskCompletionSource reported) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => reported.TrySetResult();
    }
}
