using System.Diagnostics;
using System.Globalization;
using McpHub.Faults;
using Microsoft.Win32.SafeHandles;

namespace McpHub.TestPeer;

/// <summary>A server in a process of its own behind a relay. A reset is the death of both.</summary>
internal static class DisturbedServer
{
    public static async Task<int> RunAsync(Stream stdin, Stream stdout, int seed, int meanBytes, string[] mode)
    {
        using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(DisturbedServer).Assembly.Location, .. mode]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var relay = new DisturbedRelay(seed, meanBytes);
        Console.Error.WriteLine($"disturbed by {relay.Kind}");
        var isReset = await relay.RunAsync(
            (stdin, stdout), (server.StandardOutput.BaseStream, server.StandardInput.BaseStream), CloseOutput, server.StandardInput.Close);
        if (isReset)
        {
            server.Kill();
            return 1;
        }

        await server.WaitForExitAsync();
        return server.ExitCode;
    }

    /// <summary>Closes standard output for good. The runtime holds copies of the descriptor; the pipe ends with the last of them.</summary>
    public static void CloseOutput()
    {
        var pipe = File.ResolveLinkTarget("/proc/self/fd/1", returnFinalTarget: false)?.Name;
        foreach (var descriptor in Directory.GetFiles("/proc/self/fd").Where(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name == pipe).ToArray())
        {
            new SafeFileHandle(int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture), ownsHandle: true).Dispose();
        }
    }
}
