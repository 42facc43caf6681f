namespace McpHub;

/// <summary>How tools become functions.</summary>
public sealed record AIFunctionOptions
{
    /// <summary>Makes the name that a model sees of a tool's name in its group or session. It must give each tool another one.</summary>
    /// <value>
    /// Default <c>null</c>: the name itself if it has at most 64 letters, digits, <c>_</c> and <c>-</c>, which is what the model services take; in any other name each other character
    /// becomes <c>_</c>, and it is cut and numbered where that makes two equal.
    /// </value>
    public Func<string, string>? Name { get; init; }

    /// <summary>Timeout, progress, metadata of every call.</summary>
    /// <value>Default <c>null</c>: the session's.</value>
    public CallOptions? Call { get; init; }
}
