using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>A resource (schema <c>Resource</c>).</summary>
public sealed record Resource : McpObject
{
    /// <summary>Its URI: opaque text, compared and sent byte for byte, never normalised.</summary>
    public required string Uri { get; init; }

    /// <summary>The name for programs.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people, since 2025-06-18; <c>null</c>: show <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What it holds, for a model.</summary>
    public string? Description { get; init; }

    /// <summary>MIME type; <c>null</c> if unknown.</summary>
    public string? MimeType { get; init; }

    /// <summary>Size of the content before any encoding, in bytes; <c>null</c> if unknown.</summary>
    public long? Size { get; init; }

    /// <summary>Hints for whoever shows it.</summary>
    public Annotations? Annotations { get; init; }

    /// <summary>Its icons, since 2025-11-25.</summary>
    public IReadOnlyList<Icon>? Icons { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>One page of <c>resources/list</c>.</summary>
public sealed record ListResourcesResult : PaginatedResult
{
    /// <summary>The resources of this page.</summary>
    public required IReadOnlyList<Resource> Resources { get; init; }
}
