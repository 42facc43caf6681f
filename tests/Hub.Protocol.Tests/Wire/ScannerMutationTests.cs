using System.Buffers;
using System.Text;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class ScannerMutationTests
{
    private const int Messages = 100_000;
    private const int Seed = 20_260_728;

    private static readonly string[] _corpus =
    [
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{"listChanged":true}},"clientInfo":{"name":"c","version":"1.0"}}}""",
        """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
        """{"jsonrpc":"2.0","id":"a-1","method":"tools/call","params":{"name":"add","arguments":{"a":1.0,"b":1e400,"ü":"\u00fc\ud83d\ude00"},"_meta":{"progressToken":"t"}}}""",
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},"name":"x"}}""",
        """{"jsonrpc":"2.0","id":2,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"v"}}}""",
        """{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"file:///a%20b"}}""",
        """{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{"cursor":"eyJwIjoxfQ=="}}""",
        """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12,"reason":"user"}}""",
        """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":0.5,"total":1,"message":"é"}}""",
        """{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a\nb\"c\\d"}],"structuredContent":{"x":[1,2,{"y":null}]},"isError":false,"_meta":{"k":[true]}}}""",
        """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add","inputSchema":{"type":"object","properties":{"a":{"type":"number"}},"required":["a"]}}],"nextCursor":"n"}}""",
        """{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}},"requestState":"s"}}""",
        """{"jsonrpc":"2.0","id":1,"result":{}}""",
        """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}""",
        """{"jsonrpc":"2.0","id":"z","error":{"code":-32602,"message":"m","data":{"a":[1]}}}""",
        "\t{ \"jsonrpc\" : \"2.0\" ,\r\n \"id\" : 1 , \"method\" : \"ping\" , \"x\" : [ ] }\r\n",
    ];

    // Pieces that mean something to a JSON reader or to the rules.
    private static readonly byte[][] _pieces =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "1", "-", ".0", "e9", "\"id\":", "\"method\":\"x\",", "\"params\":{},", "\"result\":{},", "\"error\":{\"code\":1},",
            "\"_meta\":{},", "\"name\":\"y\",", "\\u0061", "\\u006e", "\\ud800", "\\udc00", "\\u0000", "/**/", "//", "\uFEFF", "\r", "\n", "\0", "é", "😀", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
        }.Select(Encoding.UTF8.GetBytes),
        [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xFF],
    ];

    private static readonly SearchValues<byte> _punctuation = SearchValues.Create("{}[],:\""u8);

    [Fact]
    public void A_hundred_thousand_mutated_messages_are_accepted_or_refused_as_the_oracle_does()
    {
        var random = new Random(Seed);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < Messages; i++)
        {
            var frame = Mutate(Encoding.UTF8.GetBytes(_corpus[random.Next(_corpus.Length)]), random);
            var limits = i % 2 == 0 ? ScanLimits.FromClient : ScanLimits.FromServer with { MaxDepth = 8, MaxTokens = 60 };
            string? difference;
            var wasAccepted = false;
            try
            {
                difference = OracleComparison.Difference(frame, limits, out wasAccepted);
            }
            catch (Exception exception)
            {
                difference = exception.ToString();
            }

            Assert.True(difference is null, $"seed {Seed}, message {i}: {difference}\n{Encoding.Latin1.GetString(frame)}\n{Convert.ToHexString(frame)}");
            _ = wasAccepted ? accepted++ : refused++;
        }

        Assert.True(accepted > Messages / 20 && refused > Messages / 4, $"accepted {accepted}, refused {refused}: the mutations have become one-sided");
    }

    private static byte[] Mutate(byte[] frame, Random random)
    {
        for (var left = random.Next(1, 5); left > 0 && frame.Length > 0; left--)
        {
            var at = random.Next(frame.Length);
            var length = Math.Min(random.Next(1, 12), frame.Length - at);
            switch (random.Next(9))
            {
                case 0:
                    frame = [.. frame];
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame = [.. frame[..at], (byte)random.Next(256), .. frame[at..]];
                    break;
                case 2:
                    frame = [.. frame[..at], .. frame[(at + length)..]];
                    break;
                case 3:
                    frame = [.. frame[..(at + length)], .. frame[at..]];
                    break;
                case 4:
                    frame = frame[..at];
                    break;
                case 5:
                    frame = [.. frame[..at], .. _pieces[random.Next(_pieces.Length)], .. frame[at..]];
                    break;
                case 6:
                    var token = NextToken(frame, at);
                    frame = [.. frame[..token], .. _pieces[random.Next(_pieces.Length)], .. frame[token..]];
                    break;
                case 7:
                    var (from, to) = (NextToken(frame, at), NextToken(frame, random.Next(frame.Length)));
                    frame = from <= to ? [.. frame[..to], .. frame[from..]] : [.. frame[..to], .. frame[from..]];
                    break;
                default:
                    var other = Encoding.UTF8.GetBytes(_corpus[random.Next(_corpus.Length)]);
                    frame = [.. frame[..NextToken(frame, at)], .. other[NextToken(other, random.Next(other.Length))..]];
                    break;
            }
        }

        return frame;
    }

    private static int NextToken(byte[] frame, int from)
    {
        var next = frame.AsSpan(from).IndexOfAny(_punctuation);
        return next < 0 ? frame.Length : from + next;
    }
}
