namespace McpHub.Protocol.Wire;

/// <summary>Line breaks for hops that frame by lines (stdio, SSE). In a scanned frame they stand between tokens only, so that dropping them changes no value.</summary>
public static class LineBreaks
{
    /// <summary>The frame without CR and LF; the same memory if it has none.</summary>
    public static ReadOnlyMemory<byte> Remove(ReadOnlyMemory<byte> frame)
    {
        var rest = frame.Span;
        var next = rest.IndexOfAny((byte)'\r', (byte)'\n');
        if (next < 0)
        {
            return frame;
        }

        var line = new byte[frame.Length];
        var length = 0;
        for (; next >= 0; next = rest.IndexOfAny((byte)'\r', (byte)'\n'))
        {
            rest[..next].CopyTo(line.AsSpan(length));
            length += next;
            rest = rest[(next + 1)..];
        }

        rest.CopyTo(line.AsSpan(length));
        return line.AsMemory(0, length + rest.Length);
    }
}
