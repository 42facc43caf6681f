using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>
/// A piece of a tool's output or of a prompt message (schema <c>ContentBlock</c>): <see cref="TextContent"/>, <see cref="ImageContent"/>,
/// <see cref="AudioContent"/>, <see cref="ResourceLink"/>, <see cref="EmbeddedResource"/> or, for a type that Hub does not know, <see cref="UnknownContent"/>.
/// In messages for a model also <see cref="ToolUseContent"/> and <see cref="ToolResultContent"/>.
/// </summary>
public abstract record ContentBlock : McpObject
{
    private protected ContentBlock()
    {
    }

    /// <summary>The type as it stands on the wire.</summary>
    [JsonProperty(Order = -1)]
    public abstract string Type { get; init; }

    /// <summary>Hints for whoever shows it.</summary>
    public Annotations? Annotations { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }

    internal static Type TypeFor(JObject json) => ((json["type"] as JValue)?.Value as string) switch
    {
        "text" => typeof(TextContent),
        "image" => typeof(ImageContent),
        "audio" => typeof(AudioContent),
        "resource_link" => typeof(ResourceLink),
        "resource" => typeof(EmbeddedResource),
        "tool_use" => typeof(ToolUseContent),
        "tool_result" => typeof(ToolResultContent),
        _ => typeof(UnknownContent),
    };
}

/// <summary>Text.</summary>
public sealed record TextContent : ContentBlock
{
    /// <summary>Always <c>text</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "text"; init { } }

    /// <summary>The text.</summary>
    public required string Text { get; init; }
}

/// <summary>An image.</summary>
public sealed record ImageContent : ContentBlock
{
    /// <summary>Always <c>image</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "image"; init { } }

    /// <summary>The image in base64 as the server sent it.</summary>
    public required string Data { get; init; }

    /// <summary>MIME type of the image.</summary>
    public required string MimeType { get; init; }
}

/// <summary>A sound, since 2025-03-26.</summary>
public sealed record AudioContent : ContentBlock
{
    /// <summary>Always <c>audio</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "audio"; init { } }

    /// <summary>The sound in base64 as the server sent it.</summary>
    public required string Data { get; init; }

    /// <summary>MIME type of the sound.</summary>
    public required string MimeType { get; init; }
}

/// <summary>A resource that can be read, since 2025-06-18. It need not be in the server's list.</summary>
public sealed record ResourceLink : ContentBlock
{
    /// <summary>Always <c>resource_link</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "resource_link"; init { } }

    /// <summary>Its URI: opaque text, compared and sent byte for byte.</summary>
    public required string Uri { get; init; }

    /// <summary>The name for programs.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people; <c>null</c>: show <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What it holds, for a model.</summary>
    public string? Description { get; init; }

    /// <summary>MIME type; <c>null</c> if unknown.</summary>
    public string? MimeType { get; init; }

    /// <summary>Size of the content before any encoding, in bytes; <c>null</c> if unknown.</summary>
    public long? Size { get; init; }

    /// <summary>Its icons, since 2025-11-25.</summary>
    public IReadOnlyList<Icon>? Icons { get; init; }
}

/// <summary>A resource with its content.</summary>
public sealed record EmbeddedResource : ContentBlock
{
    /// <summary>Always <c>resource</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "resource"; init { } }

    /// <summary>The content.</summary>
    public required ResourceContents Resource { get; init; }
}

/// <summary>A model's request to call a tool, since 2025-11-25; in sampling only.</summary>
public sealed record ToolUseContent : ContentBlock
{
    /// <summary>Always <c>tool_use</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "tool_use"; init { } }

    /// <summary>Names this use; its result refers to it.</summary>
    public required string Id { get; init; }

    /// <summary>The tool's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its arguments.</summary>
    public required JObject Input { get; init; }
}

/// <summary>What a tool that a model asked for gave, since 2025-11-25; in sampling only.</summary>
public sealed record ToolResultContent : ContentBlock
{
    /// <summary>Always <c>tool_result</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "tool_result"; init { } }

    /// <summary>The <see cref="ToolUseContent.Id"/> that it belongs to.</summary>
    public required string ToolUseId { get; init; }

    /// <summary>The output for a model.</summary>
    public required IReadOnlyList<ContentBlock> Content { get; init; }

    /// <summary>The output as JSON.</summary>
    public JToken? StructuredContent { get; init; }

    /// <summary>The tool failed. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool IsError { get; init; }
}

/// <summary>Content of a type that Hub does not know; its members are in <see cref="McpObject.ExtensionData"/>.</summary>
public sealed record UnknownContent : ContentBlock
{
    /// <summary>The type as the server named it.</summary>
    [JsonProperty(Order = -1)]
    public override required string Type { get; init; }
}
