using System.Globalization;
using System.Net.Security;
using System.Text;
using McpHub.Transports.StreamableHttp;

namespace McpHub;

/// <summary>Which addresses a server's host may have.</summary>
public enum OutboundAddresses
{
    /// <summary>All but those under which clouds hand out credentials to their machines (169.254.0.0/16, fd00:ec2::254). For URLs that an operator wrote.</summary>
    Any,

    /// <summary>Only addresses of the public Internet: no loopback, private, link-local, shared or reserved ones, however they are written. For URLs that came from somebody else.</summary>
    PublicOnly,
}

/// <summary>A server behind a URL.</summary>
/// <param name="Url">The server's endpoint.</param>
public abstract record RemoteServerParameters(Uri Url) : ServerParameters
{
    /// <summary>
    /// Headers sent with every request, WebSocket upgrades included. Headers that the protocol computes (Host, Content-*, Accept, Mcp-*, Sec-WebSocket-*) cannot be set here: <c>HUB1001</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The credentials, asked for with each request. Its headers win over <see cref="Headers"/> of the same name.</summary>
    /// <value>Default <c>null</c>: none.</value>
    public ClientAuth? Auth { get; init; }

    /// <summary>How long opening a TCP (and TLS) connection may take.</summary>
    /// <value>Default 5 s. More than 0, at most 10 min.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Which addresses the host may have. Each address that its name has is looked at before one of them is connected to (<c>HUB2131</c>).</summary>
    /// <value>Default <see cref="OutboundAddresses.Any"/>.</value>
    public OutboundAddresses Addresses { get; init; }

    /// <summary>An HTTP proxy to go through. The variables HTTP_PROXY and the like are not looked at.</summary>
    /// <value>Default <c>null</c>: straight to the server.</value>
    public Uri? Proxy { get; init; }

    /// <summary>TLS toward an https or wss server: a client certificate, roots of one's own, revocation. <c>TargetHost</c> and <c>ApplicationProtocols</c> are the hub's.</summary>
    /// <value>Default <c>null</c>: the machine's roots, no client certificate.</value>
    public SslClientAuthenticationOptions? Tls { get; init; }

    // An unset Url of a deserialised record and a bad header are found when a transport is made of it, before anything is sent.
    private protected void Validate(string what, string scheme, string secureScheme)
    {
        if (Url is not { IsAbsoluteUri: true } || (Url.Scheme != scheme && Url.Scheme != secureScheme))
        {
            throw Invalid($"the URL of {what} must be absolute, with {scheme} or {secureScheme}");
        }

        if (Url.UserInfo.Length != 0)
        {
            throw Invalid("the URL must not carry a user name or password: use headers or credentials");
        }

        Within(ConnectTimeout, "the connect timeout");
        foreach (var (name, value) in Headers)
        {
            if (HttpHeaderNames.Refusal(name, value) is { } refused)
            {
                throw Invalid(refused);
            }
        }

        if (Proxy is { IsAbsoluteUri: true, UserInfo.Length: > 0 })
        {
            throw Invalid("the URL of the proxy must not carry a user name or password: a proxy that asks for them is not supported");
        }

        if (Proxy is not null && (Proxy is not { IsAbsoluteUri: true, Scheme: "http" or "https" } || Addresses == OutboundAddresses.PublicOnly))
        {
            throw Invalid(Addresses == OutboundAddresses.PublicOnly ? "behind a proxy the server's address is not known: it cannot be held to public ones" : "the proxy must be an absolute URL, with http or https");
        }
    }

    private protected static void Within(TimeSpan timeout, string what)
    {
        if (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromMinutes(10))
        {
            throw Invalid($"{what} must be more than 0 and at most 10 minutes");
        }
    }

    /// <summary>For logs: of URLs no query, of headers no values.</summary>
    /// <param name="builder">Gets the text.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(CultureInfo.InvariantCulture, $", Url = {Shown(Url)}, Headers = {string.Join(' ', Headers.Keys)}, ConnectTimeout = {ConnectTimeout}, Addresses = {Addresses}, Proxy = {Shown(Proxy)}");
        return true;
    }

    private protected static string Shown(Uri? url) => url is { IsAbsoluteUri: true } ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "";

    internal static bool IsSameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
