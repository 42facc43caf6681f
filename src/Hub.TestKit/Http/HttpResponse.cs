using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using McpHub.Testing.Engine;

namespace McpHub.Testing.Http;

/// <summary>The response of one request: one JSON body, or a stream of events as soon as something comes before the answer.</summary>
internal sealed class HttpResponse(ScriptedServer server, Socket socket, bool isGet = false) : ReplyPath
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStream;

    /// <summary>Headers that the answer gets besides its own.</summary>
    public string Headers { get; set; } = "";

    /// <summary>Completes when the response is whole.</summary>
    public Task Done => _done.Task;

    public override Task WriteAsync(ReadOnlyMemory<byte> utf8, bool isLast) => AloneAsync(async () =>
    {
        if (isLast && !_isStream && !server.AnswersWithEvents)
        {
            await SendAsync([.. Head(200, "application/json", $"Content-Length: {utf8.Length}"), .. utf8.Span]).ConfigureAwait(false);
        }
        else
        {
            await BeginAsync().ConfigureAwait(false);
            var text = Event(utf8);
            await SendAsync(Chunk(text)).ConfigureAwait(false);
            if (isLast)
            {
                await SendAsync(Chunk("")).ConfigureAwait(false);
            }
        }

        if (isLast)
        {
            _done.TrySetResult();
        }
    });

    public override Task WritePartAsync(ReadOnlyMemory<byte> utf8, int bytes) => AloneAsync(async () =>
    {
        if (!_isStream && !server.AnswersWithEvents)
        {
            await SendAsync([.. Head(200, "application/json", $"Content-Length: {utf8.Length}"), .. utf8.Span[..bytes]]).ConfigureAwait(false);
        }
        else
        {
            await BeginAsync().ConfigureAwait(false);
            await SendAsync(Chunk("data: " + Encoding.UTF8.GetString(utf8.Span[..bytes]))).ConfigureAwait(false);
        }
    });

    public override async Task<bool> WriteStatusAsync(int status, string contentType, string body)
    {
        var utf8 = Encoding.UTF8.GetBytes(body);
        await AloneAsync(async () =>
        {
            if (_isStream)
            {
                throw new ScriptException($"HTTP {status} cannot be answered any more: the response has begun");
            }

            await SendAsync([.. Head(status, utf8.Length == 0 ? null : contentType, $"Content-Length: {utf8.Length}"), .. utf8]).ConfigureAwait(false);
            _done.TrySetResult();
        }).ConfigureAwait(false);
        return true;
    }

    public override Task WriteErrorAsync(ReadOnlyMemory<byte> utf8, int status) =>
        _isStream ? WriteAsync(utf8, isLast: true) : WriteStatusAsync(status, "application/json", Encoding.UTF8.GetString(utf8.Span));

    /// <summary>Begins a stream of events that nothing has come on yet.</summary>
    public Task OpenAsync() => AloneAsync(BeginAsync);

    /// <summary>Ends a stream of events.</summary>
    public Task CloseAsync() => AloneAsync(async () =>
    {
        if (_isStream && !_done.Task.IsCompleted)
        {
            await SendAsync(Chunk("")).ConfigureAwait(false);
        }

        _done.TrySetResult();
    });

    // The line ends of the event stream format only: ReplaceLineEndings knows others, which are text here.
    private static string Event(ReadOnlyMemory<byte> utf8) =>
        "data: " + Encoding.UTF8.GetString(utf8.Span).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\ndata: ", StringComparison.Ordinal) + "\n\n";

    private static byte[] Chunk(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return [.. Encoding.ASCII.GetBytes(utf8.Length.ToString("x", CultureInfo.InvariantCulture)), .. "\r\n"u8, .. utf8, .. "\r\n"u8];
    }

    private byte[] Head(int status, string? contentType, string length) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status.ToString(CultureInfo.InvariantCulture)} {(HttpStatusCode)status}\r\n{(contentType is null ? "" : $"Content-Type: {contentType}\r\n")}{length}\r\n{Headers}\r\n");

    private async Task BeginAsync()
    {
        if (!_isStream)
        {
            _isStream = true;
            await SendAsync(Head(200, "text/event-stream", "Cache-Control: no-store\r\nTransfer-Encoding: chunked" + (isGet ? "\r\nConnection: close" : ""))).ConfigureAwait(false);
        }
    }

    private async Task AloneAsync(Func<Task> write)
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_done.Task.IsCompleted && !isGet)
            {
                throw new ScriptException("the HTTP response of this request is over: nothing more can come on it");
            }

            await write().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task SendAsync(byte[] bytes)
    {
        foreach (var slice in bytes.Chunk(server.SliceBytes ?? bytes.Length))
        {
            for (var rest = slice.AsMemory(); rest.Length > 0;)
            {
                rest = rest[await socket.SendAsync(rest).ConfigureAwait(false)..];
            }
        }
    }
}
