using System.Globalization;
using System.Text;

namespace McpHub.Scenarios.Scale;

/// <summary>What <c>/proc</c> says of this process and of those it started.</summary>
internal static class Processes
{
    /// <summary>Processes that run with this in their environment, whoever their parent is by now.</summary>
    public static IReadOnlyList<int> Marked(string mark)
    {
        var wanted = Encoding.UTF8.GetBytes($"{ShellPeer.MarkName}={mark}\0");
        return [.. All().Where(process => Read(process, "environ") is { } environment && environment.AsSpan().IndexOf(wanted) >= 0)];
    }

    /// <summary>Children of this process that ended and were not waited for.</summary>
    public static IReadOnlyList<int> Zombies()
    {
        // "PID (NAME) STATE PPID ...": the name may have blanks and brackets of its own.
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return [.. All().Where(process => Read(process, "stat") is { } stat && Encoding.UTF8.GetString(stat) is var text && text[(text.LastIndexOf(')') + 2)..].Split(' ') is ["Z", var parent, ..] && parent == self)];
    }

    public static int Threads() => Directory.GetDirectories("/proc/self/task").Length;

    private static IEnumerable<int> All() =>
        Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static byte[]? Read(int process, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{process}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // It ended meanwhile, or belongs to somebody else.
        }
    }
}
