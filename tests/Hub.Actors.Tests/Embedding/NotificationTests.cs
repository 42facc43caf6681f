using System.Collections.Concurrent;
using McpHub.Actors.Embedding;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>What a server tells, and what a session tells it (contract 1, CS-07, CS-08, CM-10 to CM-14, CB-05 to CB-12).</summary>
public sealed class NotificationTests
{
    private const string Logs = """{"logging":{},"tools":{}}""";

    [Fact(DisplayName = "B-011 W-12 a message handler and a sampling callback that list tools and await it: both complete")]
    public async Task Handlers_may_call_the_session()
    {
        ClientSession session = null!;
        var (handled, sampled) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            MessageHandler = async _ => handled.SetResult((await session.ListToolsAsync()).Tools.Count),
            SamplingCallback = async (_, ct) =>
            {
                sampled.SetResult((await session.ListToolsAsync(ct: ct)).Tools.Count);
                return new CreateMessageResult { Role = "assistant", Model = "m", Content = [] };
            },
        });
        session = scripted.Session;
        scripted.Notify(MethodNames.ToolsListChanged, "{}");
        scripted.Ask("1", MethodNames.SamplingCreateMessage, """{"messages":[],"maxTokens":1}""");
        for (var i = 0; i < 2; i++)
        {
            scripted.Server.Reply(await scripted.Server.ExpectAsync(MethodNames.ToolsList), """{"tools":[{"name":"t","inputSchema":{}}]}""");
        }

        await scripted.AnswerAsync("1");
        Assert.Equal((1, 1), (await handled.Task.WaitAsync(ScriptedSession.Patience), await sampled.Task.WaitAsync(ScriptedSession.Patience)));
    }

    [Fact(DisplayName = "B-025 all eight levels, set and logged, arrive in order with logger and data; an invalid level gives -32602")]
    public async Task All_levels()
    {
        var logged = new ConcurrentQueue<LoggingMessage>();
        var done = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(
            new ClientSessionOptions
            {
                LoggingCallback = message =>
                {
                    logged.Enqueue(message);
                    if (message.LevelName == "panic")
                    {
                        done.SetResult();
                    }

                    return default;
                },
            },
            Logs);
        string[] words = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];
        foreach (var (level, word) in Enum.GetValues<LoggingLevel>().Zip(words))
        {
            var setting = scripted.Session.SetLoggingLevelAsync(level);
            var request = await scripted.Server.ExpectAsync(MethodNames.SetLevel);
            Assert.Equal($$"""{"level":"{{word}}"}""", request.GetProperty("params").GetRawText());
            scripted.Server.Reply(request, "{}");
            await setting;
            scripted.Notify(MethodNames.Message, $$$"""{"level":"{{{word}}}","logger":"db","data":{"n":{{{(int)level}}}}}""");
        }

        scripted.Notify(MethodNames.Message, """{"level":"panic","data":null}""");
        await done.Task.WaitAsync(ScriptedSession.Patience);
        var messages = logged.ToArray();
        Assert.Equal(Enum.GetValues<LoggingLevel>().Cast<LoggingLevel?>().Append(null), messages.Select(message => message.Level));
        Assert.All(messages[..8], message => Assert.Equal(("server", "db", (int)message.Level!), (message.ServerId, message.Logger, (int)message.Data!["n"]!)));
        Assert.Equal(JTokenType.Null, messages[8].Data!.Type);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => scripted.Session.SetLoggingLevelAsync((LoggingLevel)8));
        var refused = scripted.Session.SetLoggingLevelAsync(LoggingLevel.Info);
        scripted.Server.ReplyError(await scripted.Server.ExpectAsync(MethodNames.SetLevel), -32602);
        Assert.Equal(-32602, (await Assert.ThrowsAsync<PeerException>(() => refused)).PeerCode);
    }

    [Fact(DisplayName = "CM-10 to a modern server the level goes with each call, and a call may have its own")]
    public async Task Levels_of_a_modern_server()
    {
        var logged = new TaskCompletionSource<LoggingMessage>();
        await using var scripted = await ScriptedSession.ModernAsync(
            new ClientSessionOptions
            {
                LoggingCallback = message =>
                {
                    logged.TrySetResult(message);
                    return default;
                },
            },
            Logs);
        Assert.Null(await LevelOfAsync(null));
        await scripted.Session.SetLoggingLevelAsync(LoggingLevel.Warning);
        Assert.Equal("warning", await LevelOfAsync(null));
        Assert.Equal("debug", await LevelOfAsync(new CallOptions { LogLevel = LoggingLevel.Debug }));
        Assert.Equal("warning", await LevelOfAsync(null));
        Assert.Equal("hello", (string?)(await logged.Task.WaitAsync(ScriptedSession.Patience)).Data);

        async Task<string?> LevelOfAsync(CallOptions? options)
        {
            var call = scripted.Session.CallToolAsync("t", options: options);
            var request = await scripted.Server.ExpectAsync(MethodNames.ToolsCall);
            scripted.Notify(MethodNames.Message, """{"level":"error","data":"hello"}""");
            scripted.Server.Reply(request, """{"resultType":"complete","content":[]}""");
            await call;
            return request.GetProperty("params").GetProperty("_meta").TryGetProperty(MetaKeys.LogLevel, out var level) ? level.GetString() : null;
        }
    }

    [Fact]
    public async Task A_level_needs_a_server_that_logs()
    {
        await using var legacy = await ScriptedSession.LegacyAsync();
        Assert.Equal("HUB5107", (await Assert.ThrowsAsync<HubException>(() => legacy.Session.SetLoggingLevelAsync(LoggingLevel.Info))).Code);
        await using var modern = await ScriptedSession.ModernAsync();
        Assert.Equal("HUB5107", (await Assert.ThrowsAsync<HubException>(() => modern.Session.SetLoggingLevelAsync(LoggingLevel.Info))).Code);
        Assert.True(legacy.Server.IsQuiet && modern.Server.IsQuiet);
    }

    [Fact(DisplayName = "CS-07 CS-08 the logging callback and then the message handler get each message, in order, one at a time; an exception in either keeps neither from the next")]
    public async Task One_ordered_lane()
    {
        var order = new ConcurrentQueue<string>();
        var running = 0;
        var done = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            LoggingCallback = async message =>
            {
                await OneAtATimeAsync($"log {message.Data}");
                throw new InvalidOperationException("thrown");
            },
            MessageHandler = async message =>
            {
                await OneAtATimeAsync($"handle {((ServerNotification)message).Params!["data"]}");
                if (order.Count == 200)
                {
                    done.SetResult();
                }

                throw new InvalidOperationException("thrown");
            },
        });
        for (var n = 0; n < 100; n++)
        {
            scripted.Notify(MethodNames.Message, $$"""{"level":"info","data":{{n}}}""");
        }

        await done.Task.WaitAsync(ScriptedSession.Patience);
        Assert.Equal(Enumerable.Range(0, 100).SelectMany(n => new[] { $"log {n}", $"handle {n}" }), order);

        async Task OneAtATimeAsync(string what)
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Yield();
            order.Enqueue(what);
            Interlocked.Decrement(ref running);
        }
    }

    [Fact]
    public async Task A_handler_that_is_too_slow_loses_messages_and_is_told_how_many_and_calls_go_on()
    {
        var (entered, release, lost) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource<HubException>());
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            MessageHandler = async message =>
            {
                entered.TrySetResult();
                await release.Task;
                if (message is ConnectionDiagnostic diagnostic)
                {
                    lost.SetResult(diagnostic.Error);
                }
            },
        });
        scripted.Notify("vendor/thing", "{}");
        await entered.Task.WaitAsync(ScriptedSession.Patience);
        for (var n = 0; n < MessageLane.MaxMessages + 10; n++)
        {
            scripted.Notify("vendor/thing", "{}");
        }

        await scripted.WorksAsync();
        release.SetResult();
        var error = await lost.Task.WaitAsync(ScriptedSession.Patience);
        Assert.Equal("HUB5163", error.Code);
        Assert.StartsWith("10 messages", error.Message, StringComparison.Ordinal);
    }

    [Fact(DisplayName = "B-030 argument and context reach the server; of more than 100 values the first 100 come back, with hasMore")]
    public async Task Completions()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(capabilities: """{"completions":{}}""");
        var completing = scripted.Session.CompleteAsync(
            CompletionReference.Prompt("p"), new CompletionArgument { Name = "city", Value = "B" }, new Dictionary<string, string> { ["country"] = "de" });
        var request = await scripted.Server.ExpectAsync(MethodNames.Complete);
        Assert.Equal("""{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"city","value":"B"},"context":{"arguments":{"country":"de"}}}""", request.GetProperty("params").GetRawText());
        scripted.Server.Reply(request, $$$"""{"completion":{"values":[{{{Values(101)}}}],"total":101}}""");
        var completion = (await completing).Completion;
        Assert.Equal((100, "99", true, 101L), (completion.Values.Count, completion.Values[^1], completion.HasMore, completion.Total));

        completing = scripted.Session.CompleteAsync(CompletionReference.ResourceTemplate("x://{id}"), new CompletionArgument { Name = "id", Value = "" });
        scripted.Server.Reply(await scripted.Server.ExpectAsync(MethodNames.Complete), $$$"""{"completion":{"values":[{{{Values(100)}}}]}}""");
        static string Values(int count) => string.Join(',', Enumerable.Range(0, count).Select(n => $"\"{n}\""));
        Assert.Equal((100, false), ((await completing).Completion.Values.Count, (await completing).Completion.HasMore));
    }

    [Fact(DisplayName = "B-031 without roots, or without listChanged, nothing is sent when they change; with it a legacy server is told")]
    public async Task Changed_roots()
    {
        Func<RootsRequest, CancellationToken, Task<IReadOnlyList<Root>>> roots = (_, _) => Task.FromResult<IReadOnlyList<Root>>([]);
        await using var undeclared = await ScriptedSession.LegacyAsync(new ClientSessionOptions { RootsListChanged = true, LoggingCallback = _ => default });
        await undeclared.Session.SendRootsListChangedAsync();
        await undeclared.WorksAsync();
        await using var unchanging = await ScriptedSession.LegacyAsync(new ClientSessionOptions { ListRootsCallback = roots });
        await unchanging.Session.SendRootsListChangedAsync();
        await unchanging.WorksAsync();
        await using var modern = await ScriptedSession.ModernAsync(new ClientSessionOptions { ListRootsCallback = roots, RootsListChanged = true });
        await modern.Session.SendRootsListChangedAsync();
        await modern.WorksAsync();

        await using var declared = await ScriptedSession.LegacyAsync(new ClientSessionOptions { ListRootsCallback = roots, RootsListChanged = true });
        await declared.Session.SendRootsListChangedAsync();
        await declared.Server.ExpectAsync(MethodNames.RootsListChanged);
        await declared.WorksAsync();
    }

    [Fact(DisplayName = "EN-03 an answer that nobody asked for is told to the message handler, a late one is not")]
    public async Task Stray_answers()
    {
        var told = new ConcurrentQueue<string>();
        var done = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            MessageHandler = message =>
            {
                told.Enqueue(message is ConnectionDiagnostic diagnostic ? diagnostic.Error.Code : ((ServerNotification)message).Method);
                if (message is ServerNotification)
                {
                    done.SetResult();
                }

                return default;
            },
        });
        using var cancel = new CancellationTokenSource();
        var call = scripted.Session.CallToolAsync("t", ct: cancel.Token);
        var request = await scripted.Server.ExpectAsync(MethodNames.ToolsCall);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await scripted.Server.ExpectAsync(MethodNames.Cancelled);
        scripted.Server.Reply(request, """{"content":[]}""");
        scripted.Server.Send("""{"jsonrpc":"2.0","id":"who","result":{}}""");
        scripted.Notify("vendor/last", "{}");
        await done.Task.WaitAsync(ScriptedSession.Patience);
        Assert.Equal(["HUB2160", "vendor/last"], told);
    }

    [Theory(DisplayName = "W-04 an HTTP status ends its call with what the server said, at once, and the session lives")]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(500)]
    public async Task An_http_status_ends_its_call(int status)
    {
        await using var scripted = await ScriptedSession.LegacyAsync(kind: TransportKind.Http);
        var call = scripted.Session.CallToolAsync("t", options: new CallOptions { Timeout = Timeout.InfiniteTimeSpan });
        var request = await scripted.Server.ExpectAsync(MethodNames.ToolsCall);
        scripted.Server.Report(new InboundEvent.ExchangeEnded(
            request.GetProperty("id").GetInt64(), Protocol.Errors.HubErrors.HttpStatus.With(("status", status), ("excerpt", ": go away")) with { HttpStatus = status, Delivery = Delivery.Answered }));
        var error = await Assert.ThrowsAnyAsync<HubException>(() => call.WaitAsync(ScriptedSession.Patience));
        Assert.Equal((status, "HUB2106", Delivery.Answered), (error.Error.HttpStatus, error.Code, error.Delivery));
        Assert.Contains("go away", error.Message, StringComparison.Ordinal);
        await scripted.WorksAsync();
    }
}
