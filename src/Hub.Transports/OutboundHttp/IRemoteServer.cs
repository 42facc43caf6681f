using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.OutboundHttp;

/// <summary>What the parameters of all servers behind a URL have in common.</summary>
internal interface IRemoteServer
{
    Uri Url { get; }

    string? Name { get; }

    IReadOnlyDictionary<string, string> Headers { get; }

    TimeSpan ConnectTimeout { get; }
}

internal static class RemoteServer
{
    // An unset Url of a deserialised record and a bad header are found when a transport is made of it, before anything is sent.
    public static void Validate(this IRemoteServer server, string what, string scheme, string secureScheme)
    {
        if (server.Url is not { IsAbsoluteUri: true } || (server.Url.Scheme != scheme && server.Url.Scheme != secureScheme))
        {
            throw ServerParameters.Invalid($"the URL of {what} must be absolute, with {scheme} or {secureScheme}");
        }

        if (server.Url.UserInfo.Length != 0)
        {
            throw ServerParameters.Invalid("the URL must not carry a user name or password: use headers");
        }

        Within(server.ConnectTimeout, "the connect timeout");
        foreach (var (name, value) in server.Headers)
        {
            // Never the value: it may be a secret.
            if (!HttpHeaderNames.IsToken(name))
            {
                throw ServerParameters.Invalid("a header name is not a token of letters, digits and !#$%&'*+-.^_`|~");
            }

            if (HttpHeaderNames.IsComputed(name))
            {
                throw ServerParameters.Invalid($"the header {name} is computed by the protocol and cannot be set");
            }

            if (value is null || !HttpHeaderNames.IsValue(value))
            {
                throw ServerParameters.Invalid($"the value of header {name} has characters other than visible ASCII and inner blanks");
            }
        }
    }

    public static void Within(TimeSpan timeout, string what)
    {
        if (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromMinutes(10))
        {
            throw ServerParameters.Invalid($"{what} must be more than 0 and at most 10 minutes");
        }
    }

    public static bool IsSameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
