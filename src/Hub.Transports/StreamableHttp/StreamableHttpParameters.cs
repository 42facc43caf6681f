using McpHub.Transports.StreamableHttp;

namespace McpHub;

/// <summary>A server behind one URL that speaks Streamable HTTP, of either era.</summary>
/// <param name="Url">The server's MCP endpoint, http or https.</param>
public sealed record StreamableHttpParameters(Uri Url) : ServerParameters
{
    /// <summary>Headers sent with every request. Headers that the protocol computes (Host, Content-*, Accept, Mcp-*) cannot be set here: <c>HUB1001</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long opening a TCP (and TLS) connection may take.</summary>
    /// <value>Default 5 s.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether closing the connection ends a legacy session with DELETE (2025-11-25, transports, "Session Management" 5).</summary>
    /// <value>Default true.</value>
    public bool TerminateOnClose { get; init; } = true;

    // An unset Url of a deserialised record and a bad header are found when a transport is made of it, before anything is sent.
    internal void Validate()
    {
        if (Url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            throw Invalid("the URL of a Streamable HTTP server must be absolute, with http or https");
        }

        if (Url.UserInfo.Length != 0)
        {
            throw Invalid("the URL must not carry a user name or password: use headers");
        }

        if (ConnectTimeout <= TimeSpan.Zero || ConnectTimeout > TimeSpan.FromMinutes(10))
        {
            throw Invalid("the connect timeout must be more than 0 and at most 10 minutes");
        }

        foreach (var (name, value) in Headers)
        {
            // Never the value: it may be a secret.
            if (!HttpHeaderNames.IsToken(name))
            {
                throw Invalid("a header name is not a token of letters, digits and !#$%&'*+-.^_`|~");
            }

            if (HttpHeaderNames.IsComputed(name))
            {
                throw Invalid($"the header {name} is computed by the protocol and cannot be set");
            }

            if (value is null || !HttpHeaderNames.IsValue(value))
            {
                throw Invalid($"the value of header {name} has characters other than visible ASCII and inner blanks");
            }
        }
    }
}
