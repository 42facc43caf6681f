using System.Text;
using McpHub.Protocol.Errors;
using McpHub.Transports.OutboundHttp;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Sse;

/// <summary>Where the messages of a connection go.</summary>
internal static class SseEndpoint
{
    /// <param name="server">The server.</param>
    /// <param name="data">The data of its endpoint event: a URI, as a rule a relative one (2024-11-05, transports, "HTTP with SSE").</param>
    /// <param name="endpoint">Where messages go.</param>
    /// <returns>Why they go nowhere.</returns>
    public static HubError? Resolve(SseServerParameters server, ReadOnlySpan<byte> data, out Uri endpoint)
    {
        endpoint = server.Url;
        var named = Uri.TryCreate(server.Url, Encoding.UTF8.GetString(data).Trim(), out var uri) && uri is { Scheme: "http" or "https", UserInfo: "" } ? uri : null;
        if (server.MessageUrl is { } configured)
        {
            endpoint = configured.Query.Length == 0 && named is not null ? new UriBuilder(configured) { Query = named.Query }.Uri : configured;
            return null;
        }

        if (named is null)
        {
            return HttpFailures.Violation(server.Name, "its endpoint event names no http or https URL", Delivery.NotSent);
        }

        // Contract 2, 2-2: without this check a server could have the credentials sent anywhere.
        if (!RemoteServerParameters.IsSameOrigin(named, server.Url) && !server.AllowedOrigins.Any(allowed => RemoteServerParameters.IsSameOrigin(named, allowed)))
        {
            return HttpFailures.Make(server.Name, HubErrors.EndpointOriginMismatch, Delivery.NotSent, ("endpoint", named.GetLeftPart(UriPartial.Authority)));
        }

        endpoint = named;
        return null;
    }
}
