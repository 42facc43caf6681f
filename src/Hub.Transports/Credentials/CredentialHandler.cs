using McpHub.Protocol.Errors;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Credentials;

/// <summary>Puts the server's credentials on each request. It sees only requests to where the transport may send the server's headers.</summary>
internal sealed class CredentialHandler(RemoteServerParameters server, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>The headers that the server's <see cref="RemoteServerParameters.Auth"/> gives for one request.</summary>
    /// <exception cref="HubException"><c>HUB3102</c>: it failed, or gave what cannot be sent.</exception>
    public static async ValueTask<IReadOnlyDictionary<string, string>> HeadersAsync(RemoteServerParameters server, CancellationToken ct)
    {
        IReadOnlyDictionary<string, string> headers;
        try
        {
            headers = await server.Auth!.GetHeadersAsync(ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            throw Unavailable(server, failure.Message, failure);
        }

        foreach (var (name, value) in headers)
        {
            if (HttpHeaderNames.Refusal(name, value) is { } refused)
            {
                throw Unavailable(server, refused);
            }
        }

        return headers;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in await HeadersAsync(server, cancellationToken).ConfigureAwait(false))
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private static HubException Unavailable(RemoteServerParameters server, string reason, Exception? cause = null) =>
        HubException.From(HttpFailures.Make(server.Name, HubErrors.CredentialsUnavailable, Delivery.NotSent, ("reason", reason)) with { Authentication = AuthenticationFailure.NoCredentials }, cause);
}
