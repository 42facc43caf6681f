using McpHub.Actors;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>The stream of one call of a legacy session, as the POST that began it sees it.</summary>
internal sealed class CallEvents
{
    private readonly SessionEvents _events;
    private readonly EventStream _stream;
    private readonly object _holder;

    public CallEvents(SessionEvents events)
    {
        (_events, _stream) = (events, events.Open(isCall: true));
        _holder = events.Hold(_stream);
    }

    /// <summary>The id of the place before the first message.</summary>
    public string FirstId => SessionEvents.Id(_stream, 0);

    /// <summary>A GET goes on with this stream: nothing more may be written here (2025-11-25, transports, Multiple Connections 2).</summary>
    public bool IsTakenOver => !_events.IsHeldBy(_stream, _holder);

    public string Append(ReadOnlyMemory<byte> notification) => _events.Append(_stream, notification);

    public string Append(ReadOnlyMemory<byte> id, in RelayAnswer answer)
    {
        // What is too large is not joined to be thrown away.
        var frame = answer.Part.Length > SessionEvents.MaxBytes ? [] : answer.IsError ? FrameWriter.Error(id.Span, answer.Part.Span) : FrameWriter.Result(id.Span, answer.Part.Span);
        return _events.Append(_stream, frame);
    }

    public void End() => _events.End(_stream);
}
