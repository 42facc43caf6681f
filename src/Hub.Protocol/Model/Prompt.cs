using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>A prompt or a template of one (schema <c>Prompt</c>).</summary>
public sealed record Prompt : McpObject
{
    /// <summary>The name it is got by.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people, since 2025-06-18; <c>null</c>: show <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>Its arguments; <c>null</c> if it takes none.</summary>
    public IReadOnlyList<PromptArgument>? Arguments { get; init; }

    /// <summary>Its icons, since 2025-11-25.</summary>
    public IReadOnlyList<Icon>? Icons { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>An argument of a prompt; its values are text.</summary>
public sealed record PromptArgument : McpObject
{
    /// <summary>The name it is given by.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people, since 2025-06-18; <c>null</c>: show <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>What it means.</summary>
    public string? Description { get; init; }

    /// <summary>The prompt can't be got without it. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool Required { get; init; }
}

/// <summary>One page of <c>prompts/list</c>.</summary>
public sealed record ListPromptsResult : PaginatedResult
{
    /// <summary>The prompts of this page.</summary>
    public required IReadOnlyList<Prompt> Prompts { get; init; }
}

/// <summary>One message of a prompt.</summary>
public sealed record PromptMessage : McpObject
{
    /// <summary>Who speaks: <c>user</c> or <c>assistant</c>; another word is kept as the server wrote it.</summary>
    public required string Role { get; init; }

    /// <summary>What is said.</summary>
    public required ContentBlock Content { get; init; }
}

/// <summary>The answer to <c>prompts/get</c>.</summary>
public sealed record GetPromptResult : McpResult
{
    /// <summary>What the prompt is for.</summary>
    public string? Description { get; init; }

    /// <summary>The messages, in order.</summary>
    public required IReadOnlyList<PromptMessage> Messages { get; init; }
}
