using System.Text.Json;

namespace McpHub.Host.Downstream;

/// <summary>A JSON-RPC batch (JSON-RPC 2.0, section 6), which MCP had in revision 2025-03-26 only.</summary>
internal static class JsonBatch
{
    /// <summary>Most messages in one batch (contract 5, B-7).</summary>
    public const int MaxEntries = 50;

    // Deeper than a message may be by the array round it; the scan of each entry holds the real limit.
    private const int MaxDepth = 66;

    public static bool IsBatch(ReadOnlySpan<byte> body)
    {
        body = body.TrimStart(" \t\r\n"u8);
        return !body.IsEmpty && body[0] == (byte)'[';
    }

    /// <summary>The entries as they stand in the body, for the scanner; false with the reason if it is no batch that can be taken.</summary>
    public static bool TrySplit(ReadOnlyMemory<byte> body, out List<ReadOnlyMemory<byte>> entries, out string reason)
    {
        (entries, reason) = ([], "");
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (entries.Count == MaxEntries)
                {
                    reason = $"a batch has at most {MaxEntries} messages";
                    return false;
                }

                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                entries.Add(body[start..(int)reader.BytesConsumed]);
            }

            if (reader.Read())
            {
                reason = "something follows the batch";
                return false;
            }
        }
        catch (JsonException malformed)
        {
            reason = $"the batch is no JSON at byte {malformed.BytePositionInLine}";
            return false;
        }

        reason = "the batch is empty";
        return entries.Count > 0;
    }
}
