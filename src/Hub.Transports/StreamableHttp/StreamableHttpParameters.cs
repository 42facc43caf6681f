namespace McpHub;

/// <summary>A server behind one URL that speaks Streamable HTTP, of either era.</summary>
/// <param name="Url">The server's MCP endpoint, http or https.</param>
public sealed record StreamableHttpParameters(Uri Url) : RemoteServerParameters(Url)
{
    /// <summary>Whether closing the connection ends a legacy session with DELETE (2025-11-25, transports, "Session Management" 5).</summary>
    /// <value>Default true.</value>
    public bool TerminateOnClose { get; init; } = true;

    internal override void Validate() => Validate("a Streamable HTTP server", Uri.UriSchemeHttp, Uri.UriSchemeHttps);
}
