using System.Text.Json;
using McpHub.Actors.Embedding;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>What a server asks of its client, and what the callbacks of a session answer (contract 1.4).</summary>
public sealed class CallbackTests
{
    private const string Messages = """{"messages":[{"role":"user","content":{"type":"text","text":"hi"}}],"maxTokens":10}""";
    private const string Form = """{"message":"who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string","minLength":2},"age":{"type":"integer","minimum":0}},"required":["name"]}}""";

    private static readonly Func<ElicitationRequest, CancellationToken, Task<ElicitResult>> _declines = (_, _) => Task.FromResult(ElicitResult.Decline());

    [Theory(DisplayName = "B-004 exactly what the callbacks that are set can do is declared")]
    [InlineData("none", "{}", "{}")]
    [InlineData("form", """{"elicitation":{"form":{}}}""", """{"elicitation":{"form":{}}}""")]
    [InlineData("url", """{"elicitation":{"url":{}}}""", """{"elicitation":{"url":{}}}""")]
    [InlineData("sampling", """{"sampling":{}}""", """{"sampling":{}}""")]
    [InlineData("tools", """{"sampling":{"tools":{}}}""", """{"sampling":{"tools":{}}}""")]
    [InlineData("roots", """{"roots":{}}""", """{"roots":{}}""")]
    [InlineData("all", """{"sampling":{"tools":{},"context":{}},"elicitation":{"form":{},"url":{}},"roots":{"listChanged":true}}""", """{"sampling":{"tools":{},"context":{}},"elicitation":{"form":{},"url":{}},"roots":{}}""")]
    public async Task What_is_set_is_declared(string set, string legacy, string modern)
    {
        var all = set == "all";
        var options = new ClientSessionOptions
        {
            SamplingCallback = all || set is "sampling" or "tools" ? Sampled : null,
            SamplingTools = all || set == "tools",
            SamplingContext = all,
            ElicitationFormCallback = all || set == "form" ? _declines : null,
            ElicitationUrlCallback = all || set == "url" ? _declines : null,
            ListRootsCallback = all || set == "roots" ? (_, _) => Task.FromResult<IReadOnlyList<Root>>([]) : null,
            RootsListChanged = all,
            MessageHandler = _ => default,
        };
        await using var old = await ScriptedSession.LegacyAsync(options);
        Assert.Equal(legacy, old.Hello.GetProperty("params").GetProperty("capabilities").GetRawText());

        await using var modernSession = await ScriptedSession.ModernAsync(options);
        var call = modernSession.Session.CallToolAsync("t");
        var request = await modernSession.Server.ExpectAsync(MethodNames.ToolsCall);
        modernSession.Server.Reply(request, """{"resultType":"complete","content":[]}""");
        await call;
        Assert.All([modernSession.Hello, request], message => Assert.Equal(modern, message.GetProperty("params").GetProperty("_meta").GetProperty(MetaKeys.ClientCapabilities).GetRawText()));
    }

