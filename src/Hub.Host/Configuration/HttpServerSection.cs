using System.Buffers;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Configuration;

/// <summary>Reads what a remote server's entry says about its endpoint.</summary>
internal static class HttpServerSection
{
    /// <summary>RFC 9110, 5.6.2: token.</summary>
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Headers that people copy from examples for clients which send them as written. The hub computes them per request, so nothing is lost.</summary>
    private static readonly string[] ComputedAnyway = ["Accept", "Content-Type", "Mcp-Protocol-Version"];

    /// <summary>Headers that decide where a message ends or goes.</summary>
    private static readonly string[] Reserved = ["Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

    public static StreamableHttpParameters? Read(string server, IReadOnlyDictionary<string, ConfigEntry> members, ServerExtras extras, Variables variables, ConfigReport report)
    {
        var url = members.TryGetValue("url", out var written) ? Url(written.Value, variables) : null;
        var headers = members.TryGetValue("headers", out var section) ? Headers(section.Value, variables) : new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (extras.InheritEnvAt is { } inherit)
        {
            report.Contradiction(inherit.At, inherit.Value.Path, "a remote server inherits no environment", "leave it out");
        }

        if (extras.BearerToken is { } entry && Token(entry.Value, variables) is { } token && !headers.TryAdd("Authorization", "Bearer " + token))
        {
            report.Contradiction(entry.At, entry.Value.Path, "\"headers\" already has an Authorization", "keep one of the two");
        }

        return url is null || report.HasErrors ? null : new StreamableHttpParameters(url) { Name = server, Era = extras.Era, Headers = headers };
    }

    /// <summary>Messages never show the URL itself: a variable, and often the text itself, is a secret.</summary>
    private static Uri? Url(ConfigView view, Variables variables)
    {
        if (variables.Expand(view) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url))
        {
            view.Report.WrongValue(view, "an absolute http or https URL");
            return null;
        }

        if (url.Scheme is "ws" or "wss")
        {
            view.Report.NotSupported(view.At, view.Path, "WebSocket", "use the server's Streamable HTTP endpoint");
            return null;
        }

        if (url.Scheme is "unix" or "pipe")
        {
            view.Report.NotSupported(view.At, view.Path, "a socket or pipe", "use an http URL");
            return null;
        }

        if ((url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
        {
            view.Report.WrongValue(view, "an absolute http or https URL");
            return null;
        }

        if (url.UserInfo.Length > 0)
        {
            view.Report.WrongValue(view, "a URL without user and password", "credentials go into \"headers\" or x-hub.bearerToken");
            return null;
        }

        return url;
    }

    private static Dictionary<string, string> Headers(ConfigView section, Variables variables)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, at, value) in section.Members(StringComparer.OrdinalIgnoreCase).Values)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                section.Report.Error(HubErrors.WrongValue, at, ("path", value.Path), ("expected", "the name of an HTTP header"), ("suggestion", ""));
            }
            else if (ComputedAnyway.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                section.Report.Warning(HubErrors.ForeignKey, at, ("path", value.Path), ("suggestion", "it sets this header itself, as the protocol asks"));
            }
            else if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase)
                || name.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
            {
                section.Report.Contradiction(at, value.Path, "this header is set by the hub itself", "leave it out");
            }
            else if (variables.Expand(value) is { } text && IsHeaderValue(value, text))
            {
                headers[name] = text;
            }
        }

        return headers;
    }

    private static string? Token(ConfigView view, Variables variables)
    {
        if (variables.Expand(view) is not { } text)
        {
            return null;
        }

        // RFC 6750, 2.1: b64token has no space; a copied "Bearer " prefix would be sent twice.
        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            view.Report.WrongValue(view, "a token without spaces", "write the token alone, without \"Bearer\"");
            return null;
        }

        return text;
    }

    private static bool IsHeaderValue(ConfigView view, string text)
    {
        foreach (var c in text)
        {
            if (c is not ('\t' or (>= ' ' and <= '~')))
            {
                view.Report.WrongValue(view, "printable ASCII in one line");
                return false;
            }
        }

        return true;
    }
}
