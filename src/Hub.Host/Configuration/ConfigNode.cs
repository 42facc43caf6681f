namespace McpHub.Host.Configuration;

internal enum ConfigKind
{
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

/// <summary>A JSON value that knows where it stands in its file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="At">Its first character.</param>
internal sealed record ConfigNode(ConfigKind Kind, SourcePosition At)
{
    /// <summary>The text of a string, or the spelling of a number or Boolean.</summary>
    public string Text { get; init; } = "";

    /// <summary>Members in file order, duplicates included: who reads the object decides what a duplicate breaks.</summary>
    public IReadOnlyList<ConfigMember> Members { get; init; } = [];

    public IReadOnlyList<ConfigNode> Items { get; init; } = [];
}

/// <param name="Name">The key, unescaped.</param>
/// <param name="At">The key's first character, its quote.</param>
/// <param name="Value">The value.</param>
internal readonly record struct ConfigMember(string Name, SourcePosition At, ConfigNode Value);
