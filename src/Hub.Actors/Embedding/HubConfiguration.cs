using McpHub.Actors.Configuration;
using Microsoft.Extensions.Configuration;

namespace McpHub.Actors.Embedding;

/// <summary>
/// Reads <see cref="HubOptions"/> from a configuration section that looks like an <c>mcp.json</c>, with the reader of <c>hub.json</c>. Not bound: a binder leaves out what it does not
/// know, and a misspelt key would be a server that starts without its secret. Faults name the key as the configuration spells it, so that it is found whatever file or variable it
/// came from; never a value.
/// </summary>
internal static class HubConfiguration
{
    private static readonly string[] Keys = [.. ServersSection.Keys, "naming", "duplicates"];

    public static void Read(IConfiguration section, HubOptions hub)
    {
        var report = new ConfigReport("", isStrict: true);
        var members = new ConfigView(ConfigNode.Of(section), (section as IConfigurationSection)?.Path ?? "", report).Members(Keys);
        foreach (var entry in members.Values)
        {
            switch (entry.Name)
            {
                case "naming":
                    hub.Naming = entry.Value.Choice(Words<NamingRule>()) ?? hub.Naming;
                    break;
                case "duplicates":
                    hub.Duplicates = entry.Value.Choice(Words<DuplicatePolicy>()) ?? hub.Duplicates;
                    break;
                case not ("servers" or "mcpServers"):
                    report.Unknown(entry, Keys);
                    break;
            }
        }

        var servers = ServersSection.Read(members, NoVariables.Instance, report);
        foreach (var server in servers.Where(server => server.Parameters is not null))
        {
            hub.Servers.Add(server.Parameters!);
            hub.Settings[server.Name] = server.Settings;
            if (server.Settings.Required)
            {
                hub.Required.Add(server.Name);
            }
        }

        hub.Faults.AddRange(report.Diagnostics.Concat(servers.SelectMany(server => server.Problems))
            .Where(problem => problem.Severity == DiagnosticSeverity.Error).Select(problem => $"{problem.Code} {problem.Text}"));
    }

    // As hub.json spells such words: "firstWins".
    private static Dictionary<string, T> Words<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToDictionary(value => char.ToLowerInvariant(value.ToString()[0]) + value.ToString()[1..]);
}
