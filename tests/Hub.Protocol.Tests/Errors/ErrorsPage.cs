using System.Text;
using System.Text.RegularExpressions;
using McpHub.Protocol.Errors;

namespace McpHub.Protocol.Tests.Errors;

/// <summary>docs/errors.md, made from the catalogue.</summary>
internal static partial class ErrorsPage
{
    public static string Render()
    {
        var page = new StringBuilder("""
            # Errors

            Every error of the hub's own has a code that is never reused. A client sees it as a JSON-RPC error with the wire code below, a sentence that names no
            host, path or environment, and `data = {"origin": "hub", "hub": "HUBnnnn", "server", "delivery", "retryable", "retryAfterMs"}`. `delivery` says whether the
            request was sent: `notSent`, `unknown` or `answered`. Message and hint are for whoever runs the hub: its log, `hub status`, and `HubException` in the
            embedding API. Errors of a server pass through with their own code.

            *Retryable* means that the same request may succeed later. Places in braces are filled in.

            This page is made from the catalogue in `src/Hub.Protocol/Errors`; a test holds the two together. To make it anew:
            `HUB_UPDATE_DOCS=1 dotnet test tests/Hub.Protocol.Tests --filter ErrorsPageTests`.

            """);
        foreach (var group in HubErrors.All.GroupBy(entry => entry.Code[3]))
        {
            page.Append(Invariant($"\n## HUB{group.Key}xxx: {ClassName(group.Key)}\n"));
            foreach (var entry in group)
            {
                page.Append(Invariant($"\n### {entry.Code}\n\n{Quote(entry.Message)}\n\n"));
                if (entry.Hint.Length > 0)
                {
                    page.Append(Invariant($"* What to do: {entry.Hint}.\n"));
                }

                page.Append(Invariant($"* A client reads: `{entry.ToModel}`, wire code `{entry.WireCode}`, {(entry.Retryable ? "retryable" : "not retryable")}.\n"));
            }
        }

        return page.ToString();
    }

    /// <summary>The names of the places in a text of the catalogue.</summary>
    public static IEnumerable<string> Places(string text) => Braces().Matches(text).Select(match => match.Groups[1].Value);

    private static string ClassName(char digit) => digit switch
    {
        '1' => "configuration",
        '2' => "server process and transport",
        '3' => "authentication",
        '4' => "catalog and naming",
        '5' => "calls, policy, limits",
        '6' => "the hub's own endpoint",
        '7' => "cluster",
        '8' => "storage",
        '9' => "defects of the hub",
        _ => throw new ArgumentOutOfRangeException(nameof(digit), digit, "not a class of codes"),
    };

    private static string Quote(string text) => "> " + text;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // "${VAR}" is text, not a place.
    [GeneratedRegex(@"(?<!\$)\{([^{}]*)\}")]
    private static partial Regex Braces();
}
