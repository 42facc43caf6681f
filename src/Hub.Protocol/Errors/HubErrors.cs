using System.Reflection;

namespace McpHub.Protocol.Errors;

/// <summary>The catalogue of the hub's own errors. One file per class of codes.</summary>
public static partial class HubErrors
{
    /// <summary>Every entry, in order of its code.</summary>
    /// <remarks>Read on first use: initializers of partial classes run file by file, so that one here would still see empty fields.</remarks>
    public static IReadOnlyList<HubErrorDefinition> All => field ??=
        [.. typeof(HubErrors).GetFields(BindingFlags.Public | BindingFlags.Static).Where(entry => entry.FieldType == typeof(HubErrorDefinition))
            .Select(entry => (HubErrorDefinition)entry.GetValue(null)!).OrderBy(definition => definition.Code, StringComparer.Ordinal)];
}
