using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace McpHub.Load;

/// <summary>The bytes of one <c>tools/call</c> over HTTP/1.1; only its id changes from call to call.</summary>
internal sealed class CallTemplate
{
    private const string Placeholder = "1000000000";
    private const string ModernMeta = """ "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"load","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}""";
    private readonly int _idAt;

    private CallTemplate(byte[] bytes, int minAnswer)
    {
        (Bytes, MinAnswer) = (bytes, minAnswer);
        _idAt = bytes.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes($"\"id\":{Placeholder}")) + 5;
    }

    public byte[] Bytes { get; }

    /// <summary>An answer with fewer bytes is not the one that was asked for.</summary>
    public int MinAnswer { get; }

    public ReadOnlySpan<byte> Id => Bytes.AsSpan(_idAt, Placeholder.Length);

    public CallTemplate Copy() => new([.. Bytes], MinAnswer);

    public void SetId(int id) => id.TryFormat(Bytes.AsSpan(_idAt, Placeholder.Length), out _, provider: CultureInfo.InvariantCulture);

    public static CallTemplate Make(Uri url, bool modern, string? sessionId, ToolCall call)
    {
        var parameters = $"\"name\":\"{call.Tool}\",\"arguments\":{call.Arguments}" + (modern ? "," + ModernMeta.Trim() : "");
        var body = $"{{\"jsonrpc\":\"2.0\",\"id\":{Placeholder},\"method\":\"tools/call\",\"params\":{{{parameters}}}}}";
        var head = $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
            + (modern ? $"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {call.Tool}\r\n" : "MCP-Protocol-Version: 2025-11-25\r\n")
            + (sessionId is null ? "" : $"Mcp-Session-Id: {sessionId}\r\n")
            + $"Content-Length: {body.Length}\r\n\r\n";
        return new CallTemplate(Encoding.ASCII.GetBytes(head + body), call.MinAnswer);
    }

    /// <summary>Makes the session that the calls belong to. Tries until the server is there.</summary>
    /// <returns>The session id; <c>null</c> in the modern era and of servers without one.</returns>
    public static async Task<string?> ConnectAsync(Uri url, bool modern, CancellationToken stop)
    {
        using var client = new HttpClient();
        while (true)
        {
            try
            {
                if (modern)
                {
                    await PostAsync(client, url, null, "server/discover", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" + ModernMeta.Trim() + "}}", modern: true, stop);
                    return null;
                }

                var session = await PostAsync(client, url, null, "initialize",
                    """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"load","version":"1"}}}""", modern: false, stop);
                await PostAsync(client, url, session, "notifications/initialized", """{"jsonrpc":"2.0","method":"notifications/initialized"}""", modern: false, stop);
                return session;
            }
            catch (HttpRequestException) when (!stop.IsCancellationRequested)
            {
                await Task.Delay(100, stop);
            }
        }
    }

    private static async Task<string?> PostAsync(HttpClient client, Uri url, string? session, string method, string body, bool modern, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (modern)
        {
            request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
            request.Headers.Add("Mcp-Method", method);
        }
        else if (method != "initialize")
        {
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        }

        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }

        using var response = await client.SendAsync(request, stop);
        response.EnsureSuccessStatusCode();
        return response.Headers.TryGetValues("Mcp-Session-Id", out var ids) ? ids.First() : null;
    }
}

/// <summary>What is called.</summary>
internal sealed record ToolCall(string Label, string Tool, string Arguments, int MinAnswer);
