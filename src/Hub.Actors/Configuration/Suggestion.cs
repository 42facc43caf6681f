namespace McpHub.Actors.Configuration;

/// <summary>"Did you mean": the known word that a wrong one was most likely meant to be.</summary>
internal static class Suggestion
{
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["httpUrl"] = "url",
        ["serverUrl"] = "url",
        ["uri"] = "url",
        ["cmd"] = "command",
        ["arguments"] = "args",
        ["environment"] = "env",
        ["workingDirectory"] = "cwd",
        ["mcp_servers"] = "mcpServers",
        ["token"] = "bearerToken",
    };

    /// <returns>The word, or <c>null</c> if none is near.</returns>
    public static string? For(string written, IEnumerable<string> known)
    {
        var words = known as IReadOnlyCollection<string> ?? [.. known];
        if (Synonyms.TryGetValue(written, out var meant) && words.Contains(meant))
        {
            return meant;
        }

        // One error in three letters is a typing error, more is another word.
        var best = words.Select(word => (Word: word, Distance: Distance(written.ToLowerInvariant(), word.ToLowerInvariant())))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Word, StringComparer.Ordinal).FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, Math.Min(written.Length, best.Word.Length) / 3) ? best.Word : null;
    }

    /// <returns>A sentence for a hint; empty if nothing is near.</returns>
    public static string Sentence(string written, IEnumerable<string> known) => For(written, known) is { } word ? $"did you mean \"{word}\"?" : "";

    /// <summary>Levenshtein distance, one row at a time. A long text is no misspelt key, so its tail is not looked at.</summary>
    private static int Distance(string left, string right)
    {
        left = left.Length > 64 ? left[..64] : left;
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