    [Fact(DisplayName = "CB-01 to CB-03 each callback gets its request, and its answer goes out; W-23 it knows which server asked, which request, which call")]
    public async Task Callbacks_answer()
    {
        var seen = new List<ServerRequest>();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = (request, ct) => Seen(request, Sampled(request, ct)),
            ElicitationFormCallback = (request, _) => Seen(request, Task.FromResult(ElicitResult.Accept(new JObject { ["name"] = "Ann", ["age"] = 7 }))),
            ElicitationUrlCallback = (request, _) => Seen(request, Task.FromResult(ElicitResult.Accept(new JObject { ["no"] = "content" }))),
            ListRootsCallback = (request, _) => Seen(request, Task.FromResult<IReadOnlyList<Root>>([new Root { Uri = "file:///a", Name = "A" }, new Root { Uri = "https://b" }])),
        });
        var call = scripted.Session.CallToolAsync("asks");
        var request = await scripted.Server.ExpectAsync(MethodNames.ToolsCall);

        scripted.Ask("1", MethodNames.SamplingCreateMessage, """{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],"maxTokens":10,"_meta":{"progressToken":"p"}}""");
        Assert.Equal("""{"role":"assistant","content":{"type":"text","text":"b"},"model":"m"}""", (await scripted.AnswerAsync("1")).GetProperty("result").GetRawText());
        scripted.Ask("\"two\"", MethodNames.ElicitationCreate, Form);
        Assert.Equal("""{"action":"accept","content":{"name":"Ann","age":7}}""", (await scripted.AnswerAsync("\"two\"")).GetProperty("result").GetRawText());
        scripted.Ask("3", MethodNames.ElicitationCreate, """{"mode":"url","message":"open","url":"https://x","elicitationId":"e"}""");
        Assert.Equal("""{"action":"accept"}""", (await scripted.AnswerAsync("3")).GetProperty("result").GetRawText());
        scripted.Ask("4", MethodNames.RootsList);
        Assert.Equal("""{"roots":[{"uri":"file:///a","name":"A"}]}""", (await scripted.AnswerAsync("4")).GetProperty("result").GetRawText());
        scripted.Server.Reply(request, """{"content":[]}""");
        await call;

        Assert.Equal(["1", "two", "3", "4"], seen.Select(one => one.RequestId));
        Assert.All(seen, one => Assert.Equal(("server", request.GetProperty("id").GetInt64(), MethodNames.ToolsCall), (one.ServerId, one.RelatedCall!.Id, one.RelatedCall.Method)));
        Assert.Equal("p", seen[0].ProgressToken?.Text);
        Assert.Null(seen[1].ProgressToken);

        Task<T> Seen<T>(ServerRequest request, Task<T> answer)
        {
            seen.Add(request);
            return answer;
        }
    }

    [Fact(DisplayName = "B-005 a mode or a feature that was not declared is refused, and the session lives")]
    public async Task Undeclared_modes_are_refused()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions { ElicitationUrlCallback = _declines });
        scripted.Ask("1", MethodNames.ElicitationCreate, Form);
        await scripted.RefusalAsync("1", -32602);
        scripted.Ask("2", MethodNames.ElicitationCreate, """{"mode":"telepathy","message":"m"}""");
        await scripted.RefusalAsync("2", -32602);
        scripted.Ask("3", MethodNames.SamplingCreateMessage, Messages);
        await scripted.RefusalAsync("3", -32601);
        scripted.Ask("4", MethodNames.RootsList);
        await scripted.RefusalAsync("4", -32601);
        await scripted.WorksAsync();
    }

    [Fact(DisplayName = "B-008 a sampling callback that blocks does not keep a second request from its answer")]
    public async Task A_blocked_callback_blocks_nothing()
    {
        var release = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = async (request, ct) =>
            {
                if (request.RequestId == "1")
                {
                    await release.Task;
                }

                return await Sampled(request, ct);
            },
        });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, Messages);
        scripted.Ask("2", MethodNames.SamplingCreateMessage, Messages);
        Assert.True((await scripted.AnswerAsync("2")).TryGetProperty("result", out _));
        release.SetResult();
        Assert.True((await scripted.AnswerAsync("1")).TryGetProperty("result", out _));
    }

    [Fact(DisplayName = "B-009 an unknown method and malformed known ones are answered with -32601 and -32602, and later traffic works")]
    public async Task Malformed_requests_are_refused()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions { SamplingCallback = Sampled, ElicitationFormCallback = _declines, ElicitationUrlCallback = _declines });
        var call = scripted.Session.CallToolAsync("t");
        var request = await scripted.Server.ExpectAsync(MethodNames.ToolsCall);
        // The same id as the call's: whose it is is told by what the message is.
        var id = request.GetProperty("id").GetRawText();
        scripted.Ask("\"u\"", "vendor/thing");
        await scripted.RefusalAsync("\"u\"", -32601);
        foreach (var (method, parameters) in new[]
        {
            (MethodNames.SamplingCreateMessage, "{}"),
            (MethodNames.SamplingCreateMessage, """{"messages":"hi","maxTokens":1}"""),
            (MethodNames.SamplingCreateMessage, "7"),
            (MethodNames.ElicitationCreate, """{"message":"no schema"}"""),
            (MethodNames.ElicitationCreate, """{"mode":"url","message":"no url"}"""),
            (MethodNames.ElicitationCreate, "[]"),
        })
        {
            scripted.Ask(id, method, parameters);
            await scripted.RefusalAsync(id, -32602);
        }

        scripted.Server.Reply(request, """{"content":[]}""");
        await call.WaitAsync(ScriptedSession.Patience);
        await scripted.WorksAsync();
    }

    [Fact(DisplayName = "B-012 a callback that throws is answered with -32603 without its text, and the next request works")]
    public async Task A_throwing_callback()
    {
        var told = new TaskCompletionSource<ConnectionDiagnostic>();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = (request, ct) => request.RequestId == "1" ? throw new InvalidOperationException("secret") : request.RequestId == "2" ? Later() : Sampled(request, ct),
            MessageHandler = message =>
            {
                told.TrySetResult((ConnectionDiagnostic)message);
                return default;
            },
        });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, Messages);
        var error = await scripted.RefusalAsync("1", -32603);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        scripted.Ask("2", MethodNames.SamplingCreateMessage, Messages);
        Assert.DoesNotContain("secret", await scripted.RefusalAsync("2", -32603), StringComparison.Ordinal);
        scripted.Ask("3", MethodNames.SamplingCreateMessage, Messages);
        Assert.True((await scripted.AnswerAsync("3")).TryGetProperty("result", out _));

        // Who wrote it learns all, under the id that the server was given.
        var diagnostic = await told.Task.WaitAsync(ScriptedSession.Patience);
        Assert.Equal(("HUB5160", "secret"), (diagnostic.Error.Code, diagnostic.Error.InnerException?.Message));
        var id = diagnostic.Error.Message.Split("correlation id ")[1].Split(')')[0];
        Assert.Contains(id, error, StringComparison.Ordinal);

        static async Task<CreateMessageResult> Later()
        {
            await Task.Yield();
            throw new OperationCanceledException("secret");
        }
    }

    [Fact(DisplayName = "B-017 a request that the server cancels: the callback's token fires, nothing is answered; cancelling an unknown id does nothing")]
    public async Task The_server_cancels()
    {
        var (started, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            ElicitationFormCallback = async (_, ct) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                cancelled.SetResult();
                return ElicitResult.Cancel();
            },
        });
        scripted.Ask("\"e\"", MethodNames.ElicitationCreate, Form);
        await started.Task.WaitAsync(ScriptedSession.Patience);
        scripted.Notify(MethodNames.Cancelled, """{"requestId":"other"}""");
        scripted.Notify(MethodNames.Cancelled, "{}");
        await scripted.WorksAsync();
        Assert.False(cancelled.Task.IsCompleted);

        scripted.Notify(MethodNames.Cancelled, """{"requestId":"e","reason":"never mind"}""");
        await cancelled.Task.WaitAsync(ScriptedSession.Patience);
        await scripted.WorksAsync();
        // The id is free again.
        scripted.Ask("\"e\"", "vendor/thing");
        await scripted.RefusalAsync("\"e\"", -32601);
        Assert.True(scripted.Server.IsQuiet);
    }

    [Fact(DisplayName = "B-027 of two requests with one id the second is refused, and the first still completes")]
    public async Task A_duplicate_id_is_refused()
    {
        var release = new TaskCompletionSource();
        var runs = 0;
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = async (request, ct) =>
            {
                runs++;
                await release.Task;
                return await Sampled(request, ct);
            },
        });
        scripted.Ask("5", MethodNames.SamplingCreateMessage, Messages);
        scripted.Ask("5", MethodNames.SamplingCreateMessage, Messages);
        await scripted.RefusalAsync("5", -32600);
        release.SetResult();
        Assert.True((await scripted.AnswerAsync("5")).TryGetProperty("result", out _));
        Assert.Equal(1, runs);
    }

    [Theory(DisplayName = "B-032 an accepted form that violates the requested schema is not sent as accepted")]
    [InlineData("""{"name":"A"}""")]
    [InlineData("""{"name":"Ann","age":-1}""")]
    [InlineData("""{"name":"Ann","age":"seven"}""")]
    [InlineData("""{"age":7}""")]
    [InlineData(null)]
    public async Task A_form_that_does_not_conform(string? content)
    {
        var told = new TaskCompletionSource<SessionMessage>();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            ElicitationFormCallback = (_, _) => Task.FromResult(ElicitResult.Accept(content is null ? null : JObject.Parse(content))),
            MessageHandler = message =>
            {
                told.TrySetResult(message);
                return default;
            },
        });
        scripted.Ask("1", MethodNames.ElicitationCreate, Form);
        Assert.DoesNotContain("Ann", await scripted.RefusalAsync("1", -32603), StringComparison.Ordinal);
        Assert.Equal("HUB5161", ((ConnectionDiagnostic)await told.Task.WaitAsync(ScriptedSession.Patience)).Error.Code);
        await scripted.WorksAsync();
    }

    [Fact]
    public async Task An_answer_that_is_none_is_an_internal_error()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = (_, _) => Task.FromResult<CreateMessageResult>(null!),
            ElicitationFormCallback = (_, _) => Task.FromResult(new ElicitResult { Action = "shrug" }),
            ListRootsCallback = (_, _) => Task.FromResult<IReadOnlyList<Root>>([null!]),
        });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, Messages);
        await scripted.RefusalAsync("1", -32603);
        scripted.Ask("2", MethodNames.ElicitationCreate, Form);
        await scripted.RefusalAsync("2", -32603);
        scripted.Ask("3", MethodNames.RootsList);
        await scripted.RefusalAsync("3", -32603);
    }

    [Fact(DisplayName = "CB-01 a user who says no is told with -1; a callback may name another code")]
    public async Task A_user_says_no()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = (request, _) => throw (request.RequestId == "1" ? new RequestRejectedException() : new RequestRejectedException("too long", -32000)),
        });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, Messages);
        Assert.Contains("User rejected", await scripted.RefusalAsync("1", -1), StringComparison.Ordinal);
        scripted.Ask("2", MethodNames.SamplingCreateMessage, Messages);
        Assert.Contains("too long", await scripted.RefusalAsync("2", -32000), StringComparison.Ordinal);
    }

    [Theory(DisplayName = "CB-01 tool use and tool results in sampling must balance")]
    [InlineData("""{"role":"user","content":{"type":"tool_result","toolUseId":"a","content":[]}}""", false)]
    [InlineData("""{"role":"assistant","content":{"type":"tool_use","id":"a","name":"t","input":{}}}""", false)]
    [InlineData("""{"role":"assistant","content":{"type":"tool_use","id":"a","name":"t","input":{}}},{"role":"user","content":{"type":"text","text":"x"}}""", false)]
    [InlineData("""{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":{}},{"type":"tool_use","id":"b","name":"t","input":{}}]},{"role":"user","content":{"type":"tool_result","toolUseId":"a","content":[]}}""", false)]
    [InlineData("""{"role":"assistant","content":{"type":"tool_use","id":"a","name":"t","input":{}}},{"role":"user","content":[{"type":"tool_result","toolUseId":"a","content":[]},{"type":"text","text":"x"}]}""", false)]
    [InlineData("""{"role":"assistant","content":{"type":"tool_use","id":"a","name":"t","input":{}}},{"role":"user","content":[{"type":"tool_result","toolUseId":"a","content":[]},{"type":"tool_result","toolUseId":"c","content":[]}]}""", false)]
    [InlineData("""{"role":"user","content":{"type":"tool_use","id":"a","name":"t","input":{}}},{"role":"user","content":{"type":"tool_result","toolUseId":"a","content":[]}}""", false)]
    [InlineData("""{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_use","id":"a","name":"t","input":{}},{"type":"tool_use","id":"b","name":"t","input":{}}]},{"role":"user","content":[{"type":"tool_result","toolUseId":"b","content":[]},{"type":"tool_result","toolUseId":"a","content":[]}]},{"role":"user","content":{"type":"text","text":"y"}}""", true)]
    public async Task Tool_results_must_balance(string messages, bool isBalanced)
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions { SamplingCallback = (_, _) => Task.FromResult(Said("ok")), SamplingTools = true });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, $$"""{"messages":[{{messages}}],"maxTokens":1}""");
        if (isBalanced)
        {
            Assert.True((await scripted.AnswerAsync("1")).TryGetProperty("result", out _));
        }
        else
        {
            await scripted.RefusalAsync("1", -32602);
        }
    }

    [Fact]
    public async Task Tools_in_sampling_need_to_be_declared()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions { SamplingCallback = Sampled });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, """{"messages":[],"maxTokens":1,"tools":[]}""");
        await scripted.RefusalAsync("1", -32602);
        scripted.Ask("2", MethodNames.SamplingCreateMessage, """{"messages":[],"maxTokens":1,"toolChoice":{"mode":"none"}}""");
        await scripted.RefusalAsync("2", -32602);
    }

    [Fact]
    public async Task The_thirty_third_callback_at_once_is_refused_and_the_others_are_answered()
    {
        var release = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = async (_, _) =>
            {
                await release.Task;
                return Said("late");
            },
        });
        for (var id = 1; id <= CallbackFeatures.MaxRunning + 1; id++)
        {
            scripted.Ask($"{id}", MethodNames.SamplingCreateMessage, Messages);
        }

        Assert.Contains("32", await scripted.RefusalAsync("33", 2003), StringComparison.Ordinal);
        release.SetResult();
        var answered = new HashSet<int>();
        for (var i = 0; i < CallbackFeatures.MaxRunning; i++)
        {
            answered.Add((await scripted.Server.ExpectAsync(null)).GetProperty("id").GetInt32());
        }

        Assert.Equal(Enumerable.Range(1, 32), answered.Order());
        scripted.Ask("34", MethodNames.SamplingCreateMessage, Messages);
        await scripted.AnswerAsync("34");
    }

    [Fact]
    public async Task A_connection_that_ends_ends_its_callbacks()
    {
        var cancelled = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            ListRootsCallback = async (_, ct) =>
            {
                await using var on = ct.Register(cancelled.SetResult);
                started.SetResult();
                await cancelled.Task;
                return [];
            },
        });
        scripted.Ask("1", MethodNames.RootsList);
        await started.Task.WaitAsync(ScriptedSession.Patience);
        await scripted.Session.DisposeAsync();
        await cancelled.Task.WaitAsync(ScriptedSession.Patience);
    }

    [Fact(DisplayName = "CM-11 a callback tells how far it is, only while its request lives and only what is more")]
    public async Task Progress_of_an_answer()
    {
        await using var scripted = await ScriptedSession.LegacyAsync(new ClientSessionOptions
        {
            SamplingCallback = async (request, ct) =>
            {
                var session = Session!;
                await session.SendProgressNotificationAsync(request.ProgressToken!.Value, 1, 3, "one", ct);
                await session.SendProgressNotificationAsync(request.ProgressToken.Value, 1, 3, "again", ct);
                await session.SendProgressNotificationAsync("other", 2, ct: ct);
                await session.SendProgressNotificationAsync(request.ProgressToken.Value, 2.5, ct: ct);
                return Said("done");
            },
        });
        Session = scripted.Session;
        scripted.Ask("1", MethodNames.SamplingCreateMessage, Messages.Replace("\"maxTokens\"", "\"_meta\":{\"progressToken\":9},\"maxTokens\"", StringComparison.Ordinal));
        Assert.Equal("""{"progressToken":9,"progress":1,"total":3,"message":"one"}""", (await scripted.Server.ExpectAsync(MethodNames.Progress)).GetProperty("params").GetRawText());
        Assert.Equal("""{"progressToken":9,"progress":2.5}""", (await scripted.Server.ExpectAsync(MethodNames.Progress)).GetProperty("params").GetRawText());
        await scripted.AnswerAsync("1");
        await Session.SendProgressNotificationAsync(9, 3);
        await scripted.WorksAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Session.SendProgressNotificationAsync(9, double.NaN));
    }

    [Fact]
    public async Task A_modern_servers_request_is_dropped_and_a_violation()
    {
        var told = new TaskCompletionSource<SessionMessage>();
        await using var scripted = await ScriptedSession.ModernAsync(new ClientSessionOptions
        {
            SamplingCallback = Sampled,
            MessageHandler = message =>
            {
                told.TrySetResult(message);
                return default;
            },
        });
        scripted.Ask("1", MethodNames.SamplingCreateMessage, Messages);
        await scripted.WorksAsync();
        Assert.Equal("HUB2107", ((ConnectionDiagnostic)await told.Task.WaitAsync(ScriptedSession.Patience)).Error.Code);
        await scripted.Session.SendProgressNotificationAsync(9, 3);
        await scripted.WorksAsync();
    }

    private ClientSession? Session { get; set; }

    private static Task<CreateMessageResult> Sampled(SamplingRequest request, CancellationToken ct) => Task.FromResult(Said(((TextContent)request.Params.Messages[^1].Content[^1]).Text));

    private static CreateMessageResult Said(string text) => new() { Role = "assistant", Model = "m", Content = [new TextContent { Text = text }] };
}
