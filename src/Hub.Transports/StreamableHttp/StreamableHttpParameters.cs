using McpHub.Transports.OutboundHttp;

namespace McpHub;

/// <summary>A server behind one URL that speaks Streamable HTTP, of either era.</summary>
/// <param name="Url">The server's MCP endpoint, http or https.</param>
public sealed record StreamableHttpParameters(Uri Url) : ServerParameters, IRemoteServer
{
    /// <summary>Headers sent with every request. Headers that the protocol computes (Host, Content-*, Accept, Mcp-*) cannot be set here: <c>HUB1001</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long opening a TCP (and TLS) connection may take.</summary>
    /// <value>Default 5 s.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether closing the connection ends a legacy session with DELETE (2025-11-25, transports, "Session Management" 5).</summary>
    /// <value>Default true.</value>
    public bool TerminateOnClose { get; init; } = true;

    internal override void Validate() => this.Validate("a Streamable HTTP server", Uri.UriSchemeHttp, Uri.UriSchemeHttps);
}
