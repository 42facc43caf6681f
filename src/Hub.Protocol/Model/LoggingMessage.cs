using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>A log message of a server (<c>params</c> of <c>notifications/message</c>).</summary>
public sealed record LoggingMessage : McpObject
{
    /// <summary>Id of the server that logs.</summary>
    [JsonIgnore]
    public string ServerId { get; init; } = "";

    /// <summary>The severity as the server wrote it.</summary>
    [JsonProperty("level")]
    public required string LevelName { get; init; }

    /// <summary>The severity; <c>null</c> if the server wrote a word that no revision knows.</summary>
    [JsonIgnore]
    public LoggingLevel? Level => LoggingLevels.TryRead(JsonText.Quote(LevelName), out var level) ? level : null;

    /// <summary>Which part of the server logs; <c>null</c> if it does not say.</summary>
    public string? Logger { get; init; }

    /// <summary>What it logs: text, or any JSON value; a JSON <c>null</c> is a token of that type.</summary>
    public JToken? Data { get; init; }

    /// <summary>Metadata (<c>_meta</c>).</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}
