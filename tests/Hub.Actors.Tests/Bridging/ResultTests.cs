using McpHub.Actors.Bridging;
using McpHub.Protocol.Revisions;
using static McpHub.Actors.Tests.Bridging.Frames;

namespace McpHub.Actors.Tests.Bridging;

/// <summary>Contract 3.12.</summary>
public sealed class ResultTests
{
    private const string Payload = """ "z":1.0 ,"content":[ {"type":"text","text":"\u00e9\/"} ],"structuredContent":{"b":1E5,"a":1e400,"c":0.1000,"d":12345678901234567890},"isError":true,"unknown":{ "resultType":"x"}""";

    private static readonly string _hub = $"{ServerInfoKey}{HubIdentityText}";

    [Theory]
    [InlineData(Era.Legacy, Era.Legacy, "{", "}")]
    [InlineData(Era.Legacy, Era.Modern, "{", "}")]
    [InlineData(Era.Modern, Era.Legacy, "{", ",\"resultType\":\"complete\",\"_meta\":{§}}")]
    [InlineData(Era.Modern, Era.Modern, "{", ",\"resultType\":\"complete\",\"_meta\":{§}}")]
    public void Payloads_arrive_byte_for_byte(Era client, Era server, string head, string tail)
    {
        var answer = Answered(client, server, Result("{" + Payload + "}"));
        Assert.False(answer.IsError);
        Assert.Equal(head + Payload + tail.Replace("§", _hub, StringComparison.Ordinal), answer.Part.Text());
    }

    [Theory]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public void Where_nothing_differs_a_legacy_client_gets_the_very_bytes(Era server)
    {
        var frame = Result("{" + Payload + "}");
        Assert.True(frame.Frame.Span.Overlaps(Answered(Era.Legacy, server, frame).Part.Span));
    }

    [Theory]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public void A_legacy_client_sees_no_modern_words(Era server)
    {
        var result = Result("""{"resultType":"complete","content":[],"ttlMs":5,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"},"k":1}}""");
        Assert.Equal("""{"content":[],"_meta":{"k":1}}""", Answered(Era.Legacy, server, result).Part.Text());
    }

    [Fact]
    public void A_modern_client_is_told_complete_whatever_a_legacy_server_says()
    {
        var part = Answered(Era.Modern, Era.Legacy, Result("""{"resultType":"odd","content":[],"ttlMs":5,"cacheScope":"public","_meta":{"k":1}}""")).Part.Text();
        Assert.Equal($$$"""{"resultType":"complete","content":[],"_meta":{"k":1,{{{_hub}}}}}""", part);
    }

    [Fact]
    public void A_modern_servers_own_name_gives_way_to_the_hubs_and_its_hints_pass()
    {
        var request = Relay(Era.Modern, "resources/read", """{"uri":"t"}""");
        var part = Answered(Era.Modern, Era.Modern, Result("""{"resultType":"complete","contents":[],"ttlMs":5000,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}}}"""), request).Part.Text();
        Assert.Equal($$$"""{"resultType":"complete","contents":[],"ttlMs":5000,"cacheScope":"public","_meta":{{{{_hub}}}}}""", part);
    }

