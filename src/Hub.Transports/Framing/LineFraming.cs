using McpHub.Protocol.Errors;

namespace McpHub.Transports.Framing;

/// <summary>
/// Cuts a byte stream into lines: one message a line, LF inside a message is not allowed (2025-11-25 and 2026-07-28, basic/transports, "stdio").
/// A line is complete (<see cref="InboundEvent.Frame"/>), needs more bytes (no event), or breaks the rules (<see cref="InboundEvent.Rejected"/>; the stream goes on).
/// The events do not depend on how the stream was cut into chunks. No byte is searched twice; a frame is copied out of the chunk once, so the caller may reuse the chunk.
/// </summary>
internal sealed class LineFraming(int maxLineBytes = LineFraming.DefaultMaxLineBytes)
{
    public const int DefaultMaxLineBytes = 16 * 1024 * 1024;

    // A line that comes in pieces and is already large gets room for a usual large result at once, without being a large object of the collector.
    private const int Small = 256;
    private const int Large = 4 * 1024;
    private const int LargeFirst = 72 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private byte[] _partial = [];
    private int _held;
    private bool _skipping;
    private bool _first = true;

    public void Append(ReadOnlySpan<byte> chunk, List<InboundEvent> events)
    {
        while (!chunk.IsEmpty)
        {
            var lf = chunk.IndexOf((byte)'\n');
            var piece = lf < 0 ? chunk : chunk[..lf];
            if (_skipping)
            {
                _skipping = lf < 0;
            }
            else if (_held + (long)piece.Length > Ceiling)
            {
                events.Add(TooLong(Head(piece)));
                Forget();
                _skipping = lf < 0;
            }
            else if (lf < 0)
            {
                Hold(piece);
            }
            else
            {
                Complete(piece, events);
            }

            chunk = lf < 0 ? [] : chunk[(lf + 1)..];
        }
    }

    /// <summary>The stream is over: a rest without LF is an event of its own, not silence.</summary>
    public void End(List<InboundEvent> events)
    {
        var rest = WithoutMark(_partial.AsSpan(0, _held));
        if (rest.ContainsAnyExcept(" \t\r"u8))
        {
            var excerpt = PlainText.Of(Cut(rest), PlainText.ExcerptChars);
            events.Add(new InboundEvent.Rejected(HubErrors.UnfinishedLine.With(("bytes", rest.Length)), Excerpt: excerpt));
        }

        Forget();
        _skipping = false;
    }

    // What may be held before a line is surely too long: the limit, the CR of a CRLF and, at the start of the stream, the mark.
    private long Ceiling => maxLineBytes + 1L + (_first ? ByteOrderMark.Length : 0);

    private void Complete(ReadOnlySpan<byte> piece, List<InboundEvent> events)
    {
        var whole = _held == 0;
        if (!whole)
        {
            Hold(piece);
        }

        var line = whole ? piece : _partial.AsSpan(0, _held);
        var start = line.Length - WithoutMark(line).Length;
        line = line[start..];
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        if (line.Length > maxLineBytes)
        {
            events.Add(TooLong(line));
        }
        else if (line.ContainsAnyExcept(" \t\r"u8))
        {
            events.Add(LooksLikeMessage(line)
                ? new InboundEvent.Frame(whole ? line.ToArray() : _partial.AsMemory(start, line.Length))
                : Stray(line));
        }

        Forget();
    }

    // A message is an object, a batch (2025-03-26 peers) an array of objects. "[INFO] started" is neither; the scanner judges the rest.
    private static bool LooksLikeMessage(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t\r"u8);
        return text[0] == '{' || (text[0] == '[' && text[1..].TrimStart(" \t\r"u8) is [(byte)'{' or (byte)']', ..]);
    }

    private ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line) => _first && line.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;

    private InboundEvent.Rejected TooLong(ReadOnlySpan<byte> line) =>
        new(HubErrors.FrameTooLarge.With(("limit", maxLineBytes)), Excerpt: PlainText.Of(Cut(line), PlainText.ExcerptChars));

    private InboundEvent.Rejected Stray(ReadOnlySpan<byte> line)
    {
        var excerpt = PlainText.Of(Cut(line), PlainText.ExcerptChars);
        return new(HubErrors.StrayLine.With(("excerpt", excerpt)), Excerpt: excerpt);
    }

    // Never more than the limit, so that an excerpt does not depend on the cut either.
    private ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> line) => line[..Math.Min(line.Length, Math.Min(PlainText.ExcerptBytes, maxLineBytes))];

    private ReadOnlySpan<byte> Head(ReadOnlySpan<byte> piece)
    {
        var need = PlainText.ExcerptBytes + ByteOrderMark.Length;
        if (_held < need)
        {
            Hold(piece[..Math.Min(piece.Length, need - _held)]);
        }

        return WithoutMark(_partial.AsSpan(0, _held));
    }

    private void Hold(ReadOnlySpan<byte> piece)
    {
        var needed = _held + piece.Length;
        if (needed > _partial.Length)
        {
            var first = needed < Large ? Small : LargeFirst;
            Array.Resize(ref _partial, (int)Math.Max(needed, Math.Min(Ceiling, Math.Max(first, 2L * _partial.Length))));
        }

        piece.CopyTo(_partial.AsSpan(_held));
        _held = needed;
    }

    // The held array now belongs to the frame that was made of it.
    private void Forget() => (_partial, _held, _first) = ([], 0, false);
}
