using System.Text.Json;
using McpHub.Actors.Bridging;
using McpHub.Protocol.Errors;
using static McpHub.Actors.Tests.Bridging.Frames;

namespace McpHub.Actors.Tests.Bridging;

/// <summary>Contract 3.11.</summary>
public sealed class ErrorTests
{
    public static TheoryData<int, Era, Era> Rows()
    {
        var data = new TheoryData<int, Era, Era>();
        for (var i = 0; i < Projections.Errors.Count; i++)
        {
            var rule = Projections.Errors[i];
            foreach (var (client, server) in Cells)
            {
                if ((rule.Client ?? client) == client && (rule.Server ?? server) == server)
                {
                    data.Add(i, client, server);
                }
            }
        }

        return data;
    }

    // Each row at both of its ends; what must come out is stated here, not read from the table.
    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_of_the_table_does_what_it_says(int row, Era client, Era server)
    {
        var rule = Projections.Errors[row];
        foreach (var code in new[] { Math.Max(rule.From, int.MinValue), Math.Min(rule.To, int.MaxValue) })
        {
            var data = """{"uri":"t","requiredCapabilities":{"sampling":{}},"elicitations":[{"url":"https://x.example/a"}],"n":1.0}""";
            var answer = Answered(client, server, Error($$"""{"code":{{code}},"message":"m\u00e9","data":{{data}},"x":1.0}"""), Relay(client, rule.Method ?? "tools/call", """{"name":"t","uri":"t"}"""));
            var part = answer.Part.Text();
            Assert.True(answer.IsError);
            Assert.Equal(rule.Action == ErrorAction.Cancelled, answer.Cancelled);
            Assert.Equal(answer.ErrorCode, JsonDocument.Parse(part).RootElement.GetProperty("code").GetInt32());
            string Relayed(int newCode, string newData) => $$"""{"code":{{newCode}},"message":"m\u00e9","data":{{newData}},"x":1.0}""";
            switch (rule.Action)
            {
                case ErrorAction.Relay:
                    Assert.Equal(Relayed((int)code, data), part);
                    break;
                case ErrorAction.MarkOrigin:
                    Assert.Equal(Relayed((int)code, data[..^1] + ",\"origin\":\"upstream\"}"), part);
                    break;
                case ErrorAction.ModernResourceNotFound:
                    Assert.Equal(Relayed(-32602, data), part);
                    break;
                case ErrorAction.LegacyResourceNotFound:
                    Assert.Equal(Relayed(-32002, data), part);
                    break;
                case ErrorAction.UrlVisit when client == Era.Legacy:
                    Assert.Equal(Relayed(-32042, data), part);
                    break;
                case ErrorAction.UrlVisit:
                    Assert.Equal(-32603, answer.ErrorCode);
                    Assert.Contains("HUB5115", part, StringComparison.Ordinal);
                    Assert.Contains("https://x.example/a", part, StringComparison.Ordinal);
                    break;
                case ErrorAction.MissingCapability:
                    Assert.Equal(client == Era.Legacy ? -32603 : -32021, answer.ErrorCode);
                    Assert.EndsWith("\"data\":{\"requiredCapabilities\":{\"sampling\":{}}}}", part, StringComparison.Ordinal);
                    break;
                case ErrorAction.Violation:
                    Assert.Equal(2005, answer.ErrorCode);
                    Assert.Contains("\"origin\":\"hub\",\"hub\":\"HUB2107\"", part, StringComparison.Ordinal);
                    break;
                case ErrorAction.Cancelled:
                    break;
                case ErrorAction.Internal:
                    Assert.Equal(Relayed(-32603, data), part);
                    break;
                case ErrorAction.InternalWithCode:
                    Assert.Equal(Relayed(-32603, data[..^1] + $",\"upstreamCode\":{code}}}"), part);
                    break;
                default:
                    Assert.Fail($"{rule.Action} has no expectation");
                    break;
            }
        }
    }

    [Theory]
    [InlineData(-32002, Era.Legacy, Era.Legacy, -32002)]
    [InlineData(-32002, Era.Modern, Era.Legacy, -32602)]
    [InlineData(-32602, Era.Legacy, Era.Modern, -32002)]
    [InlineData(-32602, Era.Legacy, Era.Legacy, -32602)]
    [InlineData(-32602, Era.Modern, Era.Modern, -32602)]
    public void A_missing_resource_is_said_in_the_clients_words_and_under_its_uri(int code, Era client, Era server, int shown)
    {
        var request = Relay(client, "resources/read", """{"uri":"hub+s:f:1"}""");
        var answer = Answered(client, server, Error($$$"""{"code":{{{code}}},"message":"gone","data":{"uri":"f:1"}}"""), request, Route("\"f:1\""));
        Assert.Equal($$$"""{"code":{{{shown}}},"message":"gone","data":{"uri":"hub+s:f:1"}}""", answer.Part.Text());
    }

    [Fact]
    public void A_legacy_not_found_without_data_gets_the_uri_for_a_modern_client()
    {
        var answer = Answered(Era.Modern, Era.Legacy, Error("""{"code":-32002,"message":"gone"}"""), Relay(Era.Modern, "resources/read", """{"uri":"f:\u0031"}"""), Route("\"f:1\""));
        Assert.Equal("""{"code":-32602,"message":"gone","data":{"uri":"f:\u0031"}}""", answer.Part.Text());
    }

