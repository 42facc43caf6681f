using McpHub.Actors.Routing;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>A listed item as a client of the other era may see it (contract 3.12); every other byte stays.</summary>
internal static class ItemProjection
{
    public static ReadOnlyMemory<byte> ForClient(PublishedItem item, Era client, Era server) => (item.Kind, client, server) switch
    {
        (ComponentKind.Tool, Era.Modern, _) => WithoutExecution(item.Json),
        (ComponentKind.Tool, Era.Legacy, Era.Modern) => OutputSchema.ForLegacy(item.Json),
        _ => item.Json,
    };

    // Legacy tasks are unknown to modern clients (contract 3.10, "M→L").
    private static ReadOnlyMemory<byte> WithoutExecution(ReadOnlyMemory<byte> tool)
    {
        if (JsonParts.Find(tool, "execution"u8).Exists && JsonParts.TryMembers(tool, out var members, out _))
        {
            var patches = new JsonPatches(tool);
            patches.RemoveMember(members, members.FindIndex(member => JsonText.Unescape(tool.Span.Slice(member.Name.Start - 1, member.Name.Length + 2)) == "execution"));
            return patches.Apply();
        }

        return tool;
    }
}
