using System.Globalization;
using System.Text;
using System.Text.Json;

namespace McpHub.Scenarios.Notifications;

/// <summary>A client of either era that reads what comes one event at a time.</summary>
internal sealed class EventClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _url;
    private readonly Era _era;
    private readonly string _revision;
    private string? _session;
    private int _lastId;

    private EventClient(Uri url, Era era, string revision) => (_url, _era, _revision) = (url, era, revision);

    /// <summary>The capabilities that the hub declared.</summary>
    public JsonElement Capabilities { get; private set; }

    public static async Task<EventClient> OpenAsync(HubUnderTest hub, Era era, string revision = "2025-11-25")
    {
        var client = new EventClient(hub.Host.Url, era, era == Era.Modern ? "2026-07-28" : revision);
        if (era == Era.Modern)
        {
            client.Capabilities = (await client.AnswerAsync("server/discover")).GetProperty("result").GetProperty("capabilities");
            return client;
        }

        await using var hello = await client.PostAsync("initialize", $$$"""
            "protocolVersion":"{{{revision}}}","capabilities":{},"clientInfo":{"name":"events","version":"1"}
            """);
        client._session = hello.Session;
        client.Capabilities = (await hello.NextMessageAsync()).GetProperty("result").GetProperty("capabilities");
        return client;
    }

    /// <summary>Sends a request and waits for the head of its answer. <paramref name="members"/> stand in <c>params</c>, <paramref name="meta"/> in its <c>_meta</c>.</summary>
    public async Task<EventStream> PostAsync(string method, string members = "", string meta = "", string? name = null)
    {
        var reserved = _era == Era.Modern ? "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}" : "";
        var inner = string.Join(',', new[] { reserved, meta }.Where(part => part.Length > 0));
        var parameters = string.Join(',', new[] { members, inner.Length > 0 ? $"\"_meta\":{{{inner}}}" : "" }.Where(part => part.Length > 0));
        var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Content = new StringContent($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{{{{parameters}}}}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (_era == Era.Modern)
        {
            request.Headers.Add("Mcp-Method", method);
            if (name is not null)
            {
                request.Headers.Add("Mcp-Name", name);
            }
        }

        return await SendAsync(request);
    }

    public Task<EventStream> CallAsync(string tool, string arguments = "{}", string meta = "") => PostAsync("tools/call", $$$"""
        "name":"{{{tool}}}","arguments":{{{arguments}}}
        """, meta, tool);

    /// <summary>The answer alone.</summary>
    public async Task<JsonElement> AnswerAsync(string method, string members = "", string meta = "", string? name = null)
    {
        await using var answer = await PostAsync(method, members, meta, name);
        return (await answer.MessagesAsync())[^1];
    }

    public async Task<string> TextAsync(string tool, string arguments = "{}")
    {
        await using var answer = await CallAsync(tool, arguments);
        return (await answer.MessagesAsync())[^1].GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;
    }

    /// <summary>Opens the session's stream, or goes on with one.</summary>
    public async Task<EventStream> GetAsync(string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, _url);
        request.Headers.Add("Accept", "text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        return await SendAsync(request);
    }

    public async Task EndAsync()
    {
        await using var ended = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, _url));
        Assert.Equal(204, ended.Status);
    }

    public void Dispose() => _http.Dispose();

    private async Task<EventStream> SendAsync(HttpRequestMessage request)
    {
        if (_era == Era.Modern || _session is not null)
        {
            request.Headers.Add("MCP-Protocol-Version", _revision);
        }

        if (_session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", _session);
        }

        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        return new EventStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8));
    }

    /// <summary>One event as it stands.</summary>
    internal sealed record Event(string? Id, string? Retry, string Data);

    /// <summary>An answer while it arrives. Disposing it closes its connection.</summary>
    internal sealed class EventStream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        public int Status => (int)response.StatusCode;

        public bool IsStream => response.Content.Headers.ContentType?.MediaType == "text/event-stream";

        public string? Session => response.Headers.TryGetValues("Mcp-Session-Id", out var values) ? values.Single() : null;

        /// <summary>The next event, or the body if it is no stream; <c>null</c> at the end. Comments are passed over.</summary>
        public async Task<Event?> NextAsync()
        {
            if (!IsStream)
            {
                var body = await reader.ReadToEndAsync().WaitAsync(Patience);
                return body.Length > 0 ? new Event(null, null, body) : null;
            }

            (string? id, string? retry, string? data) = (null, null, null);
            while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                if (line.Length == 0 && (id ?? retry ?? data) is not null)
                {
                    return new Event(id, retry, data ?? "");
                }

                var value = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart(' ');
                (id, retry, data) = line.Split(':')[0] switch
                {
                    "id" => (value, retry, data),
                    "retry" => (id, value, data),
                    "data" => (id, retry, data is null ? value : data + "\n" + value),
                    _ => (id, retry, data),
                };
            }

            return null;
        }

        /// <summary>The next event that carries a message.</summary>
        public async Task<Event> NextWithMessageAsync()
        {
            while (await NextAsync() is { } next)
            {
                if (next.Data.Length > 0)
                {
                    return next;
                }
            }

            throw new InvalidOperationException("the stream ended");
        }

        public async Task<JsonElement> NextMessageAsync() => JsonDocument.Parse((await NextWithMessageAsync()).Data).RootElement;

        /// <summary>The next message with this method. Others are passed over: lists of servers that just started change when they like.</summary>
        public async Task<JsonElement> NextAsync(string method)
        {
            while (true)
            {
                var message = await NextMessageAsync();
                if (message.TryGetProperty("method", out var its) && its.GetString() == method)
                {
                    return message;
                }
            }
        }

        /// <summary>Every message up to the end.</summary>
        public async Task<List<JsonElement>> MessagesAsync()
        {
            var messages = new List<JsonElement>();
            while (await NextAsync() is { } next)
            {
                if (next.Data.Length > 0)
                {
                    messages.Add(JsonDocument.Parse(next.Data).RootElement);
                }
            }

            return messages;
        }

        public ValueTask DisposeAsync()
        {
            response.Dispose();
            return default;
        }
    }
}
