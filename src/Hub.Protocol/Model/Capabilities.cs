using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What a server offers (schema <c>ServerCapabilities</c>). A capability that is <c>null</c> is not offered.</summary>
public sealed record ServerCapabilities : McpObject
{
    /// <summary>The server has tools.</summary>
    public ListCapability? Tools { get; init; }

    /// <summary>The server has resources.</summary>
    public ResourcesCapability? Resources { get; init; }

    /// <summary>The server has prompts.</summary>
    public ListCapability? Prompts { get; init; }

    /// <summary>The server completes arguments, since 2025-03-26; normally an empty object.</summary>
    public JObject? Completions { get; init; }

    /// <summary>The server sends log messages; normally an empty object.</summary>
    public JObject? Logging { get; init; }

    /// <summary>Capabilities outside the specification, by name.</summary>
    public JObject? Experimental { get; init; }

    /// <summary>Settings of the extensions offered, by extension identifier; since 2026-07-28.</summary>
    public JObject? Extensions { get; init; }
}

/// <summary>The capability of a list: tools or prompts.</summary>
public sealed record ListCapability : McpObject
{
    /// <summary>The server says when the list changes. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool ListChanged { get; init; }
}

/// <summary>The resources capability.</summary>
public sealed record ResourcesCapability : McpObject
{
    /// <summary>The server says when the list changes. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool ListChanged { get; init; }

    /// <summary>A client can subscribe to a resource. Default <c>false</c>.</summary>
    [JsonProperty(DefaultValueHandling = DefaultValueHandling.Ignore)]
    public bool Subscribe { get; init; }
}

/// <summary>What a client offers (schema <c>ClientCapabilities</c>). A capability that is <c>null</c> is not offered.</summary>
public sealed record ClientCapabilities : McpObject
{
    /// <summary>The client lists its roots; <c>listChanged</c> in it until 2025-11-25.</summary>
    public JObject? Roots { get; init; }

    /// <summary>The client samples from a model; <c>context</c> and <c>tools</c> in it since 2025-11-25.</summary>
    public JObject? Sampling { get; init; }

    /// <summary>The client asks its user, since 2025-06-18; modes <c>form</c> and <c>url</c> in it since 2025-11-25.</summary>
    public JObject? Elicitation { get; init; }

    /// <summary>Capabilities outside the specification, by name.</summary>
    public JObject? Experimental { get; init; }

    /// <summary>Settings of the extensions offered, by extension identifier; since 2026-07-28.</summary>
    public JObject? Extensions { get; init; }
}
