using System.Diagnostics;
using System.Runtime.InteropServices;

namespace McpHub.Samples.Tests;

/// <summary>A process started as a user starts it; killed, if it still runs, when it is disposed.</summary>
internal sealed partial class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly CancellationTokenSource _limit;
    private readonly List<string> _read = [];
    private readonly Task<string> _error;

    private RunningProcess(ProcessStartInfo start, TimeSpan limit)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        (_process, _limit) = (Process.Start(start)!, new CancellationTokenSource(limit));
        _process.StandardInput.Close();
        _error = _process.StandardError.ReadToEndAsync(_limit.Token);
    }

    public static RunningProcess Start(string program, IEnumerable<string> args, TimeSpan? limit = null, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        // Far beyond what it takes on a loaded machine: only a hang meets it.
        return new RunningProcess(start, limit ?? TimeSpan.FromMinutes(1));
    }

    /// <summary>Runs a sample to its end and gives what it wrote.</summary>
    public static async Task<string[]> RunSampleAsync(string name, params string[] args)
    {
        await using var process = Start("dotnet", [Repository.Sample(name), .. args]);
        return await process.EndAsync();
    }

    /// <summary>Reads lines until one has the text.</summary>
    public async Task<string> LineWithAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync(_limit.Token) is { } line)
        {
            _read.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"it ended without \"{text}\": {string.Join('\n', _read)}\n{await _error}");
    }

    /// <summary>Waits until it ends by itself, with exit code 0.</summary>
    public async Task<string[]> EndAsync()
    {
        var rest = await _process.StandardOutput.ReadToEndAsync(_limit.Token);
        await _process.WaitForExitAsync(_limit.Token);
        string[] lines = [.. _read, .. rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.True(_process.ExitCode == 0, $"exit code {_process.ExitCode}: {string.Join('\n', lines)}\n{await _error}");
        return lines;
    }

    /// <summary>Asks it to end, as a service manager does.</summary>
    public void Terminate() => Assert.Equal(0, Kill(_process.Id, 15));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _limit.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
