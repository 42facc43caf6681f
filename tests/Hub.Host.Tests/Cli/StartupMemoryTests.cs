using McpHub.Host.Cli;
using Microsoft.Extensions.Time.Testing;

namespace McpHub.Host.Tests.Cli;

public sealed class StartupMemoryTests
{
    [Fact(DisplayName = "What only the start needed is given back: the whole heap is collected some seconds after it")]
    public void What_only_the_start_needed_is_given_back()
    {
        var time = new FakeTimeProvider();
        using var startup = new StartupMemory(time);
        var garbage = MakeGarbage();

        time.Advance(TimeSpan.FromSeconds(3));

        Assert.False(garbage.IsAlive);
    }

    // Old enough that only a collection of the whole heap takes it.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference MakeGarbage()
    {
        var garbage = new byte[100_000];
        return new WeakReference(garbage);
    }
}
