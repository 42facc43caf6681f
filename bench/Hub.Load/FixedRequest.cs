using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace McpHub.Load;

/// <summary>An HTTP/1.1 request as far as the fixed upstream looks at it.</summary>
internal readonly ref struct FixedRequest
{
    public const int Largest = 1024 * 1024;

    public ReadOnlySpan<byte> Method { get; private init; }

    public ReadOnlySpan<byte> Body { get; private init; }

    public bool HasSession { get; private init; }

    /// <summary>No other follows on this connection.</summary>
    public bool IsLast { get; private init; }

    /// <summary>Bytes of it on the wire.</summary>
    public int Length { get; private init; }

    /// <summary>False if more has to come. A chunked body is put together in <paramref name="chunks"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> seen, ArrayBufferWriter<byte> chunks, out FixedRequest request)
    {
        request = default;
        var end = seen.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var (length, chunked, hasSession, isLast) = (0, false, false, false);
        var start = seen.IndexOf("\r\n"u8);
        for (var rest = seen[(start + 2)..(end + 2)]; !rest.IsEmpty;)
        {
            var field = rest[..rest.IndexOf("\r\n"u8)];
            rest = rest[(field.Length + 2)..];
            var colon = field.IndexOf((byte)':');
            var name = field[..Math.Max(colon, 0)];
            var value = field[(colon + 1)..].Trim((byte)' ');
            if (Is(name, "content-length"u8))
            {
                Demand(Utf8Parser.TryParse(value, out length, out var digits) && digits == value.Length && length is >= 0 and <= Largest);
            }

            chunked |= Is(name, "transfer-encoding"u8) && Is(value, "chunked"u8);
            hasSession |= Is(name, "mcp-session-id"u8);
            isLast |= Is(name, "connection"u8) && Is(value, "close"u8);
        }

        var body = seen[(end + 4)..];
        var size = length;
        if (chunked ? !TryJoin(body, chunks, out size) : body.Length < length)
        {
            return false;
        }

        request = new FixedRequest
        {
            Method = seen[..Math.Max(seen[..start].IndexOf((byte)' '), 0)],
            Body = chunked ? chunks.WrittenSpan : body[..length],
            HasSession = hasSession,
            IsLast = isLast,
            Length = end + 4 + size,
        };
        return true;
    }

    private static bool TryJoin(ReadOnlySpan<byte> seen, ArrayBufferWriter<byte> chunks, out int used)
    {
        chunks.ResetWrittenCount();
        for (used = 0; ;)
        {
            var line = seen[used..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return false;
            }

            Demand(Utf8Parser.TryParse(seen.Slice(used, line), out int size, out _, 'x') && size is >= 0 and <= Largest);
            used += line + 2;
            if (seen.Length < used + size + 2)
            {
                return false;
            }

            chunks.Write(seen.Slice(used, size));
            used += size + 2;
            Demand(seen[..used].EndsWith("\r\n"u8));    // no trailers: nobody here sends them
            if (size == 0)
            {
                return true;
            }
        }
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> wanted) => Ascii.EqualsIgnoreCase(text, wanted);

    private static void Demand(bool holds)
    {
        if (!holds)
        {
            throw new InvalidDataException("not an HTTP/1.1 request as the fixed upstream reads it");
        }
    }
}
