using System.Diagnostics;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Implementation;
using McpHub.TestSupport;
using McpHub.Transports.Tests.Stdio;

namespace McpHub.Transports.Tests.Contract;

/// <content>Nothing is left of a connection.</content>
public abstract partial class TransportContract
{
    // What stays open after the first ones stays open anyway: pools, event loops, the timers of the runtime.
    private const int Warm = 30;

    /// <summary>How often a connection is opened and closed.</summary>
    protected virtual int Cycles => 1000;

    [Fact]
    public async Task Opening_and_closing_a_thousand_times_leaves_nothing()
    {
        for (var i = 0; i < Warm; i++)
        {
            await CycleAsync();
            await Disconnect();
        }

        var (descriptors, threads, stages) = (Proc.OpenDescriptors(), Threads(), await StagesAsync());
        List<WeakReference> transports = [];
        for (var i = 0; i < Cycles; i++)
        {
            await CycleAsync();
            transports.Add(new WeakReference(Transport));
            await Disconnect();
        }

        await Eventually.HoldsAsync(() => Proc.OpenDescriptors() <= descriptors + 20, Patience);
        await Eventually.HoldsAsync(() => Threads() <= threads + 40, Patience);
        var left = 0;
        for (var watch = Stopwatch.StartNew(); (left = await StagesAsync()) > stages + 5 && watch.Elapsed < Patience;)
        {
            await Task.Delay(10);
        }

        Assert.InRange(left, 0, stages + 5);

        // A task that never ends, a timer or a callback that was not taken back would hold the connection to which it belongs.
        await Eventually.HoldsAsync(() =>
        {
            GC.Collect();
            return transports.Count(transport => transport.IsAlive) <= 5;
        }, Patience);
    }

    /// <summary>One connection, from before its opening to after its end.</summary>
    protected virtual async Task CycleAsync()
    {
        Connect(await CreateAsync());
        await using var peer = await AcceptAsync();
        await Say(Message("{\"n\":1}"));
        await peer.HearAsync().WaitAsync(Patience);
        EndOutbound();    // an owner who does not is waited for
        await CloseBoth(peer);
    }

    private static int Threads()
    {
        using var self = Process.GetCurrentProcess();
        return self.Threads.Count;
    }

    private async Task<int> StagesAsync() =>
        (await ((ActorMaterializer)Sys.Materializer()).Supervisor.Ask<StreamSupervisor.Children>(StreamSupervisor.GetChildren.Instance, Patience)).Refs.Count;
}
