using System.Globalization;
using System.Reflection;
using Spectre.Console;

namespace McpHub.Host.Demo;

/// <summary>What the demo prints: coloured on a terminal, plain when piped.</summary>
internal sealed class DemoScreen
{
    // Cut where a terminal of the usual width ends, time column included.
    private const int ResultWidth = 76;

    private readonly IAnsiConsole _console;

    public DemoScreen(TextWriter output)
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!_console.Profile.Out.IsTerminal)
        {
            _console.Profile.Width = 200; // Spectre would wrap at 80.
        }
    }

    public void Title(Uri endpoint)
    {
        var version = typeof(DemoScreen).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        Line($"[bold]Hub {version}[/]  ·  [link]{Escape(endpoint.ToString())}[/]");
    }

    public void Note(string text) => Line($"[grey]{Escape(text)}[/]");

    public void Heading(string text)
    {
        Line("");
        Line($"[bold]{Escape(text)}[/]");
    }

    /// <summary>One aligned line for each server.</summary>
    public void Servers(IReadOnlyList<ServerRow> rows)
    {
        Line("");
        var widths = new[] { rows.Max(row => row.Name.Length), rows.Max(row => row.Transport.Length), rows.Max(row => row.Counts.Length), rows.Max(row => row.Revision.Length), rows.Max(row => row.Era.Length) };
        foreach (var row in rows)
        {
            var (mark, colour) = row.Ready ? ("✔", "green") : ("✘", "red");
            Line($"  [{colour}]{mark}[/] [bold]{Cell(row.Name, widths[0])}[/]  {Cell(row.Transport, widths[1])}  {Cell(row.Counts, widths[2])}  "
                + $"{Cell(row.Revision, widths[3])}  {Cell(row.Era, widths[4])}  [grey]{Escape(row.Connect).PadLeft(7)}[/]");
        }
    }

    public void Call(string what, string result, TimeSpan took)
    {
        Line("");
        Line($"[bold]{Escape(what)}[/]");
        var line = result.ReplaceLineEndings(" ");
        line = line.Length <= ResultWidth ? line : line[..(ResultWidth - 1)] + "…";
        Line($"  → {Escape(line.PadRight(ResultWidth))}  [grey]{Milliseconds(took),9}[/]");
    }

    public void Good(string text) => Line($"  [green]✔[/] {Escape(text)}");

    public void Bad(string step, string reason)
    {
        Line("");
        Line($"[red]✘ {Escape(step)}:[/] {Escape(reason)}");
    }

    public void Text(string text) => Line(Escape(text));

    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds < 100
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");

    private static string Cell(string text, int width) => Escape(text.PadRight(width));

    private static string Escape(string text) => text.EscapeMarkup();

    private void Line(string markup) => _console.MarkupLine(markup);
}

/// <summary>What one line of the servers' table says.</summary>
internal sealed record ServerRow(bool Ready, string Name, string Transport, string Counts, string Revision, string Era, string Connect);
