using System.Collections;

namespace McpHub.Transports.Stdio;

/// <summary>What a server process finds in its environment (contract 0.3; contract 2, 1-5).</summary>
internal static class ChildEnvironment
{
    private static readonly string[] _posix = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TZ", "TMPDIR"];

    private static readonly string[] _windows =
    [
        "APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMFILES",
        "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE",
    ];

    public static Dictionary<string, string> Of(StdioServerParameters server) => Of(server, SocketCompletions.InheritedEnvironment());

    public static Dictionary<string, string> Of(StdioServerParameters server, IDictionary hub)
    {
        var names = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var allowed = new HashSet<string>(OperatingSystem.IsWindows() ? _windows : _posix, names);
        var result = new Dictionary<string, string>(names);
        foreach (DictionaryEntry entry in hub)
        {
            // A value that starts with () is a function that bash exported: code, not data.
            if (entry is { Key: string name, Value: string value } && !value.StartsWith("()", StringComparison.Ordinal)
                && (server.InheritEnv == InheritEnvironment.All || (server.InheritEnv == InheritEnvironment.AllowList && allowed.Contains(name))))
            {
                result[name] = value;
            }
        }

        foreach (var (name, value) in server.Env)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = value;
            }
        }

        return result;
    }
}
