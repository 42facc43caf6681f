using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>A family of resources (schema <c>ResourceTemplate</c>).</summary>
public sealed record ResourceTemplate : McpObject
{
    /// <summary>RFC 6570 template of the URIs, as the server spelled it.</summary>
    public required string UriTemplate { get; init; }

    /// <summary>The name for programs.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people, since 2025-06-18; <c>null</c>: show <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What the family holds, for a model.</summary>
    public string? Description { get; init; }

    /// <summary>MIME type of every resource of the family; <c>null</c> if they differ or it is unknown.</summary>
    public string? MimeType { get; init; }

    /// <summary>Hints for whoever shows it.</summary>
    public Annotations? Annotations { get; init; }

    /// <summary>Its icons, since 2025-11-25.</summary>
    public IReadOnlyList<Icon>? Icons { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>One page of <c>resources/templates/list</c>.</summary>
public sealed record ListResourceTemplatesResult : PaginatedResult
{
    /// <summary>The templates of this page.</summary>
    public required IReadOnlyList<ResourceTemplate> ResourceTemplates { get; init; }
}
