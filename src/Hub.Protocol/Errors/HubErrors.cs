using System.Reflection;

namespace McpHub.Protocol.Errors;

/// <summary>The catalogue of the hub's own errors. One file per class of codes.</summary>
public static partial class HubErrors
{
    /// <summary>Every entry, in order of its code.</summary>
    public static IReadOnlyList<HubErrorDefinition> All { get; } =
        [.. typeof(HubErrors).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(HubErrorDefinition))
            .Select(field => (HubErrorDefinition)field.GetValue(null)!).OrderBy(definition => definition.Code, StringComparer.Ordinal)];
}
