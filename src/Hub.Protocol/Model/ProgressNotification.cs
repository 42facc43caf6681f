using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>How far a request is (<c>params</c> of <c>notifications/progress</c>).</summary>
public sealed record ProgressNotification : McpObject
{
    /// <summary>How much is done; grows with each notification.</summary>
    public required double Progress { get; init; }

    /// <summary>How much there is to do; <c>null</c> if unknown.</summary>
    public double? Total { get; init; }

    /// <summary>What is being done, since 2025-03-26.</summary>
    public string? Message { get; init; }

    /// <summary>Metadata (<c>_meta</c>).</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}
