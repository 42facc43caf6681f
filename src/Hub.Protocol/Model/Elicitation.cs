using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What a server asks of the user (<c>params</c> of <c>elicitation/create</c>): to fill in a form, or to open an address.</summary>
public sealed record ElicitRequestParams : McpObject
{
    /// <summary><c>form</c> or <c>url</c>, since 2025-11-25; <c>null</c> means <c>form</c>.</summary>
    public string? Mode { get; init; }

    /// <summary>What the user is told.</summary>
    public required string Message { get; init; }

    /// <summary>Form: JSON Schema of an object of plain values that the answer must conform to.</summary>
    public JObject? RequestedSchema { get; init; }

    /// <summary>URL: the address to open. Show it to the user before anything opens it.</summary>
    public string? Url { get; init; }

    /// <summary>URL, in 2025-11-25: the id that <c>notifications/elicitation/complete</c> names when the user is done.</summary>
    public string? ElicitationId { get; init; }

    /// <summary>Metadata (<c>_meta</c>).</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }

    /// <summary>Whether an address is to be opened, instead of a form filled in.</summary>
    [JsonIgnore]
    public bool IsUrl => Mode == "url";
}

/// <summary>The user's answer to <c>elicitation/create</c>. All three are answers, none an error.</summary>
public sealed record ElicitResult : McpResult
{
    /// <summary><c>accept</c>, <c>decline</c> or <c>cancel</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The filled-in form; only with <c>accept</c>, and only of a form.</summary>
    public JObject? Content { get; init; }

    /// <summary>The user agreed.</summary>
    /// <param name="content">The filled-in form, which must conform to the requested schema; <c>null</c> for an address.</param>
    public static ElicitResult Accept(JObject? content = null) => new() { Action = "accept", Content = content };

    /// <summary>The user said no.</summary>
    public static ElicitResult Decline() => new() { Action = "decline" };

    /// <summary>The user closed the question without an answer.</summary>
    public static ElicitResult Cancel() => new() { Action = "cancel" };
}
