using System.IO.Enumeration;
using McpHub.Actors.Sessions;

namespace McpHub.Actors.Servers;

/// <summary>Which tools of a server the hub offers. What it does not offer is neither listed nor callable.</summary>
/// <param name="Allow">Patterns of the server's own names, <c>*</c> for any text and <c>?</c> for one character, case counts. Empty = all.</param>
/// <param name="Deny">The same; it wins over <paramref name="Allow"/>.</param>
internal sealed record ToolFilter(IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    public bool Offers(string tool) => (Allow.Count == 0 || Matches(Allow, tool)) && !Matches(Deny, tool);

    public CatalogList Of(CatalogList tools) => tools with { Items = [.. tools.Items.Where(tool => Offers(tool.Key))] };

    private static bool Matches(IReadOnlyList<string> patterns, string tool)
    {
        foreach (var pattern in patterns)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, tool, ignoreCase: false))
            {
                return true;
            }
        }

        return false;
    }
}
