namespace McpHub;

/// <summary>
/// The credentials for one server behind a URL. They are asked for with each HTTP request (and each WebSocket upgrade), so that a token may change while the connection lives; they go
/// to the server's own origin only, never into a URL and never into a log.
/// </summary>
/// <remarks>Derive from it for headers other than <c>Authorization: Bearer</c>. Thread-safe if the provider is: requests ask at the same time, and one that waits delays no other.</remarks>
public class ClientAuth
{
    private static readonly IReadOnlyDictionary<string, string> _none = new Dictionary<string, string>();

    private readonly Func<CancellationToken, ValueTask<string?>>? _provider;
    private readonly IReadOnlyDictionary<string, string> _headers;

    /// <summary>A token that never changes.</summary>
    /// <param name="token">The bearer token, without the word <c>Bearer</c>; <c>null</c> or empty = no credentials.</param>
    /// <exception cref="HubException"><c>HUB1001</c>: the token has characters other than visible ASCII.</exception>
    public ClientAuth(string? token = null) => _headers = Bearer(token) ?? throw ServerParameters.Invalid("the token has characters other than visible ASCII");

    /// <summary>A token that is asked for with each request: let the provider keep it until shortly before it expires.</summary>
    /// <param name="tokenProvider">Gives the bearer token; <c>null</c> or empty = no credentials. If it throws, the request ends with <c>HUB3102</c> and was not sent.</param>
    public ClientAuth(Func<CancellationToken, ValueTask<string?>> tokenProvider)
    {
        ArgumentNullException.ThrowIfNull(tokenProvider);
        (_provider, _headers) = (tokenProvider, _none);
    }

    /// <summary>The headers of one request. Headers that the protocol computes (Host, Content-*, Accept, Mcp-*) are refused with <c>HUB3102</c>.</summary>
    /// <param name="ct">The request is given up.</param>
    public virtual async ValueTask<IReadOnlyDictionary<string, string>> GetHeadersAsync(CancellationToken ct = default) =>
        _provider is null ? _headers : Bearer(await _provider(ct).ConfigureAwait(false)) ?? throw ServerParameters.Invalid("the token has characters other than visible ASCII");

    // RFC 6750, section 2.1.
    private static IReadOnlyDictionary<string, string>? Bearer(string? token) =>
        string.IsNullOrEmpty(token) ? _none
        : token.AsSpan().ContainsAnyExceptInRange('!', '~') ? null
        : new Dictionary<string, string> { ["Authorization"] = "Bearer " + token };
}
