using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>
/// An SSE response (HTML, Server-sent events, "Parsing an event stream"). One event is one JSON-RPC message in one <c>data</c> line: line breaks stand
/// between JSON tokens only and are dropped, so that no payload can end its event (contract 5, B-9). Every method tells whether the client is still there.
/// </summary>
internal readonly struct SseWriter(HttpContext context, DownstreamLimits limits, TimeProvider time)
{
    private readonly ResponseOutput _output = new(context, limits, time);

    /// <summary>Sends the headers and a comment: proxies and clients see the stream open.</summary>
    public ValueTask<bool> OpenAsync()
    {
        WriteHeaders();
        _output.Write(":\n\n"u8);
        return _output.FlushAsync();
    }

    public void WriteHeaders()
    {
        var response = context.Response;
        response.ContentType = MediaTypes.EventStream;
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Keeps the stream alive. No blank line: after an event with an id some parsers would take it for an event without data.</summary>
    public ValueTask<bool> CommentAsync()
    {
        _output.Write(":\n"u8);
        return _output.FlushAsync();
    }

    /// <summary>An event without a message: the id to resume from, and how long to wait before (2025-11-25, transports, Sending Messages 6).</summary>
    public ValueTask<bool> PrimeAsync(string eventId)
    {
        WriteId(eventId);
        _output.Write("retry: 1000\ndata: \n\n"u8);
        return _output.FlushAsync();
    }

    /// <summary>One message, with the id it can be resumed from if it has one.</summary>
    public async ValueTask<bool> EventAsync(ReadOnlyMemory<byte> frame, string? eventId = null)
    {
        WriteId(eventId);
        _output.Write("event: message\ndata: "u8);
        if (!await _output.WriteAsync(LineBreaks.Remove(frame)))
        {
            return false;
        }

        _output.Write("\n\n"u8);
        return await _output.FlushAsync();
    }

    /// <summary>The response message.</summary>
    public async ValueTask<bool> AnswerAsync(ReadOnlyMemory<byte> id, bool isError, ReadOnlyMemory<byte> part, string? eventId = null)
    {
        WriteId(eventId);
        _output.Write("event: message\ndata: "u8);
        _output.Write(ResponseFrame.Head);
        _output.Write(id.Span);
        _output.Write(ResponseFrame.Member(isError));
        if (!await _output.WriteAsync(LineBreaks.Remove(part)))
        {
            return false;
        }

        _output.Write("}\n\n"u8);
        return await _output.FlushAsync();
    }

    private void WriteId(string? eventId)
    {
        if (eventId is not null)
        {
            _output.Write("id: "u8);
            _output.Write(System.Text.Encoding.ASCII.GetBytes(eventId));
            _output.Write("\n"u8);
        }
    }
}
