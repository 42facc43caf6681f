namespace McpHub.Protocol.Wire;

/// <summary>A part of a frame: offset of its first byte and number of bytes. The default value means "absent".</summary>
/// <param name="Start">Offset in the frame.</param>
/// <param name="Length">Number of bytes; 0 = absent, since no JSON value is empty.</param>
public readonly record struct ByteRange(int Start, int Length)
{
    /// <summary>Offset behind the last byte.</summary>
    public int End => Start + Length;

    /// <summary>True if the part exists.</summary>
    public bool Exists => Length > 0;

    /// <summary>The bytes of this part.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> frame) => frame.Slice(Start, Length);

    /// <summary>The bytes of this part.</summary>
    public ReadOnlyMemory<byte> In(ReadOnlyMemory<byte> frame) => frame.Slice(Start, Length);
}
