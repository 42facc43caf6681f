using System.Text;

namespace McpHub.Scenarios;

/// <summary>What came back, as it stands.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="IsStream">Whether it came as events.</param>
/// <param name="Messages">The body, or the data of each event.</param>
internal sealed record RawAnswer(int Status, bool IsStream, IReadOnlyList<string> Messages)
{
    public string Last => Messages[^1];
}

/// <summary>A client that posts exact text and keeps the exact text of the answer: neither side goes through a JSON library.</summary>
internal sealed class RawClient : IDisposable
{
    private const string ModernRevision = "2026-07-28";

    // Throws where a byte would be lost.
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(90) };
    private readonly Uri _url;
    private readonly Era _era;
    private readonly string _revision;
    private string? _session;

    private RawClient(Uri url, Era era, string? revision) => (_url, _era, _revision) = (url, era, revision ?? (era == Era.Modern ? ModernRevision : "2025-11-25"));

    /// <summary>Opens a client.</summary>
    /// <param name="url">The endpoint.</param>
    /// <param name="era">What it speaks.</param>
    /// <param name="revision">Default: the newest of the era.</param>
    /// <param name="headers">Sent with each request, beside those of the protocol.</param>
    public static async Task<RawClient> OpenAsync(Uri url, Era era, string? revision = null, IReadOnlyDictionary<string, string>? headers = null)
    {
        var client = new RawClient(url, era, revision);
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            client._http.DefaultRequestHeaders.Add(name, value);
        }

        if (era == Era.Legacy)
        {
            await client.InitializeAsync();
        }

        return client;
    }

    /// <summary>Sends a request. <paramref name="members"/> stand in <c>params</c> before <c>_meta</c>, <paramref name="meta"/> in <c>_meta</c>, as they are.</summary>
    public Task<RawAnswer> RequestAsync(string method, string members = "", string meta = "", string? name = null, string id = "1") =>
        SendAsync(Request(method, members, meta, id), method, name);

    /// <summary>The body of a request.</summary>
    public string Request(string method, string members = "", string meta = "", string id = "1")
    {
        var reserved = _era == Era.Modern
            ? $$"""
              "io.modelcontextprotocol/protocolVersion":"{{_revision}}","io.modelcontextprotocol/clientCapabilities":{}
              """
            : "";
        var inner = Joined(reserved, meta);
        var parameters = Joined(members, inner.Length == 0 ? "" : $$"""
            "_meta":{{{inner}}}
            """);
        return $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{{{{parameters}}}}}""";
    }

    /// <summary>Sends a body as it is. <paramref name="chunked"/>: without saying its length.</summary>
    public async Task<RawAnswer> SendAsync(string body, string method, string? name, bool chunked = false)
    {
        using var response = await PostAsync(body, method, name, chunked);
        var text = _utf8.GetString(await response.Content.ReadAsByteArrayAsync());
        var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        return new RawAnswer((int)response.StatusCode, isStream, isStream ? Events(text) : [text]);
    }

    public void Dispose() => _http.Dispose();

    private async Task InitializeAsync()
    {
        var body = $$$$"""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"{{{{_revision}}}}","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""";
        using var response = await PostAsync(body, "initialize", null, chunked: false);
        response.EnsureSuccessStatusCode();
        _session = response.Headers.GetValues("Mcp-Session-Id").Single();
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string method, string? name, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(_utf8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (_era == Era.Modern)
        {
            request.Headers.Add("MCP-Protocol-Version", _revision);
            request.Headers.Add("Mcp-Method", method);
            if (name is not null)
            {
                request.Headers.Add("Mcp-Name", name);
            }
        }
        else if (_session is not null)
        {
            request.Headers.Add("MCP-Protocol-Version", _revision);
            request.Headers.Add("Mcp-Session-Id", _session);
        }

        return await _http.SendAsync(request);
    }

    private static List<string> Events(string stream) =>
    [
        .. stream.Split("\n\n").Select(block => block.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal) && line.Length > "data: ".Length).ToArray()).Where(lines => lines.Length > 0)
            .Select(lines => string.Join('\n', lines.Select(line => line[5..].StartsWith(' ') ? line[6..] : line[5..]))),
    ];

    private static string Joined(string left, string right) => left.Length == 0 || right.Length == 0 ? left + right : left + "," + right;
}