    [Theory]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public void A_read_without_hints_is_not_cacheable_for_a_modern_client(Era server)
    {
        var request = Relay(Era.Modern, "resources/read", """{"uri":"t"}""");
        Assert.Contains("\"ttlMs\":0,\"cacheScope\":\"private\"", Answered(Era.Modern, server, Result("""{"contents":[]}"""), request).Part.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"input_required\"")]
    [InlineData("\"task\"")]
    [InlineData("\"odd\"")]
    [InlineData("1")]
    public void A_result_type_that_nothing_was_declared_for_is_a_violation(string type)
    {
        foreach (var client in Enum.GetValues<Era>())
        {
            var answer = Answered(client, Era.Modern, Result($$"""{"resultType":{{type}}}"""));
            Assert.True(answer.IsError);
            Assert.Equal(2005, answer.ErrorCode);
            Assert.Contains("\"hub\":\"HUB2107\",\"server\":\"s\",\"delivery\":\"answered\"", answer.Part.Text(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[1.0]", false, """{"result":[1.0]}""")]
    [InlineData("7", false, """{"result":7}""")]
    [InlineData("null", false, """{"result":null}""")]
    [InlineData("""{"a":1.0}""", false, """{"a":1.0}""")]
    [InlineData("""{"a":1.0}""", true, """{"result":{"a":1.0}}""")]
    public void A_legacy_client_gets_structured_content_as_its_schema_says(string value, bool wraps, string shown)
    {
        var result = Result($$"""{"content":[{"type":"text","text":"mirror"}],"structuredContent":{{value}}}""");
        Assert.Equal($$"""{"content":[{"type":"text","text":"mirror"}],"structuredContent":{{shown}}}""", Answered(Era.Legacy, Era.Modern, result, route: Route(wraps: wraps)).Part.Text());
        Assert.Contains($"\"structuredContent\":{value}", Answered(Era.Modern, Era.Modern, result, route: Route(wraps: wraps)).Part.Text(), StringComparison.Ordinal);
        Assert.Contains($"\"structuredContent\":{value}", Answered(Era.Legacy, Era.Legacy, result).Part.Text(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> UnknownContent()
    {
        var data = new TheoryData<string, string>();
        foreach (var rule in Projections.ContentTypes)
        {
            foreach (var revision in ProtocolRevision.Legacy)
            {
                data.Add(rule.Type, revision);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(UnknownContent))]
    public void Content_that_the_clients_revision_does_not_know_becomes_text(string type, string revision)
    {
        var isKnown = string.CompareOrdinal(revision, Projections.ContentTypes.Single(rule => rule.Type == type).Since) >= 0;
        var block = $$"""{"type":"{{type}}","mimeType":"audio/wav","data":"AAAA","uri":"x:1","name":"n"}""";
        const string Before = """{"type":"text","text":"1.0"}""";
        foreach (var server in Enum.GetValues<Era>())
        {
            var tool = Answered(Era.Legacy, server, Result($$"""{"content":[ {{Before}} , {{block}} ,{{Before}}]}"""), Relay(Era.Legacy, revision: revision)).Part.Text();
            Assert.StartsWith($$"""{"content":[ {{Before}} , {"type":"{{(isKnown ? type : "text")}}",""", tool, StringComparison.Ordinal);
            Assert.EndsWith($",{Before}]}}", tool, StringComparison.Ordinal);
            Assert.Contains(type == "audio" ? "audio/wav" : "x:1", tool, StringComparison.Ordinal);

            var prompt = Answered(Era.Legacy, server, Result($$"""{"messages":[{"role":"user","content":{{block}}},{"role":"user","content":[{{Before}},{{block}}]}]}"""),
                Relay(Era.Legacy, "prompts/get", revision: revision)).Part.Text();
            Assert.Equal(isKnown, prompt.Contains(block, StringComparison.Ordinal));
            Assert.Equal(isKnown ? 1 : 3, prompt.Split("\"type\":\"text\"").Length - 1);
        }
    }

    [Fact]
    public void Contents_of_a_resource_come_back_under_the_uri_that_was_asked()
    {
        var request = Relay(Era.Legacy, "resources/read", """{"uri":"hub+s:f:1"}""");
        var result = Result("""{"contents":[{"uri":"f:1","text":"1.0"},{"uri":"f:1/sub"}]}""");
        foreach (var server in Enum.GetValues<Era>())
        {
            Assert.Equal("""{"contents":[{"uri":"hub+s:f:1","text":"1.0"},{"uri":"f:1/sub"}]}""", Answered(Era.Legacy, server, result, request, Route("\"f:1\"")).Part.Text());
        }
    }
}
