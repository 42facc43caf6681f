namespace McpHub;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110, 11.6.1).</summary>
/// <param name="Scheme">The scheme, as written: <c>Bearer</c>, <c>Basic</c>…</param>
/// <param name="Parameters">Its parameters, unquoted; names ignore case.</param>
public sealed record AuthenticationChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Why the credentials were refused: <c>invalid_token</c>, <c>insufficient_scope</c>… (RFC 6750, 3.1).</summary>
    public string? Error => Parameters.GetValueOrDefault("error");

    /// <summary>The scope that is needed, separated by blanks.</summary>
    public string? Scope => Parameters.GetValueOrDefault("scope");

    /// <summary>Where the server describes itself as a protected resource (RFC 9728, 5.1).</summary>
    public string? ResourceMetadata => Parameters.GetValueOrDefault("resource_metadata");

    /// <summary>The challenge of a header value; the first of scheme Bearer if there are several. <c>null</c> if it has none that can be read.</summary>
    public static AuthenticationChallenge? Parse(string header)
    {
        ArgumentNullException.ThrowIfNull(header);
        AuthenticationChallenge? first = null;
        var at = 0;
        while (Next(header, ref at) is { } challenge)
        {
            if (challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            {
                return challenge;
            }

            first ??= challenge;
        }

        return first;
    }

    // challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]. A token that no "=" follows begins the next challenge.
    private static AuthenticationChallenge? Next(string text, ref int at)
    {
        Skip(text, ref at, " \t,");
        var scheme = Token(text, ref at);
        if (scheme.Length == 0)
        {
            return null;
        }

        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (true)
        {
            Skip(text, ref at, " \t,");
            var before = at;
            var name = Token(text, ref at);
            Skip(text, ref at, " \t");
            if (name.Length == 0 || at == text.Length || text[at] != '=')
            {
                at = before;
                return new AuthenticationChallenge(scheme, parameters);
            }

            at++;
            Skip(text, ref at, " \t");
            parameters.TryAdd(name, at < text.Length && text[at] == '"' ? Quoted(text, ref at) : Token(text, ref at));
            Skip(text, ref at, "=");    // padding of a token68
        }
    }

    private static void Skip(string text, ref int at, string characters)
    {
        while (at < text.Length && characters.Contains(text[at], StringComparison.Ordinal))
        {
            at++;
        }
    }

    private static string Token(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] is not (' ' or '\t' or ',' or '=' or '"'))
        {
            at++;
        }

        return text[start..at];
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            value.Append(text[at]);
        }

        at = Math.Min(at + 1, text.Length);
        return value.ToString();
    }
}
