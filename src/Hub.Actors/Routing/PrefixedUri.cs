namespace McpHub.Actors.Routing;

/// <summary>The URIs <c>hub+&lt;serverId&gt;:…</c> that reach a resource whose own URI an earlier server has too (contract 3.14).</summary>
internal static class PrefixedUri
{
    private const string Lead = "hub+";

    public static string Make(string serverId, string uri) => Prefix(serverId) + uri;

    /// <summary>The server that a prefixed URI names, if it has resources, and the URI it knows.</summary>
    public static bool TryStrip(string uri, IEnumerable<ServerEntry> servers, out ServerEntry owner, out string ownUri)
    {
        (owner, ownUri) = (null!, "");
        if (!uri.StartsWith(Lead, StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var entry in servers)
        {
            var prefix = Prefix(entry.Definition.Id);
            if (entry.Peer is { HasResources: true } && uri.StartsWith(prefix, StringComparison.Ordinal))
            {
                (owner, ownUri) = (entry, uri[prefix.Length..]);
                return true;
            }
        }

        return false;
    }

    // RFC 3986, section 3.1: a scheme has letters, digits, "+", "-" and ".".
    private static string Prefix(string serverId) =>
        string.Concat(Lead, string.Concat(serverId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-')), ":");
}
