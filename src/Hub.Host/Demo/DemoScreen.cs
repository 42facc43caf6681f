using System.Globalization;
using McpHub.Actors.Configuration;
using McpHub.Host.Cli;
using McpHub.Host.Configuration;
using Spectre.Console;

namespace McpHub.Host.Demo;

/// <summary>What the demo prints: coloured on a terminal, plain when piped.</summary>
internal sealed class DemoScreen(CliConsole console)
{
    /// <summary>A line of a result fits a terminal of 100 columns.</summary>
    private const int ResultWidth = 95;

    private readonly IAnsiConsole _console = console.Tables();

    public void Title(Uri endpoint) => Line($"[bold]Hub {HubCommandLine.Version}[/]  ·  {Foreign(endpoint.AbsoluteUri)}");

    public void Servers(DemoHub hub)
    {
        Line("");
        ServerTable.Write(console, [.. hub.Table.Servers.Select(server => ServerRow.Of(server) with
        {
            Transport = server.State.ProcessId is { } pid ? Invariant($"stdio (pid {pid})") : Invariant($"http :{hub.PortOf(server.Definition.Id)}"),
        })]);
        var table = hub.Table;
        Line(Invariant($"  [grey]{table.Tools.Count} tools, {table.Resources.Count} resources, {table.ResourceTemplates.Count} resource templates, {table.Prompts.Count} prompts behind one endpoint[/]"));
    }

    public void Call(string what, string result, TimeSpan first, TimeSpan median)
    {
        var line = Diagnostic.Printable(result.ReplaceLineEndings(" "));
        line = line.Length <= ResultWidth ? line : line[..(ResultWidth - 1)] + "…";
        Line("");
        Line($"[bold]{Foreign(what)}[/]");
        Line($"  → {line.EscapeMarkup()}");
        Line(Invariant($"    [grey]{first.TotalMilliseconds:0.0} ms the first time, then {median.TotalMilliseconds:0.0} ms (median)[/]"));
    }

    public void Drill(DrillReport report)
    {
        Line("");
        Line(Invariant($"[bold]Kill drill: notes (pid {report.KilledPid}) killed with SIGKILL while a call ran on it[/]"));
        Line($"  → the running call ended once: {Foreign(report.RunningCall)}");
        Line(Invariant($"  → {report.OtherCalls} calls to clock and orders meanwhile, all answered"));
        Line(Invariant($"  [green]✔[/] notes is back after {report.Away.TotalSeconds:0.00} s (pid {report.NewPid})"));
    }

    public void Serving(Uri endpoint)
    {
        Line("");
        Line($"Serving {Foreign(endpoint.AbsoluteUri)} (Ctrl+C stops). To try it from Claude Code:");
        Line($"  claude mcp add --transport http hub {Foreign(endpoint.AbsoluteUri)}");
    }

    public void Failed(string step, string reason)
    {
        Line("");
        Line($"[red]✘ the demo failed at: {Foreign(step)}[/]");
        Line($"  {Foreign(reason)}");
    }

    public void Text(string text)
    {
        Line("");
        Line(Foreign(text));
    }

    private static string Foreign(string text) => Diagnostic.Printable(text).EscapeMarkup();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Line(string markup) => _console.MarkupLine(markup);
}
