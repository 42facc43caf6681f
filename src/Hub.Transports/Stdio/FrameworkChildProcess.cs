using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace McpHub.Transports.Stdio;

/// <summary>
/// A child started with the framework's <see cref="Process"/>, where <see cref="LinuxChildProcess"/> does not run (Windows, macOS, musl). It is weaker:
/// the child stays in the hub's process group and may inherit descriptors, a grandchild whose parent is gone outlives <see cref="Kill"/>,
/// and on Windows there is no <see cref="Terminate"/> and no job object.
/// </summary>
internal sealed partial class FrameworkChildProcess : IChildProcess
{
    private const int Sigterm = 15;

    private readonly Process _process;

    private FrameworkChildProcess(Process process)
    {
        _process = process;
        (Id, Stdin, Stdout, Stderr) = (process.Id, process.StandardInput.BaseStream, process.StandardOutput.BaseStream, process.StandardError.BaseStream);
        ChildProcess.Started();
        Exited = WaitAsync();
    }

    public int Id { get; }

    public Stream Stdin { get; }

    public Stream Stdout { get; }

    public Stream Stderr { get; }

    public Task<ChildExit> Exited { get; }

    public static FrameworkChildProcess Start(StdioServerParameters server, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(server.Command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = server.Cwd ?? "",
        };
        foreach (var argument in server.Args)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new FrameworkChildProcess(Process.Start(start) ?? throw ChildProcess.Failed(server, "no process was started"));
        }
        catch (Win32Exception error)
        {
            throw ChildProcess.Failed(server, $"{error.Message} (error {error.NativeErrorCode})", error);
        }
    }

    public void Terminate()
    {
        if (!OperatingSystem.IsWindows() && !_process.HasExited)
        {
            _ = SendSignal(Id, Sigterm);
        }
    }

    public void Kill() => _process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        Stdin.Dispose();
        Stdout.Dispose();
        Stderr.Dispose();
        _process.Dispose();
    }

    private async Task<ChildExit> WaitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        ChildProcess.Reaped();
        return new ChildExit(_process.ExitCode, null);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
