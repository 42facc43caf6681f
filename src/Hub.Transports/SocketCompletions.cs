using System.Collections;

namespace McpHub.Transports;

/// <summary>Where a process goes on after a read from a socket (docs/decisions/0068). Only the standalone hub decides that, before its first socket.</summary>
internal static class SocketCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private static bool _isOurs;

    /// <summary>On the thread that saw it, unless whoever started the process has decided. The runtime knows no other way to be told than its environment.</summary>
    public static void GoOnWhereSeen()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
            _isOurs = true;
        }
    }

    /// <summary>What the process was started with: a server that inherits it must not be told how to use its sockets.</summary>
    public static IDictionary InheritedEnvironment()
    {
        var variables = Environment.GetEnvironmentVariables();
        if (_isOurs)
        {
            variables.Remove(Variable);
        }

        return variables;
    }
}
