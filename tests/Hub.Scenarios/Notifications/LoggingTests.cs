using McpHub.Testing;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Notifications;

/// <summary>Log messages from a real child through the hub to clients over sockets.</summary>
public sealed class LoggingTests
{
    private const string LogLevel = "\"io.modelcontextprotocol/logLevel\"";

    [Fact]
    public async Task A_legacy_client_gets_what_the_server_logs_during_its_call_on_the_stream_of_that_call()
    {
        await using var server = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        Assert.True(client.Capabilities.TryGetProperty("logging", out _));
        await using var call = await client.CallAsync("a__log", """{"level":"warning","data":{"text":"ü"}}""");
        var messages = await call.MessagesAsync();
        Assert.True(call.IsStream);
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","logger":"a","data":{"text":"ü"}}}""",
            messages[0].GetRawText().Replace("\\u00FC", "ü", StringComparison.Ordinal));
        Assert.Equal("logged", messages[1].GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(2, messages.Count);
    }

    [Fact]
    public async Task A_level_that_a_client_sets_reaches_the_server_and_filters_what_comes_back_for_that_client_only()
    {
        await using var server = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var verbose = await EventClient.OpenAsync(hub, Era.Legacy);
        using var quiet = await EventClient.OpenAsync(hub, Era.Legacy);
        Assert.Equal("{}", (await verbose.AnswerAsync("logging/setLevel", "\"level\":\"debug\"")).GetProperty("result").GetRawText());
        await quiet.AnswerAsync("logging/setLevel", "\"level\":\"error\"");
        Assert.Equal(2, await CountAsync(verbose, "debug"));
        await server.ExpectRequestAsync("logging/setLevel", request => (string?)request.Params["level"] == "debug");
        Assert.Equal(1, await CountAsync(quiet, "warning"));
        Assert.Equal(2, await CountAsync(quiet, "critical"));
        Assert.Equal(-32602, (await quiet.AnswerAsync("logging/setLevel", "\"level\":\"loud\"")).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_modern_client_gets_log_messages_only_with_a_request_that_asks_for_them_and_only_of_that_level()
    {
        await using var server = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Modern);
        Assert.True(client.Capabilities.TryGetProperty("logging", out _));
        Assert.Equal(1, await CountAsync(client, "emergency"));
        Assert.Equal(2, await CountAsync(client, "debug", LogLevel + ":\"debug\""));
        Assert.Equal(1, await CountAsync(client, "info", LogLevel + ":\"notice\""));
        await using var unknown = await client.CallAsync("a__log", """{"level":"error","data":"x"}""", LogLevel + ":\"loud\"");
        Assert.Equal(-32602, (await unknown.NextMessageAsync()).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData(Era.Legacy, "")]
    [InlineData(Era.Modern, LogLevel + ":\"info\"")]
    public async Task A_modern_servers_log_messages_arrive_without_the_reserved_words_of_its_hop(Era era, string meta)
    {
        await using var server = new ScriptedServer("m", Era.Modern) { Capabilities = JObject.Parse("""{"tools":{},"logging":{}}""") }.Tool("talk", async request =>
        {
            await request.SendAsync("""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1e2,"_meta":{"io.modelcontextprotocol/x":1,"own":2}}}""");
            return "";
        });
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverPipe()));
        using var client = await EventClient.OpenAsync(hub, era);
        await using var call = await client.CallAsync("m__talk", "{}", meta);
        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1e2,"_meta":{"own":2}}}""", (await call.NextMessageAsync()).GetRawText());
        Assert.Contains(LogLevel + ":\"info\"", (await server.ExpectRequestAsync("tools/call")).Text, StringComparison.Ordinal);
    }

    private static async Task<int> CountAsync(EventClient client, string level, string meta = "")
    {
        await using var call = await client.CallAsync("a__log", $$"""{"level":"{{level}}","data":"x"}""", meta);
        return (await call.MessagesAsync()).Count;
    }
}
