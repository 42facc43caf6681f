using System.Buffers;
using System.Text;

namespace McpHub.Load;

/// <summary>What the fixed upstreams say. They do not parse: they look for the method and the id, so that the one in the middle is what is measured.</summary>
internal sealed class FixedAnswers(bool modern)
{
    /// <summary>Text of the large result: an escape in each 80 characters, as program output and logs have it.</summary>
    private static readonly string LargeText = string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog while the hub relays every byte..\\n", 64 * 1024 / 79));

    private readonly byte[] _pong = Result("{}");
    private readonly byte[] _unknown = ",\"error\":{\"code\":-32601,\"message\":\"method not found\"}}"u8.ToArray();
    private readonly byte[] _discovered = Result("""{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"fixed","version":"1"}}}""");
    private readonly byte[] _initialized = Result("""{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"fixed","version":"1"}}""");

    private readonly byte[] _tools = Result("""{"tools":[{"name":"small","inputSchema":{"type":"object"}},{"name":"large","inputSchema":{"type":"object"}}]""" + Tail(modern, ""","ttlMs":0,"cacheScope":"public" """));
    private readonly byte[] _small = Result("""{"content":[{"type":"text","text":"It is sunny in Reykjavik, 11 degrees, wind from the north."}]""" + Tail(modern, ""));
    private readonly byte[] _large = Result($$"""{"content":[{"type":"text","text":"{{LargeText}}"}]""" + Tail(modern, ""));

    /// <summary>Writes the answer; <paramref name="sized"/> is told its length before. False if the message wants none.</summary>
    public bool TryAnswer(ReadOnlySpan<byte> message, IBufferWriter<byte> output, Action<int>? sized = null)
    {
        var id = Id(message);
        if (id.IsEmpty)
        {
            return false;
        }

        var member = Member(message);
        sized?.Invoke(Head.Length + id.Length + member.Length);
        output.Write(Head);
        output.Write(id);
        output.Write(member);
        return true;
    }

    private static ReadOnlySpan<byte> Head => "{\"jsonrpc\":\"2.0\",\"id\":"u8;

    private static byte[] Result(string json) => Encoding.UTF8.GetBytes($",\"result\":{json}}}");

    private static string Tail(bool modern, string cache) => modern ? ",\"resultType\":\"complete\"" + cache.TrimEnd() + "}" : "}";

    private byte[] Member(ReadOnlySpan<byte> message)
    {
        if (message.IndexOf("\"tools/call\""u8) >= 0)
        {
            return message.IndexOf("\"large\""u8) >= 0 ? _large : _small;
        }

        return message.IndexOf("\"tools/list\""u8) >= 0 ? _tools
            : modern && message.IndexOf("\"server/discover\""u8) >= 0 ? _discovered
            // Of a modern server too: mcp-proxy knows no other beginning.
            : message.IndexOf("\"initialize\""u8) >= 0 ? _initialized
            : message.IndexOf("\"ping\""u8) >= 0 ? _pong
            : _unknown;
    }

    // The first "id" of what the contenders send is the request's own.
    private static ReadOnlySpan<byte> Id(ReadOnlySpan<byte> message)
    {
        var at = message.IndexOf("\"id\":"u8);
        if (at < 0)
        {
            return default;
        }

        var rest = message[(at + 5)..].TrimStart((byte)' ');
        return rest[..rest.IndexOfAny(",}"u8)];
    }
}
