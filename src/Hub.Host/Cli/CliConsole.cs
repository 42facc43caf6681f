using McpHub.Actors.Configuration;
using McpHub.Host.Configuration;
using McpHub.Protocol.Errors;
using Spectre.Console;

namespace McpHub.Host.Cli;

/// <summary>Where a verb writes: results to standard output, everything else to standard error.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">The rest.</param>
/// <param name="IsTerminal">Whether <paramref name="Out"/> is a terminal.</param>
internal sealed record CliConsole(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    /// <summary>Wide enough that no name is ever cut: Spectre assumes 80 columns where there is no terminal.</summary>
    private const int PipedWidth = 1000;

    public static CliConsole System() => new(Console.Out, Console.Error, !Console.IsOutputRedirected);

    /// <summary>Tables on <see cref="Out"/>; colour only on a terminal and not under NO_COLOR (no-color.org).</summary>
    public IAnsiConsole Tables()
    {
        var colour = IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = colour ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!IsTerminal)
        {
            console.Profile.Width = PipedWidth;
        }

        return console;
    }

    /// <summary>Says what went wrong: code, sentence, what to do.</summary>
    public void Failed(HubError error)
    {
        Error.WriteLine(Diagnostic.Printable($"error {error.Definition.Code}  {error.Message}"));
        foreach (var detail in error.Details)
        {
            Error.WriteLine(Diagnostic.Printable("  " + detail));
        }

        if (error.Hint.Length > 0)
        {
            Error.WriteLine(Diagnostic.Printable("  fix  " + error.Hint));
        }
    }
}
