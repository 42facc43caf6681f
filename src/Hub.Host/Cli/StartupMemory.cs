using System.Runtime.InteropServices;

namespace McpHub.Host.Cli;

/// <summary>
/// Gives back what only the start needed. A start compiles and reads far more than serving does, and by themselves neither the collector nor the C library
/// returns it while a hub lies idle: a fifth of its memory (bench/README.md, "What was changed").
/// </summary>
internal sealed class StartupMemory : IDisposable
{
    // The runtime keeps its compiler's memory until its finalizer thread has looked at it twice, at least 2 s apart.
    private const int Looks = 3;
    private static readonly TimeSpan _between = TimeSpan.FromSeconds(2.2);

    private readonly ITimer _timer;
    private int _looked;

    /// <summary>The start is over.</summary>
    public StartupMemory(TimeProvider time) => _timer = time.CreateTimer(static self => ((StartupMemory)self!).GiveBack(), this, _between, _between);

    private delegate int MallocTrim(nuint pad);

    public void Dispose() => _timer.Dispose();

    private void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();

        // glibc alone has it.
        if (NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "malloc_trim", out var trim))
        {
            _ = Marshal.GetDelegateForFunctionPointer<MallocTrim>(trim)(0);
        }

        if (++_looked == Looks)
        {
            _timer.Dispose();
        }
    }
}
