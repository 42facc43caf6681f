namespace McpHub.Actors.Sessions;

/// <summary>The lists whose change MCP announces. Resources and templates share one notification.</summary>
[Flags]
internal enum ListKinds
{
    None = 0,
    Tools = 1,
    Prompts = 2,
    Resources = 4,
    All = Tools | Prompts | Resources,
}

/// <summary>Component kinds as list kinds.</summary>
internal static class ListKindsOf
{
    public static ListKinds Kinds(IReadOnlyCollection<ComponentKind> changed)
    {
        var kinds = ListKinds.None;
        foreach (var kind in changed)
        {
            kinds |= kind switch
            {
                ComponentKind.Tool => ListKinds.Tools,
                ComponentKind.Prompt => ListKinds.Prompts,
                _ => ListKinds.Resources,
            };
        }

        return kinds;
    }
}
