using System.Runtime.InteropServices;

namespace McpHub.Scenarios.Resilience;

/// <summary>Signals to single processes that a test started.</summary>
internal static partial class Signals
{
    private const int Kill9 = 9;
    private const int Continue18 = 18;
    private const int Stop19 = 19;

    public static void Kill(int process) => Assert.Equal(0, Send(process, Kill9));

    public static void Stop(int process) => Assert.Equal(0, Send(process, Stop19));

    public static void Continue(int process) => Assert.Equal(0, Send(process, Continue18));

    public static bool IsAlive(int process) => Directory.Exists($"/proc/{process}");

    public static int OpenDescriptors() => Directory.GetFiles("/proc/self/fd").Length;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}
