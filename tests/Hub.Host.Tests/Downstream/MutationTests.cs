using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace McpHub.Host.Tests.Downstream;

public sealed class MutationTests
{
    private const int Requests = 20_000;
    private const int Connections = 4;

    private static readonly string[] _bodies =
    [
        """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
        """{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"x"}}""",
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"a":[1,2.50,"\u0041",null,true],"b":{"c":1E5}},"_meta":{"progressToken":"p"}}}""",
        """{"jsonrpc":"2.0","id":8,"method":"resources/read","params":{"uri":"tool://resource/0"}}""",
        """{"jsonrpc":"2.0","id":9,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"b"}}}""",
        """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}""",
        """{"jsonrpc":"2.0","id":3,"result":{"roots":[]}}""",
        """[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo"}}]""",
        $$$"""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"echo","arguments":{},"_meta":{ {{{TestHub.ModernMeta}}} } } }""",
        $$$"""{"jsonrpc":"2.0","id":5,"method":"server/discover","params":{"_meta":{ {{{TestHub.ModernMeta}}} } } }""",
    ];

    private static readonly string[] _pieces = ["\"", "{", "}", "[", "]", ",", ":", "\\", "\\u0000", "\\ud800", "null", "1e999", "-", "\0", "\r\n", "\uFEFF", "\"id\":1,", "\"params\":{},", "\"_meta\":7,", "é", "𝄞"];

    [Fact(DisplayName = "B-8 mutated requests: no 500, nothing thrown, every answer is JSON-RPC or an empty 2xx")]
    public async Task Mutated_requests()
    {
        await using var hub = await TestHub.StartAsync(null, TestHub.Peer("peer", "--resources", "1"));
        var sessions = new[] { (await hub.InitializeAsync()).SessionId, (await hub.InitializeAsync("2025-03-26")).SessionId };

        await Task.WhenAll(Enumerable.Range(0, Connections).Select(n => Task.Run(() => SendAsync(hub, sessions, seed: 20260728 + n, Requests / Connections))));

        Assert.Empty(hub.Logs.GetSnapshot().Where(entry => entry.Level >= LogLevel.Error).Select(entry => $"{entry.Message} {entry.Exception}"));
        Assert.NotNull((await (await hub.InitializeAsync()).AskAsync("tools/call", """{"name":"echo"}"""))["result"]);
    }

    private static async Task SendAsync(TestHub hub, string[] sessions, int seed, int count)
    {
        var random = new Random(seed);
        var raw = await RawHttp.ConnectAsync(hub.Host.Url);
        for (var i = 0; i < count; i++)
        {
            var body = Mutate(random, Encoding.UTF8.GetBytes(_bodies[random.Next(_bodies.Length)]));
            await raw.PostAsync(body, Headers(random, sessions));
            var response = await raw.ReadAsync();
            if (response is null || response.Header("Transfer-Encoding") is not null || response.Header("Connection") == "close")
            {
                raw.Dispose();
                raw = await RawHttp.ConnectAsync(hub.Host.Url);
            }

            AssertAnswer(response, seed, i, body);
        }

        raw.Dispose();
    }

    private static void AssertAnswer(RawHttp.Response? response, int seed, int number, byte[] body)
    {
        var what = $"seed {seed}, request {number}: {Convert.ToBase64String(body)}";
        Assert.True(response is not null, "the connection was closed: " + what);
        Assert.True(response.Status is 200 or 202 or 400 or 404, $"status {response.Status}: {what}");
        if (response.Status == 202 || response.Header("Content-Type") == "text/event-stream")
        {
            return;
        }

        using var answer = JsonDocument.Parse(response.Body);
        foreach (var one in answer.RootElement.ValueKind == JsonValueKind.Array ? [.. answer.RootElement.EnumerateArray()] : new[] { answer.RootElement })
        {
            Assert.True(one.GetProperty("jsonrpc").GetString() == "2.0" && one.TryGetProperty("id", out _) && (one.TryGetProperty("result", out _) || one.TryGetProperty("error", out _)), what);
        }
    }

    private static string Headers(Random random, string[] sessions)
    {
        var headers = new StringBuilder();
        if (random.Next(4) > 0)
        {
            headers.Append("Mcp-Session-Id: ").Append(sessions[random.Next(sessions.Length)]).Append("\r\n");
        }

        if (random.Next(2) == 0)
        {
            headers.Append("MCP-Protocol-Version: ").Append((string[])["2025-11-25", "2026-07-28", "2025-03-26", "2099-99-99", "?"] is var versions ? versions[random.Next(versions.Length)] : "").Append("\r\n");
        }

        if (random.Next(3) == 0)
        {
            headers.Append("Mcp-Method: tools/call\r\nMcp-Name: ").Append((string[])["echo", "=?base64?ZWNobw==?=", "=?base64?!?=", "x y"] is var names ? names[random.Next(names.Length)] : "").Append("\r\n");
        }

        return headers.ToString();
    }

    private static byte[] Mutate(Random random, byte[] body)
    {
        var bytes = body.ToList();
        for (var edits = random.Next(4); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(_pieces[random.Next(_pieces.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }
}
