using CsCheck;

namespace McpHub.Protocol.Tests.Wire;

/// <summary>JSON texts of messages: mostly sound, each fault now and then.</summary>
internal static class MessageGen
{
    private static readonly Gen<string> _space = Gen.Frequency((12, Gen.Const("")), (1, Gen.OneOf(" ", "\n", "\r\n", "\t ")));

    private static readonly Gen<string> _scalar = Gen.OneOf(
        "1", "-0", "1.0", "1E5", "1e400", "0.1000", "12345678901234567890", "true", "false", "null", "\"\"", "\"a\"", "\"é😀\"", "\"\\u00e9\\/\\\\\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"\\ud83d\\ude00\"", "\"{},:[]\"", "\"\\\"\"");

    private static readonly Gen<string> _name = Gen.OneOf(
        "a", "b", "c", "d", "e", "A", "", "name", "uri", "id", "method", "cursor", "requestId", "progressToken", "type", "nextCursor", "content", "Name", "com.example/k", "é", "😀",
        "x\\/y", "x/y", "\\u0061", "\\ud83d\\ude00", "\\ud800");

    public static readonly Gen<string> Value = Gen.Recursive<string>((depth, self) => depth > 3
        ? _scalar
        : Gen.Frequency((3, _scalar), (1, Container("[", self.Array[0, 3], "]")), (1, Object(_name, self))));

    private static readonly Gen<string> _meta = Object(Gen.Frequency((8, _name), (1, Gen.OneOf("io.modelcontextprotocol/clientInfo", "io.modelcontextprotocol\\/clientInfo"))), Value);

    private static readonly Gen<string> _params = Members(
        (6, 8, "\"name\"", Gen.OneOf("\"t\"", "\"a\\/b\"", "\"\\ud83d\\ude00\"")),
        (1, 30, "\"name\"", _scalar),
        (4, 8, "\"_meta\"", _meta),
        (1, 60, "\"_meta\"", _scalar),
        (4, 8, "\"arguments\"", Object(_name, Value)),
        (2, 8, "\"ref\"", Object(_name, Value)),
        (1, 40, "\"ref\"", _scalar),
        (3, 8, "\"x\"", Value),
        (3, 8, "\"y\\/z\"", Value),
        (1, 60, "\"n\\u0061me\"", _scalar));

    private static readonly Gen<string> _result = Members(
        (4, 8, "\"_meta\"", _meta),
        (1, 30, "\"_meta\"", _scalar),
        (4, 8, "\"content\"", Value),
        (4, 8, "\"x\"", Value),
        (1, 60, "\"content\"", Value),
        (1, 30, "\"nextCursor\"", _scalar));

    private static readonly Gen<string> _error = Members(
        (30, 31, "\"code\"", Gen.Frequency((30, Gen.Const("-32601")), (1, _scalar))),
        (6, 8, "\"message\"", Gen.Frequency((30, Gen.Const("\"m\"")), (1, _scalar))),
        (4, 8, "\"data\"", Value));

    private static readonly Gen<string> _id = Gen.Frequency((20, Gen.OneOf("1", "\"a\"", "-7", "\"\\u0061\"", "123456789012345678901234567890", "\"\"")), (1, _scalar));

    private static (int, int, string, Gen<string>) Version => (60, 61, "\"jsonrpc\"", Gen.Frequency((60, Gen.Const("\"2.0\"")), (1, Gen.OneOf("2.0", "\"2\\u002e0\"", "\"1.0\""))));

    private static (int, int, string, Gen<string>)[] Odd =>
    [
        (1, 8, "\"x\"", Value), (1, 60, "\"x\"", Value), (1, 60, "\"Method\"", Value), (1, 60, "\"\\u006dethod\"", _scalar), (1, 60, "\"id\"", _scalar), (1, 60, "\"result\"", _result),
    ];

    /// <summary>A message.</summary>
    public static readonly Gen<string> Message = Gen.Frequency(
        (5, Members([Version, (8, 9, "\"id\"", _id), (60, 61, "\"method\"", Gen.Frequency((30, Gen.OneOf("\"tools/call\"", "\"m\"", "\"tools\\/list\"")), (1, _scalar))),
            (9, 10, "\"params\"", Gen.Frequency((40, _params), (1, Value))), .. Odd])),
        (3, Members([Version, (30, 31, "\"id\"", _id), (60, 61, "\"result\"", Gen.Frequency((40, _result), (1, Value))), .. Odd])),
        (2, Members([Version, (10, 11, "\"id\"", _id), (60, 61, "\"error\"", Gen.Frequency((40, _error), (1, Value))), .. Odd])));

    // Each member is there in "of" cases of "outOf"; the order is any.
    private static Gen<string> Members(params (int Of, int OutOf, string Name, Gen<string> Value)[] members)
    {
        Gen<string[]> all = Gen.Const(Array.Empty<string>());
        foreach (var (of, outOf, name, value) in members)
        {
            all = Gen.Select(all, Gen.Int[1, outOf], _space, _space, value, (before, dice, left, right, text) => dice <= of ? [.. before, $"{left}{name}{right}:{left}{text}{right}"] : before);
        }

        return all.SelectMany(Gen.Shuffle).Select(parts => $"{{{string.Join(',', parts)}}}");
    }

    private static Gen<string> Object(Gen<string> name, Gen<string> value) =>
        Container("{", Gen.Select(name, _space, value, (n, space, v) => $"\"{n}\"{space}:{space}{v}").Array[0, 4], "}");

    private static Gen<string> Container(string open, Gen<string[]> parts, string close) =>
        Gen.Select(parts, _space, (all, space) => $"{open}{space}{string.Join("," + space, all)}{space}{close}");
}
