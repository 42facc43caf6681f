using McpHub.Actors.Servers;
using McpHub.Transports.OutboundHttp;

namespace McpHub.Actors.Embedding;

/// <summary>
/// What a server is called when its parameters do not say: the file name of its command or the host of its URL. Known before the first byte and the same at
/// every start, unlike what the server says of itself, which need not be unique either (2026-07-28, basic, "_meta").
/// </summary>
internal static class ServerIds
{
    private const int MaxLength = 64;

    public static string Suggest(ServerParameters server) => Clean(server switch
    {
        StdioServerParameters stdio => FileName(stdio.Command),
        RemoteServerParameters remote => remote.Url.Host,
        _ => "",
    });

    /// <summary>What a borrowed session is called: the id it has. One made on a transport has none, and what the server says of itself tells more than "server".</summary>
    public static string Suggest(ServerDefinition server, ServerInfo? info) => server.TransportName == "transport" && info is { Name.Length: > 0 } ? Clean(info.Name) : server.Id;

    /// <summary>The suggestion, or the first free one of <c>name-2</c>, <c>name-3</c>…</summary>
    public static string MakeUnique(string suggestion, Func<string, bool> isTaken)
    {
        var id = suggestion;
        for (var number = 2; isTaken(id); number++)
        {
            id = $"{suggestion}-{number}";
        }

        return id;
    }

    // Not Path.GetFileNameWithoutExtension: a Windows path is none on Linux, and "server.v2" is a name.
    private static string FileName(string command)
    {
        var name = command[(command.LastIndexOfAny(['/', '\\']) + 1)..];
        foreach (var extension in (string[])[".exe", ".cmd", ".bat", ".ps1", ".sh"])
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return name[..^extension.Length];
            }
        }

        return name;
    }

    private static string Clean(string text)
    {
        var clean = string.Concat(text.Take(MaxLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).Trim('-');
        return clean.Length == 0 ? "server" : clean;
    }
}
