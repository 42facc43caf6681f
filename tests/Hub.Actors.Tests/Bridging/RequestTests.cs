using System.Text;
using McpHub.Actors.Bridging;
using static McpHub.Actors.Tests.Bridging.Frames;

namespace McpHub.Actors.Tests.Bridging;

public sealed class RequestTests
{
    private const string Payload = """ "z":1.0 ,"arguments":{"b":1E5,"a":1e400,"c":0.1000,"d":12345678901234567890,"e":"\u00e9\/é","f":{ "_meta":{"io.modelcontextprotocol/x":1}}},"unknown":[ 1 , null ]""";

    private static readonly string _modernKeys =
        $$"""
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{{HubIdentityText}}
        """;

    public static TheoryData<Era, Era> AllCells()
    {
        var data = new TheoryData<Era, Era>();
        foreach (var (client, server) in Cells)
        {
            data.Add(client, server);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(AllCells))]
    public void Everything_but_name_and_reserved_keys_arrives_byte_for_byte(Era client, Era server)
    {
        var sent = SentParams(client, server, "tools/call", $$$"""{"name" : "shown",{{{Payload}}},"_meta":{ "traceparent":"00-1-2-01", "vendor/x":1.0}}""");
        var meta = server == Era.Modern ? "," + _modernKeys : "";
        Assert.Equal($$$"""{"name" : "t",{{{Payload}}},"_meta":{ "traceparent":"00-1-2-01", "vendor/x":1.0{{{meta}}}}}""", sent);
    }

    [Theory]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public void Where_nothing_differs_a_legacy_server_gets_the_very_bytes(Era client)
    {
        var request = Request("tools/call", $$"""{"name":"t",{{Payload}}}""");
        var sent = Bridge.Between(client, Era.Legacy).RequestParams(request, Route(), Peer(Era.Legacy), default);
        Assert.True(request.Frame.Span.Overlaps(sent.Span));
        Assert.Equal(request.Bytes(request.Params).Text(), sent.Text());
    }

    [Theory]
    [InlineData("tools/call", """{"name":"shown"}""", """{"name":"t"}""")]
    [InlineData("tools/call", """{"name":"\u0074"}""", """{"name":"\u0074"}""")]
    [InlineData("prompts/get", """{"name":"shown","arguments":{"name":"x"}}""", """{"name":"t","arguments":{"name":"x"}}""")]
    [InlineData("resources/read", """{"uri":"hub+s:t"}""", """{"uri":"t"}""")]
    [InlineData("completion/complete", """{"ref":{"type":"ref/prompt","name":"shown"},"argument":{"name":"a","value":"v"}}""", """{"ref":{"type":"ref/prompt","name":"t"},"argument":{"name":"a","value":"v"}}""")]
    [InlineData("completion/complete", """{"ref":{"type":"ref/resource","uri":"hub+s:t"},"argument":{"name":"a","value":"v"}}""", """{"ref":{"type":"ref/resource","uri":"t"},"argument":{"name":"a","value":"v"}}""")]
    public void The_server_hears_its_own_name(string method, string given, string sent)
    {
        Assert.Equal(sent, SentParams(Era.Legacy, Era.Legacy, method, given));
        Assert.Equal(sent, SentParams(Era.Modern, Era.Legacy, method, given));
    }

    [Theory]
    [MemberData(nameof(AllCells))]
    public void Reserved_keys_of_the_clients_hop_never_reach_the_server(Era client, Era server)
    {
        var sent = SentParams(client, server, "tools/call", """
            {"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"x","io.modelcontextprotocol/clientCapabilities":{"sampling":{}},"io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/logLevel":"debug","io.modelcontextprotocol/related-task":{},"kept":1}}
            """);
        var expected = server == Era.Modern ? $$"""{{_modernKeys}},"kept":1""" : "\"kept\":1";
        Assert.Equal(Sorted(expected), Sorted(sent[(sent.IndexOf("_meta\":{", StringComparison.Ordinal) + 8)..^2]));
    }

