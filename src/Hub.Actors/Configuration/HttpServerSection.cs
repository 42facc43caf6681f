using McpHub.Protocol.Errors;
using McpHub.Transports.Credentials;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Actors.Configuration;

/// <summary>Reads what a remote server's entry says about its endpoint.</summary>
internal static class HttpServerSection
{
    /// <summary>Headers that people copy from examples for clients which send them as written. The hub computes them per request, so nothing is lost.</summary>
    private static readonly string[] ComputedAnyway = ["Accept", "Content-Type", "Mcp-Protocol-Version"];

    /// <param name="server">Its name.</param>
    /// <param name="type"><c>http</c>, <c>sse</c> or <c>ws</c>; <c>null</c> if the file does not say and the URL decides.</param>
    /// <param name="members">What the entry holds.</param>
    /// <param name="extras">Its <c>x-hub</c>.</param>
    /// <param name="variables">Fills in variables.</param>
    /// <param name="report">The report of this server.</param>
    public static ServerParameters? Read(string server, string? type, IReadOnlyDictionary<string, ConfigEntry> members, ServerExtras extras, IVariables variables, ConfigReport report)
    {
        var url = members.TryGetValue("url", out var written) ? Url(written.Value, variables, WrittenSchemes(type)) : null;
        type ??= url?.Scheme is "ws" or "wss" ? "ws" : "http";
        var headers = members.TryGetValue("headers", out var section) ? Headers(section.Value, variables) : new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (extras.InheritEnvAt is { } inherit)
        {
            report.Contradiction(inherit.At, inherit.Value.Path, "a remote server inherits no environment", "leave it out");
        }

        if (extras.BearerToken is { } entry && Token(entry.Value, variables) is { } token && !headers.TryAdd("Authorization", "Bearer " + token))
        {
            report.Contradiction(entry.At, entry.Value.Path, "\"headers\" already has an Authorization", "keep one of the two");
        }

        var messageUrl = extras.MessageUrl is { } other ? Url(other.Value, variables, HttpOnly) : null;
        if (extras.MessageUrl is { } useless && type != "sse")
        {
            report.Contradiction(useless.At, useless.Value.Path, "only HTTP+SSE has an endpoint of its own for messages", "leave it out, or write \"type\": \"sse\"");
        }

        if (url is null || report.HasErrors)
        {
            return null;
        }

        ServerParameters parameters = type switch
        {
            "sse" => new SseServerParameters(url) { Name = server, Era = extras.Era, Headers = headers, MessageUrl = messageUrl },
            "ws" => new WebSocketServerParameters(url) { Name = server, Era = extras.Era, Headers = headers },
            _ => new StreamableHttpParameters(url) { Name = server, Era = extras.Era, Headers = headers },
        };
        try
        {
            parameters.Validate();
        }
        catch (HubException invalid)
        {
            // What only the whole of it shows: headers over an open ws, an era that the transport cannot have.
            report.Contradiction(written.Value.At, written.Value.Path, invalid.Message, invalid.Hint ?? "");
            return null;
        }

        return parameters;
    }

    private static readonly string[] HttpOnly = [Uri.UriSchemeHttp, Uri.UriSchemeHttps];
    private static readonly string[] WebSocketOnly = [Uri.UriSchemeWs, Uri.UriSchemeWss];

    private static string[] WrittenSchemes(string? type) => type switch { null => [.. HttpOnly, .. WebSocketOnly], "ws" => WebSocketOnly, _ => HttpOnly };

    /// <summary>Messages never show the URL itself: a variable, and often the text itself, is a secret.</summary>
    private static Uri? Url(ConfigView view, IVariables variables, string[] schemes)
    {
        if (variables.Expand(view) is not { } text)
        {
            return null;
        }

        var expected = schemes.Length == 2 ? $"an absolute {schemes[0]} or {schemes[1]} URL" : "an absolute URL: http, https, ws or wss";
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url))
        {
            view.Report.WrongValue(view, expected, Advice(text));
            return null;
        }

        if (url.Scheme is "unix" or "pipe")
        {
            view.Report.NotSupported(view.At, view.Path, "a socket or pipe", "use an http URL");
            return null;
        }

        if (!schemes.Contains(url.Scheme, StringComparer.Ordinal) || url.Host.Length == 0)
        {
            var other = url.Scheme is "ws" or "wss" ? "a WebSocket server is of type \"ws\"" : url.Scheme is "http" or "https" ? "a server with this URL is of type \"http\" or \"sse\"" : Advice(text);
            view.Report.WrongValue(view, expected, other);
            return null;
        }

        if (url.UserInfo.Length > 0)
        {
            view.Report.WrongValue(view, "a URL without user and password", "credentials go into \"headers\" or x-hub.bearerToken");
            return null;
        }

        if (url.Query.Split('?', '&').Select(parameter => parameter.Split('=')).FirstOrDefault(parameter => parameter.Length > 1 && Secrets.IsSecretName(parameter[0]))?[0] is { } secret)
        {
            view.Report.Advice(HubErrors.SecretInUrl, view.At, ("path", view.Path), ("parameter", secret));
        }

        return url;
    }

    private static string Advice(string text) =>
        string.IsNullOrWhiteSpace(text) ? "it is empty" : text.Contains("://", StringComparison.Ordinal) ? "look at its scheme, host and port" : "begin it with http:// or https://";

    private static Dictionary<string, string> Headers(ConfigView section, IVariables variables)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, at, value) in section.Members(comparer: StringComparer.OrdinalIgnoreCase).Values)
        {
            if (ComputedAnyway.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                section.Report.Warning(HubErrors.ForeignKey, at, ("path", value.Path), ("suggestion", "it sets this header itself, as the protocol asks"));
            }
            else if (HttpHeaderNames.Refusal(name, "") is { } refused)
            {
                section.Report.Contradiction(at, value.Path, refused, "leave it out");
            }
            else if (variables.Expand(value) is { } text)
            {
                if (HttpHeaderNames.Refusal(name, text) is { } broken)
                {
                    section.Report.Contradiction(value.At, value.Path, broken, "correct it, or the variable that it comes from");
                }
                else
                {
                    headers[name] = text;
                }
            }
        }

        return headers;
    }

    private static string? Token(ConfigView view, IVariables variables)
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
}
