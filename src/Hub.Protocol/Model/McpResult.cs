using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>Base of everything that answers a request.</summary>
public abstract record McpResult : McpObject
{
    private protected McpResult()
    {
    }

    /// <summary>The result object as the bytes it came as, UTF-8: spelling of numbers, order of members and escapes included. Empty for a result that did not come from a peer.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Raw { get; internal set; }

    /// <summary>Kind of the result, since 2026-07-28: <c>complete</c> or <c>input_required</c>. <c>null</c>, as in all earlier revisions, means <c>complete</c>.</summary>
    public string? ResultType { get; init; }

    /// <summary>Metadata of the answer (<c>_meta</c>); <c>null</c> if it has none.</summary>
    [JsonProperty("_meta")]
    public JObject? Meta { get; init; }
}

/// <summary>Base of the results that a client may keep for a while (2026-07-28, server/utilities/caching).</summary>
public abstract record CacheableResult : McpResult
{
    private protected CacheableResult()
    {
    }

    /// <summary>How long the result may be kept, in milliseconds; 0 = stale at once; <c>null</c> if the peer said nothing (every revision before 2026-07-28).</summary>
    public long? TtlMs { get; init; }

    /// <summary>Who may share the kept result: <c>public</c> or <c>private</c>; <c>null</c> if the peer said nothing.</summary>
    public string? CacheScope { get; init; }
}

/// <summary>Base of the four list results (server/utilities/pagination).</summary>
public abstract record PaginatedResult : CacheableResult
{
    private protected PaginatedResult()
    {
    }

    /// <summary>Opaque text that asks for the next page; <c>""</c> is a legal cursor; <c>null</c> = this is the last page.</summary>
    public string? NextCursor { get; init; }
}
