using System.Diagnostics;
using System.Runtime.InteropServices;

namespace McpHub.Host.Demo;

/// <summary>Where the sample server lies and how it is started.</summary>
internal static class SampleServer
{
    private static string Assembly => Path.Combine(AppContext.BaseDirectory, "demo", "McpHub.SampleServer.dll");

    /// <summary>The <c>dotnet</c> whose runtime runs the hub: shared/Microsoft.NETCore.App/10.0.x lies three levels under it.</summary>
    private static string DotNet
    {
        get
        {
            var host = Path.GetFullPath(Path.Combine("..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"), RuntimeEnvironment.GetRuntimeDirectory());
            return File.Exists(host) ? host : "dotnet";
        }
    }

    /// <exception cref="DemoFailure">The build did not put the sample server beside the hub.</exception>
    public static (string Command, string[] Arguments) CommandLine(params ReadOnlySpan<string> arguments)
        => File.Exists(Assembly) ? (DotNet, [Assembly, .. arguments]) : throw new DemoFailure($"{Assembly} is missing: build src/Hub.Host again");

    public static ProcessStartInfo StartInfo(params ReadOnlySpan<string> arguments)
    {
        var (command, all) = CommandLine(arguments);
        return new ProcessStartInfo(command, all) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
    }
}
