using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>Content of a resource: <see cref="TextResourceContents"/> or <see cref="BlobResourceContents"/>; this type itself if the server sent neither member.</summary>
public record ResourceContents : McpObject
{
    /// <summary>URI of the content: the one that was read, or of a part of it.</summary>
    public required string Uri { get; init; }

    /// <summary>MIME type; <c>null</c> if unknown.</summary>
    public string? MimeType { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }

    internal static Type TypeFor(JObject json) =>
        json.ContainsKey("text") ? typeof(TextResourceContents) : json.ContainsKey("blob") ? typeof(BlobResourceContents) : typeof(ResourceContents);
}

/// <summary>Content that is text.</summary>
public sealed record TextResourceContents : ResourceContents
{
    /// <summary>The text.</summary>
    public required string Text { get; init; }
}

/// <summary>Content that is bytes.</summary>
public sealed record BlobResourceContents : ResourceContents
{
    /// <summary>The bytes in base64 as the server sent them.</summary>
    public required string Blob { get; init; }
}

/// <summary>The answer to <c>resources/read</c>.</summary>
public sealed record ReadResourceResult : CacheableResult
{
    /// <summary>The contents; a resource may have several parts.</summary>
    public required IReadOnlyList<ResourceContents> Contents { get; init; }
}
