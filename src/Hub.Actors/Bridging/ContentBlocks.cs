using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>Content blocks for clients of old revisions.</summary>
internal static class ContentBlocks
{
    /// <summary>A text block that describes a block whose type the revision does not know; empty if it knows it.</summary>
    public static ReadOnlyMemory<byte> Replacement(ReadOnlyMemory<byte> block, string revision)
    {
        var type = Text(block, "type"u8);
        if (Projections.ContentTypes.All(rule => rule.Type != type || ProtocolRevision.IsAtLeast(revision, rule.Since)))
        {
            return default;
        }

        var text = type == "audio"
            ? $"[audio, {Text(block, "mimeType"u8) ?? "unknown type"}: not shown, this client's protocol revision has no audio]"
            : $"[resource {Text(block, "title"u8) ?? Text(block, "name"u8)}: {Text(block, "uri"u8)}{(Text(block, "description"u8) is { } about ? ", " + about : "")}]";
        return (byte[])[.. "{\"type\":\"text\",\"text\":"u8, .. JsonText.Quote(text), (byte)'}'];
    }

    private static string? Text(ReadOnlyMemory<byte> block, ReadOnlySpan<byte> name) => JsonText.Unescape(JsonParts.Find(block, name).In(block.Span));
}
