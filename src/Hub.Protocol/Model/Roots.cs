using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>A directory or file that a server may work on (client/roots).</summary>
public sealed record Root : McpObject
{
    /// <summary>Its URI, which must begin with <c>file://</c>.</summary>
    public required string Uri { get; init; }

    /// <summary>The name for people.</summary>
    public string? Name { get; init; }

    /// <summary>Metadata (<c>_meta</c>), since 2025-06-18.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>The answer to <c>roots/list</c>.</summary>
public sealed record ListRootsResult : McpResult
{
    /// <summary>The roots.</summary>
    public required IReadOnlyList<Root> Roots { get; init; }
}
