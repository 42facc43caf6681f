namespace McpHub.Protocol.Wire;

/// <summary>Bounds of one scan. Sizes are in bytes, contract "Numbers".</summary>
public sealed record ScanLimits
{
    /// <summary>What a client may send to the hub.</summary>
    public static ScanLimits FromClient { get; } = new() { MaxBytes = 4 * 1024 * 1024, RefuseByteOrderMark = true };

    /// <summary>What a server may send to the hub.</summary>
    public static ScanLimits FromServer { get; } = new() { MaxBytes = 16 * 1024 * 1024 };

    /// <summary>Largest frame.</summary>
    public int MaxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Deepest nesting of arrays and objects, the envelope included.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Most tokens in a frame.</summary>
    public int MaxTokens { get; init; } = 500_000;

    /// <summary>Most members of one object.</summary>
    public int MaxMembers { get; init; } = 10_000;

    /// <summary>Longest id token.</summary>
    public int MaxIdBytes { get; init; } = 256;

    /// <summary>Largest <c>_meta</c> of a client's request.</summary>
    public int MaxMetaBytes { get; init; } = 16 * 1024;

    /// <summary>A byte order mark is an error (HTTP bodies); a stream's framing drops the one it may start with.</summary>
    public bool RefuseByteOrderMark { get; init; }
}
