namespace McpHub;

/// <summary>Hints for whoever shows a resource or a content block (schema <c>Annotations</c>).</summary>
public sealed record Annotations : McpObject
{
    /// <summary>Who it is for: <c>user</c>, <c>assistant</c>; <c>null</c> if the server does not say.</summary>
    public IReadOnlyList<string>? Audience { get; init; }

    /// <summary>Importance from 0 (optional) to 1 (required); <c>null</c> if the server does not say.</summary>
    public double? Priority { get; init; }

    /// <summary>Time of the last change, ISO 8601, exactly as the server wrote it; since 2025-06-18.</summary>
    public string? LastModified { get; init; }
}
