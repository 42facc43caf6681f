namespace McpHub.Protocol.Wire;

/// <summary>Bounds of one scan (contract 0.3, "Numbers", and 5, B-2 and 2.9). Sizes are in bytes; a value equal to its bound passes.</summary>
public sealed record ScanLimits
{
    /// <summary>What a client may send to the hub.</summary>
    public static ScanLimits FromClient { get; } = new()
    {
        MaxBytes = 4 * 1024 * 1024,
        MaxMetaBytes = 16 * 1024,
        MaxMetaDepth = 8,
        MaxArgumentStringBytes = 2 * 1024 * 1024,
    };

    /// <summary>What a server may send to the hub.</summary>
    public static ScanLimits FromServer { get; } = new();

    /// <summary>Largest frame.</summary>
    public int MaxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Deepest nesting of arrays and objects, the envelope included.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Most tokens in a frame; a member's name is one, and so is each brace and bracket.</summary>
    public int MaxTokens { get; init; } = 500_000;

    /// <summary>Most members of one object.</summary>
    public int MaxMembers { get; init; } = 10_000;

    /// <summary>Longest id token, the quotes of a string included.</summary>
    public int MaxIdBytes { get; init; } = 256;

    /// <summary>Largest <c>params._meta</c>; bounded for clients only.</summary>
    public int MaxMetaBytes { get; init; } = int.MaxValue;

    /// <summary>Deepest nesting in <c>params._meta</c>, itself included; bounded for clients only.</summary>
    public int MaxMetaDepth { get; init; } = int.MaxValue;

    /// <summary>Longest string in <c>params.arguments</c>, as written between its quotes; bounded for clients only.</summary>
    public int MaxArgumentStringBytes { get; init; } = int.MaxValue;
}
