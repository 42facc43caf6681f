using Microsoft.Extensions.Configuration;

namespace McpHub.Actors.Configuration;

internal enum ConfigKind
{
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,

    /// <summary>A part of an <see cref="IConfiguration"/>, which knows texts and sections only: who reads it decides whether it is a number, a list or what else.</summary>
    Untyped,
}

/// <summary>A value of a configuration: of a JSON file, where it knows its place, or of a configuration section.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="At">Its first character; the default value in a section, which has no places.</param>
internal sealed record ConfigNode(ConfigKind Kind, SourcePosition At)
{
    /// <summary>The text of a string, or the spelling of a number or Boolean.</summary>
    public string Text { get; init; } = "";

    /// <summary>Members in file order, duplicates included: who reads the object decides what a duplicate breaks.</summary>
    public IReadOnlyList<ConfigMember> Members { get; init; } = [];

    public IReadOnlyList<ConfigNode> Items { get; init; } = [];

    /// <summary>There is no value.</summary>
    public bool IsNull { get; init; } = Kind == ConfigKind.Null;

    /// <summary>A section with all that is below it. An empty object or array is a section without children, whose value is null or empty.</summary>
    public static ConfigNode Of(IConfiguration section)
    {
        var value = (section as IConfigurationSection)?.Value;
        var members = section.GetChildren().Select(child => new ConfigMember(child.Key, default, Of(child))).ToArray();
        return new ConfigNode(ConfigKind.Untyped, default) { Text = value ?? "", Members = members, IsNull = value is null && members.Length == 0 };
    }
}

/// <param name="Name">The key, unescaped.</param>
/// <param name="At">The key's first character, its quote.</param>
/// <param name="Value">The value.</param>
internal readonly record struct ConfigMember(string Name, SourcePosition At, ConfigNode Value);