    [Theory]
    [MemberData(nameof(AllCells))]
    public void The_progress_token_is_the_hubs_or_none(Era client, Era server)
    {
        Assert.Contains("\"_meta\":{\"progressToken\":77", SentParams(client, server, "tools/call", """{"name":"t","_meta":{"progressToken":"client"}}""", token: "77"), StringComparison.Ordinal);
        Assert.Contains("\"progressToken\":\"h-1\"", SentParams(client, server, "tools/call", """{"name":"t"}""", token: "\"h-1\""), StringComparison.Ordinal);
        Assert.DoesNotContain("progressToken", SentParams(client, server, "tools/call", """{"name":"t","_meta":{"progressToken":"client"}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_modern_server_is_told_the_clientInfo_of_its_definition()
    {
        var route = Route() with { Server = Route().Server with { ClientInfo = "{\"name\":\"mine\",\"version\":\"2\"}"u8.ToArray() } };
        Assert.Contains("clientInfo\":{\"name\":\"mine\",\"version\":\"2\"}", SentParams(Era.Legacy, Era.Modern, "tools/call", """{"name":"t"}""", route: route), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public void A_legacy_clients_wish_for_a_task_is_a_plain_call(Era server) =>
        Assert.DoesNotContain("task", SentParams(Era.Legacy, server, "tools/call", """{"name":"t","task":{"ttl":1}}"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"requestState\":\"x\"")]
    [InlineData("\"inputResponses\":{}")]
    public void A_modern_clients_retry_is_refused_before_it_is_routed(string field)
    {
        Assert.True(Bridge.Refuses(Relay(Era.Modern, parameters: $$"""{"name":"t",{{field}}}"""), out var answer));
        Assert.True(answer.IsError);
        Assert.Equal(-32602, answer.ErrorCode);
        Assert.Contains("\"message\":\"Invalid or expired requestState\"", answer.Part.Text(), StringComparison.Ordinal);
        Assert.False(Bridge.Refuses(Relay(Era.Modern), out _));
        Assert.False(Bridge.Refuses(Relay(Era.Legacy, parameters: $$"""{"name":"t",{{field}}}"""), out _));
        Assert.DoesNotContain(field, SentParams(Era.Legacy, Era.Modern, "tools/call", $$"""{"name":"t",{{field}}}"""), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllCells))]
    public void Progress_comes_with_the_clients_token_and_its_bytes(Era client, Era server)
    {
        var notification = Scan("""{"jsonrpc":"2.0","method":"notifications/progress","extra":1,"params":{"progressToken":"h-1","progress":1.0,"total":1E2,"message":"\u00e9","_meta":{"io.modelcontextprotocol/subscriptionId":1,"k":2}}}""");
        var bridge = Bridge.Between(client, server);
        foreach (var token in new[] { "7", "\"seven\"" })
        {
            Assert.Equal(
                $$$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{{token}}}},"progress":1.0,"total":1E2,"message":"\u00e9","_meta":{"k":2}}}""",
                bridge.Notification(Relay(client), notification, Encoding.UTF8.GetBytes(token)).Text());
        }

        Assert.True(bridge.Notification(Relay(client), notification, default).IsEmpty);
        Assert.True(bridge.Notification(Relay(client), Scan("""{"jsonrpc":"2.0","method":"notifications/other","params":{}}"""), "7"u8.ToArray()).IsEmpty);
    }

    [Theory]
    [InlineData(Era.Legacy, Era.Legacy)]
    [InlineData(Era.Legacy, Era.Modern)]
    [InlineData(Era.Modern, Era.Legacy)]
    [InlineData(Era.Modern, Era.Modern)]
    public void A_log_message_comes_with_its_bytes_and_without_the_reserved_words_of_its_hop(Era client, Era server)
    {
        var notification = Scan("""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1E2,"_meta":{"io.modelcontextprotocol/x":1,"k":2}}}""");
        Assert.Equal(
            """{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1E2,"_meta":{"k":2}}}""",
            Bridge.Between(client, server).Notification(Relay(client), notification, default).Text());
    }

    private static string Sorted(string members) => string.Join(',', members.Trim().Split(',').Order(StringComparer.Ordinal));
}
