using System.Globalization;
using McpHub.Actors.Configuration;
using McpHub.Actors.Routing;
using McpHub.Host.Configuration;
using Spectre.Console;

namespace McpHub.Host.Cli;

/// <summary>One line of the table of servers.</summary>
/// <param name="Name">The server's id.</param>
/// <param name="Transport">How it is reached.</param>
/// <param name="State">A word of contract 6, 3.5.</param>
internal sealed record ServerRow(string Name, string Transport, string State)
{
    /// <summary>The revision it speaks; empty if it never connected.</summary>
    public string Revision { get; init; } = "";

    public int? Tools { get; init; }

    public int? Resources { get; init; }

    public int? Prompts { get; init; }

    /// <summary>How long its last connect took.</summary>
    public TimeSpan? ConnectTime { get; init; }

    /// <summary>Why it is in this state.</summary>
    public string Note { get; init; } = "";

    public static ServerRow Of(Actors.Routing.ServerEntry server) => new(server.Definition.Id, server.Definition.TransportName, server.State.Word)
    {
        Revision = server.Peer is { } peer ? $"{peer.Era.ToString().ToLowerInvariant()} {peer.Revision}" : "",
        Tools = server.Catalog?.Tools.Items.Count,
        Resources = server.Catalog is { } catalog ? catalog.Resources.Items.Count + catalog.ResourceTemplates.Items.Count : null,
        Prompts = server.Catalog?.Prompts.Items.Count,
        ConnectTime = server.State.ConnectTime,
        Note = server.State.Phase is Actors.Servers.ServerPhase.Ready or Actors.Servers.ServerPhase.Disabled ? ""
            : server.State.LastError is { } error ? $"{error.Definition.Code} {error.Message}" : server.State.Reason ?? "",
    };
}

/// <summary>Prints servers as a table. An icon and a word say the state, so that colour is never alone.</summary>
internal static class ServerTable
{
    public static void Write(CliConsole console, IReadOnlyList<ServerRow> rows)
    {
        if (rows.Count == 0)
        {
            console.Out.WriteLine("  no servers");
            return;
        }

        var table = new Table().Border(TableBorder.None);
        foreach (var title in (ReadOnlySpan<string>)["", "server", "transport", "state", "era", "tools", "resources", "prompts", "ms", ""])
        {
            table.AddColumn(new TableColumn(title) { NoWrap = true });
        }

        foreach (var row in rows)
        {
            var (icon, colour) = row.State switch
            {
                "ready" => ("✔", "green"),
                "disabled" => ("–", "grey"),
                "connecting" or "backing-off" or "draining" => ("…", "yellow"),
                _ => ("✘", "red"),
            };
            table.AddRow($"[{colour}]{icon}[/]", Foreign(row.Name), Foreign(row.Transport), Foreign(row.State), Foreign(row.Revision),
                Number(row.Tools), Number(row.Resources), Number(row.Prompts), Number((long?)row.ConnectTime?.TotalMilliseconds), Foreign(row.Note));
        }

        console.Tables().Write(table);
    }

    private static string Foreign(string text) => Diagnostic.Printable(text).EscapeMarkup();

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
