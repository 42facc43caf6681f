using System.Globalization;
using System.Text;
using Akka.Actor;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>Whose log messages are, how many pass, and what level servers are told.</summary>
public sealed class LoggingSpec : SessionSpec
{
    private const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"logging":{}},"serverInfo":{"name":"scripted","version":"1"}}""";
    private const string Modern = """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"logging":{}},"ttlMs":0,"cacheScope":"public"}""";

    private readonly LogInterest _interest = new();

    [Fact]
    public async Task On_a_channel_the_only_call_in_flight_gets_what_the_server_logs_in_order_and_before_its_answer()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var call = Call(logs: _interest.OpenSession());
        var request = await peer.ExpectAsync("tools/call");
        peer.Send(Said("info", 1));
        peer.Send(Said("debug", 2));
        peer.Send(Said("error", 3));
        peer.Send(Said("loud", 4));
        peer.Reply(request, "{}");
        await call.Sink.Outcome;
        Assert.Equal(["1", "3"], Read(call));
    }

    [Fact]
    public async Task With_two_calls_in_flight_on_a_channel_nobody_gets_it()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var first = Call(logs: _interest.OpenSession());
        var second = Call(logs: _interest.OpenSession());
        var requests = new[] { await peer.ExpectAsync("tools/call"), await peer.ExpectAsync("tools/call") };
        peer.Send(Said("error", 1));
        peer.Reply(requests[0], "{}");
        peer.Send(Said("error", 2));
        peer.Reply(requests[1], "{}");
        await Task.WhenAll(first.Sink.Outcome, second.Sink.Outcome);
        Assert.Empty(Read(first));
        Assert.Equal(["2"], Read(second));
    }

    [Fact]
    public async Task Over_HTTP_the_response_stream_says_whose_it_is_and_the_stream_of_nobody_is_nobodys()
    {
        var peer = await ConnectLegacyAsync(TransportKind.Http, hello: Hello);
        var first = Call(logs: _interest.OpenSession());
        var one = await peer.ExpectAsync("tools/call");
        peer.Send(Said("error", 1), exchange: null);
        var second = Call(logs: _interest.OpenSession());
        var two = await peer.ExpectAsync("tools/call");
        peer.Send(Said("error", 2), exchange: second.Id);
        peer.Send(Said("error", 3), exchange: first.Id);
        peer.Reply(one, "{}");
        peer.Reply(two, "{}");
        await Task.WhenAll(first.Sink.Outcome, second.Sink.Outcome);
        Assert.Equal(["3"], Read(first));
        Assert.Equal(["2"], Read(second));
    }

    [Fact]
    public async Task What_a_server_logs_while_it_may_still_work_on_a_cancelled_call_is_given_to_nobody_until_it_answered_that()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var cancelled = Call(logs: _interest.OpenSession());
        var old = await peer.ExpectAsync("tools/call");
        cancelled.Cancel();
        await peer.ExpectAsync("notifications/cancelled");
        var call = Call(logs: _interest.OpenSession());
        var request = await peer.ExpectAsync("tools/call");
        peer.Send(Said("error", 1));
        peer.Reply(old, "{}");
        peer.Send(Said("error", 2));
        peer.Reply(request, "{}");
        await call.Sink.Outcome;
        Assert.Equal(["2"], Read(call));
    }

    [Fact]
    public async Task More_than_a_hundred_messages_in_a_second_are_counted_and_told_as_one()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var call = Call(logs: _interest.OpenSession());
        var request = await peer.ExpectAsync("tools/call");
        for (var n = 0; n < 107; n++)
        {
            peer.Send(Said("info", n));
        }

        peer.Reply(request, "{}");
        await call.Sink.Outcome;
        var read = Read(call);
        Assert.Equal(101, read.Count);
        Assert.Equal("99", read[99]);
        Assert.Equal("\"7 messages dropped\"", read[100]);
    }

    [Fact]
    public async Task A_second_later_messages_pass_again_after_the_report()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var call = Call(logs: _interest.OpenSession(), timeout: TimeSpan.FromMinutes(1));
        var request = await peer.ExpectAsync("tools/call");
        for (var n = 0; n < 101; n++)
        {
            peer.Send(Said("info", n));
        }

        var read = new List<string>();
        await AwaitAssertAsync(() =>
        {
            read.AddRange(Read(call));
            Assert.Equal(100, read.Count);
        });
        Time.Advance(TimeSpan.FromSeconds(1));
        peer.Send(Said("info", 200));
        peer.Reply(request, "{}");
        await call.Sink.Outcome;
        Assert.Equal(["\"1 messages dropped\"", "200"], Read(call));
    }

    [Fact]
    public async Task Nothing_is_told_to_a_server_before_a_client_named_a_level()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        Call(logs: _interest.OpenSession());
        await peer.ExpectAsync("tools/call");
    }

    [Fact]
    public async Task A_server_without_logging_is_told_nothing()
    {
        var peer = await ConnectLegacyAsync();
        Call(logs: _interest.ForRequest(LoggingLevel.Debug));
        await peer.ExpectAsync("tools/call");
    }

    [Fact]
    public async Task A_server_is_told_the_most_verbose_level_once_and_before_the_call_and_never_a_less_verbose_one_while_a_call_runs()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var quiet = _interest.OpenSession();
        quiet.Set(LoggingLevel.Error);
        var first = Call(logs: quiet);
        var level = await ExpectLevelAsync(peer, "error");
        Assert.True(peer.IsQuiet);
        peer.Reply(level, "{}");
        var one = await peer.ExpectAsync("tools/call");

        var verbose = _interest.ForRequest(LoggingLevel.Debug);
        var second = Call(logs: verbose);
        peer.Reply(await ExpectLevelAsync(peer, "debug"), "{}");
        var two = await peer.ExpectAsync("tools/call");

        var third = Call(logs: quiet);
        var three = await peer.ExpectAsync("tools/call");
        peer.Reply(one, "{}");
        peer.Reply(two, "{}");
        peer.Reply(three, "{}");
        await Task.WhenAll(first.Sink.Outcome, second.Sink.Outcome, third.Sink.Outcome);

        Call(logs: quiet);
        peer.Reply(await ExpectLevelAsync(peer, "error"), "{}");
        await peer.ExpectAsync("tools/call");
    }

    [Fact]
    public async Task A_session_that_never_named_a_level_still_counts_when_another_did()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        _interest.OpenSession();
        var quiet = _interest.OpenSession();
        quiet.Set(LoggingLevel.Emergency);
        Call(logs: quiet);
        await ExpectLevelAsync(peer, "info");
    }

    [Fact]
    public async Task A_server_that_refuses_the_level_or_never_answers_gets_the_call_all_the_same()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        Call(logs: _interest.ForRequest(LoggingLevel.Info));
        peer.ReplyError(await ExpectLevelAsync(peer, "info"), -32601);
        await peer.ExpectAsync("tools/call");
        Call(logs: _interest.ForRequest(LoggingLevel.Debug));
        await ExpectLevelAsync(peer, "debug");
        await AdvanceUntilAsync(() => !peer.IsQuiet, TimeSpan.FromSeconds(3));
        await peer.ExpectAsync("notifications/cancelled");
        await peer.ExpectAsync("tools/call");
    }

    [Fact]
    public async Task After_a_reconnect_the_server_is_told_again()
    {
        var peer = await ConnectLegacyAsync(hello: Hello);
        var floor = _interest.OpenSession();
        floor.Set(LoggingLevel.Debug);
        var call = Call(logs: floor);
        peer.Reply(await ExpectLevelAsync(peer, "debug"), "{}");
        peer.Reply(await peer.ExpectAsync("tools/call"), "{}");
        await call.Sink.Outcome;
        peer.Break(HubErrors.ConnectionLost.With(("server", "scripted"), ("reason", "broken by the test")));
        await Supervisor.ExpectMsgAsync<UpstreamSession.ConnectionLost>();
        peer = await HandshakeAsync(Hello);
        Call(logs: floor);
        await ExpectLevelAsync(peer, "debug");
    }

    [Fact]
    public async Task A_modern_server_reads_the_level_in_each_request_and_is_told_nothing_else()
    {
        var peer = await ConnectModernAsync(TransportKind.Http, Modern);
        var floor = _interest.OpenSession();
        floor.Set(LoggingLevel.Warning);
        Call(logs: floor);
        Assert.Equal("warning", LevelOf(await peer.ExpectAsync("tools/call")));
        Call(logs: _interest.OpenSession());
        Assert.Equal("info", LevelOf(await peer.ExpectAsync("tools/call")));
        Call();
        Assert.Null(LevelOf(await peer.ExpectAsync("tools/call")));
    }

    [Fact]
    public void The_most_verbose_level_follows_the_sessions_that_are_open()
    {
        var one = _interest.OpenSession();
        var two = _interest.OpenSession();
        one.Set(LoggingLevel.Error);
        Assert.Equal(LoggingLevel.Info, _interest.MostVerbose(LoggingLevel.Alert));
        two.Close();
        two.Set(LoggingLevel.Debug);
        two.Close();
        Assert.Equal(LoggingLevel.Error, _interest.MostVerbose(LoggingLevel.Alert));
        Assert.True(_interest.IsAsked);
        one.Close();
        Assert.False(_interest.IsAsked);
        Assert.Equal(LoggingLevel.Alert, _interest.MostVerbose(LoggingLevel.Alert));
    }

    private static string? LevelOf(System.Text.Json.JsonElement request) =>
        request.GetProperty("params").GetProperty("_meta").TryGetProperty("io.modelcontextprotocol/logLevel", out var level) ? level.GetString() : null;

    private static async Task<System.Text.Json.JsonElement> ExpectLevelAsync(ScriptedTransport peer, string level)
    {
        var request = await peer.ExpectAsync("logging/setLevel");
        Assert.Equal(level, request.GetProperty("params").GetProperty("level").GetString());
        return request;
    }

    private static string Said(string level, int data) =>
        $$$"""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"{{{level}}}","data":{{{data.ToString(CultureInfo.InvariantCulture)}}}}}""";

    private static List<string> Read(StartedCall call)
    {
        var data = new List<string>();
        while (call.Sink.Notifications!.TryRead(out var notification))
        {
            data.Add(Encoding.UTF8.GetString(notification.Bytes(notification.Find(Protocol.Wire.MemberOf.Params, "data"u8)).Span));
        }

        return data;
    }
}
