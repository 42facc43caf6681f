using System.Diagnostics;
using System.Reflection;

namespace McpHub.Host.Tests;

/// <summary>A real process of this repository, started as a user starts it.</summary>
internal static class HubProcess
{
    /// <summary>Far beyond what a verb takes on a loaded machine: only a hang meets it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Where the host was built to, its <c>demo/</c> folder included.</summary>
    public static string HostFolder { get; } =
        typeof(HubProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "HostFolder").Value!;

    public static string HubDll => Path.Combine(HostFolder, "hub.dll");

    public static string SampleDll => Path.Combine(HostFolder, "demo", "McpHub.SampleServer.dll");

    public static Process Start(string dll, IEnumerable<string> args, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [dll, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs <c>hub</c> to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var process = Start(HubDll, args);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
