namespace McpHub.Protocol.Revisions;

/// <summary>The protocol revisions Hub knows. Text on the wire is the revision's date.</summary>
public static class ProtocolRevision
{
    /// <summary>Revision 2024-11-05.</summary>
    public const string V2024_11_05 = "2024-11-05";

    /// <summary>Revision 2025-03-26.</summary>
    public const string V2025_03_26 = "2025-03-26";

    /// <summary>Revision 2025-06-18.</summary>
    public const string V2025_06_18 = "2025-06-18";

    /// <summary>Revision 2025-11-25, the newest legacy one.</summary>
    public const string V2025_11_25 = "2025-11-25";

    /// <summary>Revision 2026-07-28, the modern one.</summary>
    public const string V2026_07_28 = "2026-07-28";

    /// <summary>The revision a handshake offers.</summary>
    public const string NewestLegacy = V2025_11_25;

    /// <summary>The revision a modern request carries.</summary>
    public const string NewestModern = V2026_07_28;

    /// <summary>Legacy revisions, oldest first.</summary>
    public static IReadOnlyList<string> Legacy { get; } = [V2024_11_05, V2025_03_26, V2025_06_18, V2025_11_25];

    /// <summary>Modern revisions, oldest first; exactly what <c>server/discover</c> lists.</summary>
    public static IReadOnlyList<string> Modern { get; } = [V2026_07_28];

    /// <summary>True for a revision of the legacy era that Hub speaks.</summary>
    public static bool IsLegacy(string? revision) => revision is not null && Legacy.Contains(revision);

    /// <summary>True for a revision of the modern era that Hub speaks.</summary>
    public static bool IsModern(string? revision) => revision is not null && Modern.Contains(revision);

    /// <summary>True if <paramref name="revision"/> is <paramref name="other"/> or came after it. Dates compare as text.</summary>
    public static bool IsAtLeast(string revision, string other) => string.CompareOrdinal(revision, other) >= 0;
}
