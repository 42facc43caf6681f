using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using McpHub.Protocol.Errors;

namespace McpHub.Transports.Stdio;

/// <summary>
/// Ends the servers of a hub that was killed: nothing in a killed process can, and a server that ignores the end of its input, or its grandchildren, would live on.
/// One shell in a session of its own holds the reading end of a pipe whose writing end only the hub has. It is told each child that starts and each that ends;
/// when the pipe ends it sends SIGTERM to the groups that are left, and SIGKILL 2 s later. In an orderly end none is left, and it just exits.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class OrphanWatch
{
    private const string Shell = "/bin/sh";

    private const string Script = """
        left=' '
        while read -r change id; do
          case $change in
            +) left="$left$id " ;;
            -) left="${left%% $id *} ${left#* $id }" ;;
          esac
        done
        for id in $left; do kill -s TERM -- "-$id" 2>/dev/null; done
        [ "$left" = ' ' ] || sleep 2
        for id in $left; do kill -s KILL -- "-$id" 2>/dev/null; done
        """;

    private static readonly Dictionary<string, string> _environment = new() { ["PATH"] = "/bin:/usr/bin" };

    // Guarded by the gate of LinuxChildProcess, as every call here is.
    private static LinuxChildProcess? _shell;

    /// <summary>The shell's process id; <c>null</c> while none runs.</summary>
    public static int? ProcessId => _shell?.Id;

    /// <summary>Starts the shell if it does not run. Where there is none (an image without a shell) the servers of a killed hub are left to the end of their input.</summary>
    /// <param name="running">The children that run already.</param>
    public static void Ensure(IEnumerable<int> running)
    {
        if (_shell is { Exited.IsCompleted: false } || !File.Exists(Shell))
        {
            return;
        }

        _shell?.Dispose();
        try
        {
            _shell = LinuxChildProcess.StartUncounted(new StdioServerParameters(Shell, "-c", Script), _environment);
        }
        catch (HubException)
        {
            _shell = null; // It is a second line of defence; the server's own start says what is wrong with starting processes.
            return;
        }

        foreach (var id in running)
        {
            Tell('+', id);
        }
    }

    /// <summary>A child has started.</summary>
    public static void Started(int id) => Tell('+', id);

    /// <summary>A child has ended. To be said before it is reaped: after that its number may belong to somebody else.</summary>
    public static void Ended(int id) => Tell('-', id);

    private static void Tell(char change, int id)
    {
        try
        {
            _shell?.Stdin.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{change} {id}\n")));
        }
        catch (IOException)
        {
            // Somebody killed the shell. The next start of a server starts another, which is told all that run then.
        }
    }
}