    [Fact]
    public void Modern_invalid_params_without_a_uri_are_no_missing_resource()
    {
        var answer = Answered(Era.Legacy, Era.Modern, Error("""{"code":-32602,"message":"bad"}"""), Relay(Era.Legacy, "resources/read", """{"uri":"t"}"""));
        Assert.Equal("""{"code":-32602,"message":"bad"}""", answer.Part.Text());
    }

    [Theory]
    [InlineData("2025-11-25", -32042)]
    [InlineData("2025-06-18", -32603)]
    public void The_url_error_passes_only_to_the_revision_that_has_it(string revision, int shown)
    {
        var error = Error("""{"code":-32042,"message":"visit","data":{"elicitations":[{"mode":"url","elicitationId":"e","url":"https://x.example/a?b=1"}]}}""");
        var answer = Answered(Era.Legacy, Era.Legacy, error, Relay(Era.Legacy, revision: revision));
        Assert.Equal(shown, answer.ErrorCode);
        Assert.Contains("https://x.example/a?b=1", answer.Part.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    public void Only_web_addresses_are_said(string url)
    {
        var error = Error($$$"""{"code":-32042,"message":"visit","data":{"elicitations":[{"url":"{{{url}}}"}]}}""");
        Assert.DoesNotContain(url, Answered(Era.Modern, Era.Legacy, error).Part.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "{\"elicitation\":{\"url\":{}}}", -32021)]
    [InlineData("{\"elicitation\":{}}", "{\"elicitation\":{\"url\":{}}}", -32021)]
    [InlineData("{\"elicitation\":{\"url\":{},\"form\":{}}}", "{\"elicitation\":{\"url\":{}}}", -32603)]
    [InlineData("{\"sampling\":{}}", "{\"sampling\":{},\"roots\":{}}", -32021)]
    public void A_modern_client_is_told_what_it_lacks_and_the_hub_what_it_lacks_itself(string declared, string required, int shown)
    {
        var request = Relay(Era.Modern, parameters: $$$"""{"name":"t","_meta":{"io.modelcontextprotocol/clientCapabilities":{{{declared}}}}}""");
        var answer = Answered(Era.Modern, Era.Modern, Error($$$"""{"code":-32021,"message":"x","data":{"requiredCapabilities":{{{required}}}}}"""), request);
        Assert.Equal(shown, answer.ErrorCode);
        Assert.Equal(shown == -32021, answer.Part.Text().Contains(required, StringComparison.Ordinal));
        Assert.Equal(shown == -32603, answer.Part.Text().Contains("HUB5116", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"code":-32603,"message":"m"}""", """{"code":-32603,"message":"m","data":{"origin":"upstream"}}""")]
    [InlineData("""{"code":-32603,"message":"m","data":{}}""", """{"code":-32603,"message":"m","data":{"origin":"upstream"}}""")]
    [InlineData("""{"code":-32603,"message":"m","data":{"origin":"hub","a":1.0}}""", """{"code":-32603,"message":"m","data":{"origin":"upstream","a":1.0}}""")]
    [InlineData("""{"code":-32603,"message":"m","data":"text"}""", """{"code":-32603,"message":"m","data":"text"}""")]
    [InlineData("""{"code":0,"message":"m"}""", """{"code":-32603,"message":"m"}""")]
    [InlineData("""{"code":99999999999,"message":"m"}""", """{"code":-32603,"message":"m"}""")]
    [InlineData("""{"code":5}""", """{"code":5,"message":"The server gave no message"}""")]
    public void Odd_errors_are_still_errors(string error, string shown)
    {
        foreach (var (client, server) in Cells)
        {
            Assert.Equal(shown, Answered(client, server, Error(error)).Part.Text());
        }
    }

    [Theory]
    [InlineData("\"data\":\"text\"", """{"upstreamCode":-32000,"upstreamData":"text"}""")]
    [InlineData("\"data\":[1.0]", """{"upstreamCode":-32000,"upstreamData":[1.0]}""")]
    [InlineData("\"y\":1", """{"upstreamCode":-32000}""")]
    public void A_code_that_a_modern_client_must_not_see_is_kept_in_data_and_nothing_is_lost(string member, string data) =>
        Assert.Contains(data, Answered(Era.Modern, Era.Legacy, Error($$"""{"code":-32000,"message":"m",{{member}}}""")).Part.Text(), StringComparison.Ordinal);

    [Theory]
    [InlineData(Era.Legacy, -32002)]
    [InlineData(Era.Modern, -32602)]
    public void A_resource_that_the_hub_does_not_know_is_said_in_the_clients_words(Era client, int code)
    {
        var answer = Bridge.Failure(Relay(client, "resources/read", """{"uri":"x:1"}"""), HubErrors.UnknownResource.With(("uri", "x:1")));
        Assert.Equal(code, answer.ErrorCode);
        var error = JsonDocument.Parse(answer.Part).RootElement;
        Assert.Equal(code, error.GetProperty("code").GetInt32());
        Assert.Equal("x:1", error.GetProperty("data").GetProperty("uri").GetString());
        Assert.Equal("hub", error.GetProperty("data").GetProperty("origin").GetString());
    }

    [Fact]
    public void A_cancelled_call_is_not_answered_and_another_failure_carries_its_own_code()
    {
        Assert.True(Bridge.Failure(Relay(Era.Modern), HubErrors.CallCancelled.With()).Cancelled);
        var busy = Bridge.Failure(Relay(Era.Legacy), HubErrors.TooManyInFlight.With(("count", 1), ("server", "s")));
        Assert.Equal((2003, false), (busy.ErrorCode, busy.Cancelled));
    }
}
