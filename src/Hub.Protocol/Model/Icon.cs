namespace McpHub;

/// <summary>An icon of a program, tool, resource or prompt (schema <c>Icon</c>, since 2025-11-25). Hub does not load it.</summary>
public sealed record Icon : McpObject
{
    /// <summary>Where the image is, an <c>https:</c> or <c>data:</c> URI as the peer spelled it. Do not load it from a foreign origin unasked.</summary>
    public required string Src { get; init; }

    /// <summary>MIME type; <c>null</c>: that of the source.</summary>
    public string? MimeType { get; init; }

    /// <summary>Sizes as <c>48x48</c> or <c>any</c>; <c>null</c>: any size.</summary>
    public IReadOnlyList<string>? Sizes { get; init; }

    /// <summary>The background it is made for, <c>light</c> or <c>dark</c>; <c>null</c>: any.</summary>
    public string? Theme { get; init; }
}
