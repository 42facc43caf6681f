namespace McpHub.Actors.Configuration;

/// <summary>Reads the servers of a configuration, under <c>mcpServers</c>, <c>servers</c> or both: the one reader of <c>hub.json</c> and of a service's configuration section.</summary>
internal static class ServersSection
{
    /// <summary>The keys under which servers stand.</summary>
    public static readonly string[] Keys = ["mcpServers", "servers"];

    /// <param name="members">The configuration; other keys are not looked at.</param>
    /// <param name="variables">Fills in variables.</param>
    /// <param name="report">Hears of what is wrong with a section as a whole. Each server has a report of its own.</param>
    public static IReadOnlyList<ConfiguredServer> Read(IReadOnlyDictionary<string, ConfigEntry> members, IVariables variables, ConfigReport report)
    {
        var order = new List<string>();
        var found = new Dictionary<string, (ConfiguredServer Server, ConfigReport Report)>(StringComparer.Ordinal);
        var warned = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in members.Values.Where(member => Keys.Contains(member.Name, StringComparer.Ordinal)).Select(member => member.Value))
        {
            if (!section.IsObject)
            {
                report.WrongValue(section, "an object whose keys are the servers' names");
                continue;
            }

            foreach (var member in section.Node.Members)
            {
                var own = report.Of(member.Name);
                var entry = new ConfigEntry(member.Name, member.At, section.Child(member, own));
                if (found.TryGetValue(member.Name, out var first))
                {
                    // Which of the two was meant is a guess nobody should make: the name does not run, the others do.
                    first.Report.Duplicate(member, first.Server.At, entry.Value.Path);
                    found[member.Name] = (first.Server with { Parameters = null, Disabled = false, Problems = first.Report.Diagnostics }, first.Report);
                    continue;
                }

                order.Add(member.Name);
                found[member.Name] = (ServerSection.Read(entry, variables, own, warned), own);
            }
        }

        return [.. order.Select(name => found[name].Server)];
    }
}
