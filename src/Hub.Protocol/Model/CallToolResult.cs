using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>The answer to <c>tools/call</c>. A tool that failed says so here (<see cref="IsError"/>); no exception is made of it.</summary>
public sealed record CallToolResult : McpResult
{
    /// <summary>The output for a model. Empty if the server left the member out.</summary>
    public IReadOnlyList<ContentBlock> Content { get; init; } = [];

    /// <summary>The output as JSON, since 2025-06-18 an object, since 2026-07-28 any value: a JSON <c>null</c> is a token of that type; <c>null</c> = the server sent none.</summary>
    public JToken? StructuredContent { get; init; }

    /// <summary>The tool failed and <see cref="Content"/> says why. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool IsError { get; init; }
}
