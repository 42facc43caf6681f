using System.Globalization;
using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;

namespace McpHub.Host.Cli;

/// <summary><c>hub validate</c>: reads a file as <c>hub run</c> does, starts nothing, and says everything that is wrong with it.</summary>
internal static class ValidateCommand
{
    public static int Run(string path, HubFileReader reader, CliConsole console)
    {
        var file = reader.Read(path);
        foreach (var diagnostic in file.Diagnostics)
        {
            console.Out.WriteLine(diagnostic);
        }

        var servers = file.Servers.Count(server => !server.Disabled);
        var usable = file.Usable ? file.Servers.Count(server => server is { Disabled: false, Misconfigured: false }) : 0;
        console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Count(file.Diagnostics.Count, "problem")} · {Count(servers, "server")}, {usable} usable"));
        return file.Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) ? ExitCode.Usage : ExitCode.Ok;
    }

    private static string Count(int count, string word) => string.Create(CultureInfo.InvariantCulture, $"{(count == 0 ? "no" : count)} {word}{(count == 1 ? "" : "s")}");
}
