using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>A tool (schema <c>Tool</c>).</summary>
public sealed record Tool : McpObject
{
    /// <summary>The name it is called by.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people, since 2025-06-18; <c>null</c>: show <see cref="ToolAnnotations.Title"/>, then <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What it does, for a model; <c>null</c> if the server does not say.</summary>
    public string? Description { get; init; }

    /// <summary>JSON Schema of its arguments.</summary>
    public required JObject InputSchema { get; init; }

    /// <summary>JSON Schema of <see cref="CallToolResult.StructuredContent"/>, since 2025-06-18; <c>null</c> if the tool promises none.</summary>
    public JObject? OutputSchema { get; init; }

    /// <summary>Hints on its behaviour, since 2025-03-26.</summary>
    public ToolAnnotations? Annotations { get; init; }

    /// <summary>Its icons, since 2025-11-25.</summary>
    public IReadOnlyList<Icon>? Icons { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>Hints on a tool's behaviour (schema <c>ToolAnnotations</c>). The server's own claim: never a basis for trust.</summary>
public sealed record ToolAnnotations : McpObject
{
    /// <summary>A name for people.</summary>
    public string? Title { get; init; }

    /// <summary>The tool changes nothing. <c>null</c> means <c>false</c>.</summary>
    public bool? ReadOnlyHint { get; init; }

    /// <summary>The tool may destroy something; only if it is not read-only. <c>null</c> means <c>true</c>.</summary>
    public bool? DestructiveHint { get; init; }

    /// <summary>A repeated call with the same arguments has no further effect; only if it is not read-only. <c>null</c> means <c>false</c>.</summary>
    public bool? IdempotentHint { get; init; }

    /// <summary>The tool reaches out to an open world, such as web search. <c>null</c> means <c>true</c>.</summary>
    public bool? OpenWorldHint { get; init; }
}

/// <summary>One page of <c>tools/list</c>.</summary>
public sealed record ListToolsResult : PaginatedResult
{
    /// <summary>The tools of this page.</summary>
    public required IReadOnlyList<Tool> Tools { get; init; }
}
