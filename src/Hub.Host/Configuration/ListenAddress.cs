using McpHub.Protocol.Errors;

namespace McpHub.Host.Configuration;

/// <summary>Where the hub listens. Only loopback: a client there is the local user, for whom no authorization is needed.</summary>
internal static class ListenAddress
{
    public static readonly Uri Default = new("http://127.0.0.1:4747");

    /// <summary>Checks an address from <c>hub.listen</c> or <c>--urls</c>.</summary>
    /// <param name="text">The address as written.</param>
    /// <param name="path">What to call it in the error.</param>
    /// <returns>The address, or why it cannot be used.</returns>
    public static (Uri? Address, HubError? Error) Parse(string text, string path)
    {
        (Uri?, HubError?) Refused(string reason) => (null, HubErrors.ListenAddressRefused.With(("path", path), ("url", text), ("reason", reason)));

        if (text.Contains(';', StringComparison.Ordinal) || text.Contains(',', StringComparison.Ordinal))
        {
            return Refused("it listens on one address");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            return Refused("this is no URL such as http://127.0.0.1:4747");
        }

        if (uri.Scheme != Uri.UriSchemeHttp)
        {
            return Refused($"it speaks http, not {uri.Scheme}");
        }

        if (uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            return Refused("only scheme, address and port can be given here");
        }

        if (uri.Host is not ("127.0.0.1" or "localhost" or "[::1]"))
        {
            return Refused("it is not one of this machine's loopback addresses");
        }

        // Kestrel cannot take a free port on two address families at once.
        return (uri is { Host: "localhost", Port: 0 } ? new Uri("http://127.0.0.1:0") : uri, null);
    }
}
