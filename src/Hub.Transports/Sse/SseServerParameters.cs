using System.Globalization;
using System.Text;

namespace McpHub;

/// <summary>
/// A server that speaks HTTP+SSE of revision 2024-11-05, deprecated since 2025-03-26: one stream of events comes in, each message goes out as a POST to the endpoint that the stream
/// names. A <see cref="StreamableHttpParameters"/> finds such a server too, if its URL offers the stream on GET.
/// </summary>
/// <param name="Url">The URL of the stream, http or https.</param>
public sealed record SseServerParameters(Uri Url) : RemoteServerParameters(Url)
{
    /// <summary>How long the server may take to name its endpoint (<c>HUB2105</c>).</summary>
    /// <value>Default 30 s.</value>
    public TimeSpan EndpointTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest silence on the stream; comments break it too. Then the connection is lost (<c>HUB2110</c>).</summary>
    /// <value>Default <see cref="Timeout.InfiniteTimeSpan"/>: the hub's pings notice a server that is gone.</value>
    public TimeSpan ReadTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Where messages go instead of the endpoint that the server names: for one that does not know its own prefix behind a proxy. What the server names still says the session:
    /// its query is kept, unless this URL has one. <c>x-hub.messageUrl</c> in hub.json.</summary>
    /// <value>Default <c>null</c>: where the server says, if it is of the same origin as <see cref="RemoteServerParameters.Url"/>.</value>
    public Uri? MessageUrl { get; init; }

    /// <summary>Other origins that the server may name; the headers, credentials included, go there too. Only scheme, host and port count.</summary>
    /// <value>Default none.</value>
    public IReadOnlyList<Uri> AllowedOrigins { get; init; } = [];

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(CultureInfo.InvariantCulture, $", EndpointTimeout = {EndpointTimeout}, ReadTimeout = {ReadTimeout}, MessageUrl = {Shown(MessageUrl)}, AllowedOrigins = {string.Join(' ', AllowedOrigins.Select(Shown))}");
        return true;
    }

    internal override void Validate()
    {
        Validate("an HTTP+SSE server", Uri.UriSchemeHttp, Uri.UriSchemeHttps);
        Within(EndpointTimeout, "the endpoint timeout");
        if (Era is McpHub.Era.Modern)
        {
            throw Invalid("HTTP+SSE is of revision 2024-11-05: the era cannot be pinned to 2026-07-28");
        }

        if (ReadTimeout != Timeout.InfiniteTimeSpan)
        {
            Within(ReadTimeout, "the read timeout");
        }

        if (MessageUrl is not null && (MessageUrl is not { IsAbsoluteUri: true, Scheme: "http" or "https" } || MessageUrl.UserInfo.Length != 0))
        {
            throw Invalid("the message URL must be absolute, with http or https, and without a user name or password");
        }

        if (AllowedOrigins.Any(origin => origin is not { IsAbsoluteUri: true, Scheme: "http" or "https" }))
        {
            throw Invalid("an allowed origin must be absolute, with http or https");
        }
    }
}
