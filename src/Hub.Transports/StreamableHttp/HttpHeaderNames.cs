namespace McpHub.Transports.StreamableHttp;

/// <summary>Header names of MCP, and those a user may not set.</summary>
internal static class HttpHeaderNames
{
    public const string SessionId = "Mcp-Session-Id";
    public const string ProtocolVersion = "MCP-Protocol-Version";
    public const string LastEventId = "Last-Event-ID";

    // What the protocol or the HTTP client computes. Accept-Encoding too: bodies are not decompressed.
    private static readonly HashSet<string> Computed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Accept", "Accept-Encoding", "Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", LastEventId,
    };

    /// <summary>Why a header of a user cannot be sent; never its value, which may be a secret. <c>null</c> = it can.</summary>
    public static string? Refusal(string name, string? value) =>
        !IsToken(name) ? "the name of a header must be a token of letters, digits and !#$%&'*+-.^_`|~"
        : IsComputed(name) ? $"the header {name} is set by the hub itself"
        : value is null || !IsValue(value) ? $"the value of the header {name} has characters other than visible ASCII and inner blanks"
        : null;

    private static bool IsComputed(string name) =>
        Computed.Contains(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase);

    // RFC 9110 5.6.2 token
    public static bool IsToken(string name) => name.Length != 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters);

    // Only what HttpClient sends as it is: visible ASCII, space and tab inside.
    public static bool IsValue(string value) => value.Trim(' ', '\t').Length == value.Length && !value.AsSpan().ContainsAnyExcept(ValueCharacters);

    private static readonly System.Buffers.SearchValues<char> TokenCharacters =
        System.Buffers.SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly System.Buffers.SearchValues<char> ValueCharacters =
        System.Buffers.SearchValues.Create("\t" + string.Concat(Enumerable.Range(0x20, 0x5F).Select(code => (char)code)));
}
