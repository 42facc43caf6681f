using System.Text;

namespace McpHub.Benchmarks;

/// <summary>Messages as they come over the wire.</summary>
internal static class Frames
{
    public static byte[] Request { get; } = Encoding.UTF8.GetBytes(
        """{"jsonrpc":"2.0","id":1000000000,"method":"tools/call","params":{"name":"weather","arguments":{"city":"Reykjavik","unit":"celsius"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"load","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}""");

    public static byte[] Small { get; } = Result("\"It is sunny in Reykjavik, 11 degrees, wind from the north.\"");

    /// <summary>64 KiB, an escape in each 80 characters.</summary>
    public static byte[] Escapes { get; } = Result("\"" + Repeat("The quick brown fox jumps over the lazy dog while the hub relays every byte..\\n") + "\"");

    /// <summary>64 KiB of JSON in a string, as many servers answer.</summary>
    public static byte[] Quoted { get; } = Result("\"[" + Repeat("{\\\"id\\\":1234,\\\"name\\\":\\\"Reykjavik\\\",\\\"open\\\":true},") + "0]\"");

    /// <summary>64 KiB of small objects.</summary>
    public static byte[] Objects { get; } = Result("\"\"", ",\"structuredContent\":{\"rows\":[" + Repeat("{\"id\":1234,\"name\":\"Reykjavik\",\"open\":true},") + "0]}");

    /// <summary>64 KiB without an escape, two bytes a letter.</summary>
    public static byte[] Greek { get; } = Result("\"" + Repeat("Ξεσκεπάζω την ψυχοφθόρα βδελυγμία ") + "\"");

    private static string Repeat(string part) => string.Concat(Enumerable.Repeat(part, 64 * 1024 / Encoding.UTF8.GetByteCount(part)));

    private static byte[] Result(string text, string more = "") =>
        Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":12345,\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":{text}}}]{more}}}}}");
}
