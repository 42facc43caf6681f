using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>
/// What a modern server answers to <c>tools/call</c>, <c>prompts/get</c> or <c>resources/read</c> when it needs input first (2026-07-28, multi round-trip requests). At least one of the
/// two members is set.
/// </summary>
public sealed record InputRequiredResult : McpResult
{
    /// <summary>What is asked: by key an object with <c>method</c> (<c>sampling/createMessage</c>, <c>elicitation/create</c>, <c>roots/list</c>) and <c>params</c>; <c>null</c> or empty: nothing but to come again.</summary>
    public JObject? InputRequests { get; init; }

    /// <summary>The server's state, opaque, to be sent back as it came; <c>null</c> = none.</summary>
    public string? RequestState { get; init; }
}
