using McpHub.Protocol.Model;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What a server asks of the client's model (<c>params</c> of <c>sampling/createMessage</c>).</summary>
public sealed record CreateMessageRequestParams : McpObject
{
    /// <summary>The conversation so far.</summary>
    public required IReadOnlyList<SamplingMessage> Messages { get; init; }

    /// <summary>Most tokens to make; fewer are allowed.</summary>
    public required long MaxTokens { get; init; }

    /// <summary>Which model the server would like; advice only.</summary>
    public ModelPreferences? ModelPreferences { get; init; }

    /// <summary>A system prompt that the server would like; advice only.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary><c>none</c>, <c>thisServer</c> or <c>allServers</c>; only servers that were told <c>sampling.context</c> should send the last two.</summary>
    public string? IncludeContext { get; init; }

    /// <summary>The temperature.</summary>
    public double? Temperature { get; init; }

    /// <summary>Texts that end the answer.</summary>
    public IReadOnlyList<string>? StopSequences { get; init; }

    /// <summary>For the model's provider, passed through.</summary>
    public JObject? Metadata { get; init; }

    /// <summary>Tools that the model may use, since 2025-11-25; only for a client that declares <c>sampling.tools</c>.</summary>
    public IReadOnlyList<Tool>? Tools { get; init; }

    /// <summary>How the model may use them, since 2025-11-25.</summary>
    public ToolChoice? ToolChoice { get; init; }

    /// <summary>Metadata (<c>_meta</c>).</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>One message of a conversation with a model.</summary>
public sealed record SamplingMessage : McpObject
{
    /// <summary>Who speaks: <c>user</c> or <c>assistant</c>.</summary>
    public required string Role { get; init; }

    /// <summary>What is said. On the wire a single block stands without an array, as revisions before 2025-11-25 know it.</summary>
    [OneOrMany]
    public required IReadOnlyList<ContentBlock> Content { get; init; }

    /// <summary>Metadata (<c>_meta</c>).</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>What model a server would like; all of it advice.</summary>
public sealed record ModelPreferences : McpObject
{
    /// <summary>Names of models, the first that fits counts.</summary>
    public IReadOnlyList<ModelHint>? Hints { get; init; }

    /// <summary>How much low cost matters, 0 to 1.</summary>
    public double? CostPriority { get; init; }

    /// <summary>How much speed matters, 0 to 1.</summary>
    public double? SpeedPriority { get; init; }

    /// <summary>How much capability matters, 0 to 1.</summary>
    public double? IntelligencePriority { get; init; }
}

/// <summary>A hint for the choice of a model.</summary>
public sealed record ModelHint : McpObject
{
    /// <summary>Part of a model's name.</summary>
    public string? Name { get; init; }
}

/// <summary>How a model may use tools, since 2025-11-25.</summary>
public sealed record ToolChoice : McpObject
{
    /// <summary><c>auto</c> (as if <c>null</c>), <c>required</c> or <c>none</c>.</summary>
    public string? Mode { get; init; }
}

/// <summary>The model's answer to <c>sampling/createMessage</c>.</summary>
public sealed record CreateMessageResult : McpResult
{
    /// <summary>Who speaks; normally <c>assistant</c>.</summary>
    public required string Role { get; init; }

    /// <summary>What the model says; more than one block, and tool use, only for a server that was told <c>sampling.tools</c>.</summary>
    [OneOrMany]
    public required IReadOnlyList<ContentBlock> Content { get; init; }

    /// <summary>Name of the model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Why it stopped: <c>endTurn</c>, <c>stopSequence</c>, <c>maxTokens</c>, <c>toolUse</c>, or a provider's own word.</summary>
    public string? StopReason { get; init; }
}
