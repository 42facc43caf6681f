using System.Globalization;
using System.Text;
using System.Text.Json;

namespace McpHub.Faults;

/// <summary>
/// What a server says whose one tool <c>do</c> fails as its call asks: <c>{"n":NUMBER,"fault":FAULT}</c>. Here are the faults that lie in the text; how a connection
/// breaks is the business of the server. The tests compile this file too, for their HTTP server.
/// </summary>
internal static class FaultyAnswers
{
    /// <summary>The call of a request, or <c>null</c> if it is no call.</summary>
    public static (int Number, string Fault)? CallOf(JsonElement message)
    {
        if (message.GetProperty("method").GetString() != "tools/call")
        {
            return null;
        }

        var arguments = message.GetProperty("params").GetProperty("arguments");
        return (arguments.GetProperty("n").GetInt32(), arguments.GetProperty("fault").GetString()!);
    }

    /// <summary>The answer to what is no call.</summary>
    public static string Introduction(string method, string id, bool modern) => method switch
    {
        "initialize" when !modern => Result(id, "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"faulty\",\"version\":\"1\"}", modern),
        "server/discover" when modern => Result(id, "\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"tools\":{}},\"ttlMs\":0,\"cacheScope\":\"private\"", modern),
        "tools/list" => Result(id, "\"tools\":[{\"name\":\"do\",\"inputSchema\":{\"type\":\"object\"}}]" + (modern ? ",\"ttlMs\":3600000,\"cacheScope\":\"public\"" : ""), modern),
        "ping" when !modern => Result(id, "", modern),
        _ => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32601,"message":"Method not found"}}""",
    };

    /// <summary>The messages that answer a call, whole lines without their ends.</summary>
    public static IReadOnlyList<byte[]> Messages(string fault, string id, int number, bool modern)
    {
        var right = Right(id, number, modern);
        return fault switch
        {
            "twice" => [Utf8(right), Utf8(right)],
            "stray" => [Utf8("Traceback (most recent call last): something else than JSON")],
            "noise" => [Noise(number)],
            "broken" => [Utf8(right[..^2] + "]}")],
            "badUtf8" => [[.. Utf8(right[..^20]), 0xC3, 0x28, 0xFF, .. Utf8(right[^20..])]],
            "otherId" => [Utf8(Right("987654321", number, modern))],
            "nullId" => [Utf8("""{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"it lost the id"}}""")],
            "neither" => [Utf8($$$"""{"jsonrpc":"2.0","id":{{{id}}}}""")],
            "both" => [Utf8(right[..^1] + ""","error":{"code":-32000,"message":"both"}}""")],
            "double" => [Utf8(right[..^1] + ""","result":{"content":[]}}""")],
            "deep" => [Utf8($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"x":{{{new string('[', 100)}}}{{{new string(']', 100)}}}}}""")],
            "noObject" => [Utf8($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":"text"}""")],
            _ => [Utf8(right)],
        };
    }

    /// <summary>The right answer says the number of its call.</summary>
    public static string Right(string id, int number, bool modern) =>
        Result(id, string.Create(CultureInfo.InvariantCulture, $$"""
            "content":[{"type":"text","text":"{{number}}"}]
            """), modern);

    private static string Result(string id, string members, bool modern) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{{{{(modern ? "\"resultType\":\"complete\"" + (members.Length > 0 ? "," : "") : "")}}}{{{members}}}}}""";

    /// <summary>Any bytes but line ends.</summary>
    private static byte[] Noise(int seed)
    {
        var noise = new byte[4096];
        new Random(seed).NextBytes(noise);
        return [.. noise.Where(value => value is not (byte)'\n')];
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
