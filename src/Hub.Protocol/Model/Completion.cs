using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What an argument to complete belongs to: <see cref="PromptReference"/> or <see cref="ResourceTemplateReference"/> (server/utilities/completion).</summary>
public abstract record CompletionReference : McpObject
{
    private protected CompletionReference()
    {
    }

    /// <summary>The type as it stands on the wire.</summary>
    [JsonProperty(Order = -1)]
    public abstract string Type { get; init; }

    /// <summary>Refers to an argument of a prompt.</summary>
    /// <param name="name">The prompt's name.</param>
    public static PromptReference Prompt(string name) => new() { Name = name };

    /// <summary>Refers to a variable of a resource template.</summary>
    /// <param name="uriTemplate">The template as the server listed it.</param>
    public static ResourceTemplateReference ResourceTemplate(string uriTemplate) => new() { Uri = uriTemplate };

    internal static Type TypeFor(JObject json) => ((json["type"] as JValue)?.Value as string) switch
    {
        "ref/prompt" => typeof(PromptReference),
        "ref/resource" => typeof(ResourceTemplateReference),
        _ => throw new JsonSerializationException("a completion refers to ref/prompt or ref/resource"),
    };
}

/// <summary>A prompt, by name.</summary>
public sealed record PromptReference : CompletionReference
{
    /// <summary>Always <c>ref/prompt</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "ref/prompt"; init { } }

    /// <summary>The prompt's name.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people, since 2025-06-18; not needed.</summary>
    public string? Title { get; init; }
}

/// <summary>A resource template, or a resource, by URI.</summary>
public sealed record ResourceTemplateReference : CompletionReference
{
    /// <summary>Always <c>ref/resource</c>.</summary>
    [JsonProperty(Order = -1)]
    public override string Type { get => "ref/resource"; init { } }

    /// <summary>The template as the server listed it, or a URI: opaque text.</summary>
    public required string Uri { get; init; }
}

/// <summary>The argument to complete.</summary>
public sealed record CompletionArgument : McpObject
{
    /// <summary>Name of the prompt's argument or of the template's variable.</summary>
    public required string Name { get; init; }

    /// <summary>What has been typed so far; may be empty.</summary>
    public required string Value { get; init; }
}

/// <summary>Proposed values.</summary>
public sealed record Completion : McpObject
{
    /// <summary>The values, at most 100 by specification.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>How many there are in all; <c>null</c> if the server does not say.</summary>
    public long? Total { get; init; }

    /// <summary>There are more than were sent. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool HasMore { get; init; }
}

/// <summary>The answer to <c>completion/complete</c>.</summary>
public sealed record CompleteResult : McpResult
{
    /// <summary>The proposed values.</summary>
    public required Completion Completion { get; init; }
}
