using System.Text.Json;
using McpHub.Protocol.Revisions;
using McpHub.Testing;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Calls at a server of 2026-07-28 that asks for input before it answers (multi round-trip requests).</summary>
public sealed class InputRoundsTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Hello = """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"prompts":{},"resources":{}},"ttlMs":0,"cacheScope":"private"}""";
    private const string Done = """{"resultType":"complete","content":[{"type":"text","text":"done"}]}""";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly ScriptedTransport _server = new();
    private ClientSession? _session;

    Task IAsyncLifetime.InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }

    [Theory(DisplayName = "H-001 one round: the retry has the original params, this round's answers, the exact state and a new id")]
    [InlineData(MethodNames.ToolsCall)]
    [InlineData(MethodNames.PromptsGet)]
    [InlineData(MethodNames.ResourcesRead)]
    public async Task One_round(string method)
    {
        SamplingRequest? asked = null;
        var session = await OpenAsync(new ClientSessionOptions
        {
            SamplingCallback = (request, _) =>
            {
                asked = request;
                return Task.FromResult(Said("42"));
            },
            ListRootsCallback = (_, _) => Task.FromResult<IReadOnlyList<Root>>([new Root { Uri = "file:///work" }]),
        });
        var options = new CallOptions { Meta = new JObject { ["mine"] = 1 } };
        var call = method switch
        {
            MethodNames.ToolsCall => Result(session.CallToolAsync("t", new { a = 1 }, options)),
            MethodNames.PromptsGet => Result(session.GetPromptAsync("p", new Dictionary<string, string> { ["a"] = "1" }, options)),
            _ => Result(session.ReadResourceAsync("x://y", options)),
        };

        var first = await _server.ExpectAsync(method);
        _server.Reply(first, Ask("\"s-1\"", ("q", Sampling("What?")), ("r", Roots)));
        var second = await _server.ExpectAsync(method);

        Assert.NotEqual(first.GetProperty("id").GetInt64(), second.GetProperty("id").GetInt64());
        var (before, after) = (Params(first), Params(second));
        Assert.Equal("\"s-1\"", after.GetProperty("requestState").GetRawText());
        Assert.Equal("42", after.GetProperty("inputResponses").GetProperty("q").GetProperty("content").GetProperty("text").GetString());
        Assert.Equal("file:///work", after.GetProperty("inputResponses").GetProperty("r").GetProperty("roots")[0].GetProperty("uri").GetString());
        Assert.Equal(
            before.EnumerateObject().Select(member => $"{member.Name}={member.Value}"),
            after.EnumerateObject().Where(member => member.Name is not ("requestState" or "inputResponses")).Select(member => $"{member.Name}={member.Value}"));
        Assert.Equal("""{"sampling":{},"roots":{}}""", after.GetProperty("_meta").GetProperty(MetaKeys.ClientCapabilities).GetRawText());
        Assert.Equal(("q", "server", first.GetProperty("id").GetInt64(), method), (asked!.RequestId, asked.ServerId, asked.RelatedCall!.Id, asked.RelatedCall.Method));

        _server.Reply(second, """{"resultType":"complete","content":[],"messages":[],"contents":[],"ttlMs":0,"cacheScope":"private"}""");
        Assert.Equal("complete", (await call).ResultType);
    }

    [Fact(DisplayName = "H-002 three rounds: each retry has only its own round's answers and state")]
    public async Task Three_rounds()
    {
        var session = await OpenAsync(Samples(request => ((TextContent)request.Params.Messages[0].Content[0]).Text + "!"));
        var call = session.CallToolAsync("t");
        var request = await _server.ExpectAsync(MethodNames.ToolsCall);
        foreach (var (key, state) in new[] { ("a", "\"1\""), ("b", null), ("c", "\"3\"") })
        {
            _server.Reply(request, Ask(state, (key, Sampling(key))));
            request = await _server.ExpectAsync(MethodNames.ToolsCall);
            var answer = Assert.Single(Params(request).GetProperty("inputResponses").EnumerateObject());
            Assert.Equal((key, key + "!"), (answer.Name, answer.Value.GetProperty("content").GetProperty("text").GetString()));
            Assert.Equal(state, Params(request).TryGetProperty("requestState", out var sent) ? sent.GetRawText() : null);
        }

        _server.Reply(request, Done);
        Assert.Equal("done", ((TextContent)(await call).Content[0]).Text);
    }

    [Fact(DisplayName = "H-003 a server that always asks: after 10 rounds a typed error, and no further request")]
    public async Task Always_asking()
    {
        var session = await OpenAsync(Samples(_ => "x"));
        var call = session.CallToolAsync("t");
        for (var sent = 1; sent <= 11; sent++)
        {
            _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask(null, ("q", Sampling("?"))));
        }

        var error = await Assert.ThrowsAsync<InputRoundLimitException>(() => call);
        Assert.Equal(("HUB5144", 10, Delivery.Answered, "server"), (error.Code, error.Rounds, error.Delivery, error.ServerId));
        Assert.True(_server.IsQuiet);
    }

    [Fact(DisplayName = "H-004 one of two inputs fails: the sibling is cancelled, and the call ends with that error")]
    public async Task One_fails()
    {
        var cancelled = new TaskCompletionSource();
        var session = await OpenAsync(new ClientSessionOptions
        {
            SamplingCallback = (_, ct) => Forever<CreateMessageResult>(cancelled, ct),
            ElicitationFormCallback = (_, _) => throw new RequestRejectedException("not now", -7),
        });
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask("\"s\"", ("slow", Sampling("?")), ("bad", Form)));

        var error = await Assert.ThrowsAsync<InputRequestException>(() => call);
        await cancelled.Task.WaitAsync(_patience);
        Assert.Equal(("HUB5145", "bad", MethodNames.ElicitationCreate, -7, "not now"), (error.Code, error.Key, error.Method, error.ErrorCode, error.ErrorMessage));
        Assert.IsType<RequestRejectedException>(error.InnerException);
        Assert.True(_server.IsQuiet);
    }

    [Theory(DisplayName = "H-005 a state with unusual bytes comes back byte for byte, and none is left out")]
    [InlineData("""
        "\ud800 lone, \u0000, \u00e9 = é, \/ and \\ \" 😀"
        """)]
    [InlineData("\"\"")]
    [InlineData("\"not base64 == +/ %00\"")]
    [InlineData(null)]
    public async Task State(string? state)
    {
        var session = await OpenAsync(Samples(_ => "x"));
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask(state?.Trim(), ("q", Sampling("?"))));
        var retry = await _server.ExpectAsync(MethodNames.ToolsCall);

        Assert.Equal(state?.Trim(), Params(retry).TryGetProperty("requestState", out var sent) ? sent.GetRawText() : null);
        _server.Reply(retry, Done);
        await call;
    }

    [Fact(DisplayName = "H-007 two inputs of a round are asked at the same time")]
    public async Task Two_at_once()
    {
        var (sampling, form) = (new TaskCompletionSource(), new TaskCompletionSource());
        var session = await OpenAsync(new ClientSessionOptions
        {
            SamplingCallback = async (_, _) =>
            {
                sampling.SetResult();
                await form.Task.WaitAsync(_patience, CancellationToken.None);
                return Said("x");
            },
            ElicitationFormCallback = async (_, _) =>
            {
                form.SetResult();
                await sampling.Task.WaitAsync(_patience, CancellationToken.None);
                return ElicitResult.Decline();
            },
        });
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask(null, ("a", Sampling("?")), ("b", Form)));
        var retry = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.Equal("decline", Params(retry).GetProperty("inputResponses").GetProperty("b").GetProperty("action").GetString());
        _server.Reply(retry, Done);
        await call;
    }

    [Theory]
    [InlineData("sampling/createMessage", """{"messages":[],"maxTokens":1}""", "sampling/createMessage")]
    [InlineData("elicitation/create", """{"mode":"url","message":"m","url":"https://x"}""", "elicitation/create")]
    [InlineData("elicitation/create", """{"mode":"smell","message":"m"}""", "elicitation/create")]
    [InlineData("ping", "{}", "ping")]
    public async Task What_was_not_declared_is_a_violation_and_nothing_is_called(string method, string parameters, string named)
    {
        var calls = 0;
        var session = await OpenAsync(new ClientSessionOptions
        {
            ElicitationFormCallback = (_, _) =>
            {
                Interlocked.Increment(ref calls);
                return Task.FromResult(ElicitResult.Decline());
            },
        });
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask("\"s\"", ("fine", Form), ("other", $$"""{"method":"{{method}}","params":{{parameters}} }""")));

        var error = await Assert.ThrowsAsync<HubException>(() => call);
        Assert.Equal(("HUB2107", Delivery.Answered, 0), (error.Code, error.Delivery, calls));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.True(_server.IsQuiet);
    }

    [Fact]
    public async Task Tools_in_sampling_are_asked_only_of_who_declared_them()
    {
        const string withTools = """{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1,"tools":[]}}""";
        var session = await OpenAsync(Samples(_ => "x"));
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask(null, ("q", withTools)));

        Assert.Equal("HUB2107", (await Assert.ThrowsAsync<HubException>(() => call)).Code);
    }

    [Theory]
    [InlineData("""{"resultType":"input_required"}""")]
    [InlineData("""{"resultType":"input_required","inputRequests":{}}""")]
    [InlineData("""{"resultType":"input_required","requestState":7}""")]
    [InlineData("""{"resultType":"input_required","inputRequests":[]}""")]
    [InlineData("""{"resultType":"input_required","inputRequests":{"q":7}}""")]
    [InlineData("""{"resultType":"input_required","inputRequests":{"q":{"params":{}}}}""")]
    [InlineData("""{"resultType":"input_required","inputRequests":{"q":{"method":"roots/list","params":[]}}}""")]
    public async Task A_round_that_makes_no_sense_is_a_violation(string answer)
    {
        var session = await OpenAsync(new ClientSessionOptions { ListRootsCallback = (_, _) => Task.FromResult<IReadOnlyList<Root>>([]) });
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), answer);

        var error = await Assert.ThrowsAsync<HubException>(() => call);
        Assert.Equal(("HUB2107", Delivery.Answered), (error.Code, error.Delivery));
    }

    [Fact]
    public async Task Only_the_three_methods_may_ask()
    {
        var session = await OpenAsync(Samples(_ => "x"));
        var list = session.ListToolsAsync();
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsList), Ask("\"s\"", ("q", Sampling("?"))));

        Assert.Equal("HUB2107", (await Assert.ThrowsAsync<HubException>(() => list)).Code);
    }

    [Fact]
    public async Task Cancelling_while_a_callback_runs_ends_the_call_at_once_and_tells_the_callback()
    {
        var (started, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var session = await OpenAsync(new ClientSessionOptions
        {
            SamplingCallback = (_, ct) =>
            {
                started.SetResult();
                return Forever<CreateMessageResult>(cancelled, ct);
            },
        });
        using var stop = new CancellationTokenSource();
        var call = session.CallToolAsync("t", ct: stop.Token);
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask("\"s\"", ("q", Sampling("?"))));
        await started.Task.WaitAsync(_patience);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(_patience));
        await cancelled.Task.WaitAsync(_patience);
        Assert.True(_server.IsQuiet);
    }

    [Fact]
    public async Task Disposing_the_session_while_a_callback_runs_ends_the_call()
    {
        var (started, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var session = await OpenAsync(new ClientSessionOptions
        {
            SamplingCallback = (_, ct) =>
            {
                started.SetResult();
                return Forever<CreateMessageResult>(cancelled, ct);
            },
        });
        var call = session.CallToolAsync("t");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask("\"s\"", ("q", Sampling("?"))));
        await started.Task.WaitAsync(_patience);
        await session.DisposeAsync();

        await Assert.ThrowsAsync<ServerUnavailableException>(() => call.WaitAsync(_patience));
        await cancelled.Task.WaitAsync(_patience);
    }

    [Fact]
    public async Task A_callback_may_call_the_session_while_a_round_waits_for_it()
    {
        ClientSession? session = null;
        session = await OpenAsync(new ClientSessionOptions { SamplingCallback = async (_, ct) => Said(((TextContent)(await session!.CallToolAsync("inner", ct: ct)).Content[0]).Text) });
        var call = session.CallToolAsync("outer");
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask(null, ("q", Sampling("?"))));
        var inner = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.Equal("inner", Params(inner).GetProperty("name").GetString());
        _server.Reply(inner, Done);
        var retry = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.Equal("done", Params(retry).GetProperty("inputResponses").GetProperty("q").GetProperty("content").GetProperty("text").GetString());
        _server.Reply(retry, Done);
        await call;
    }

    [Fact]
    public async Task Progress_grows_over_all_rounds()
    {
        var seen = new List<double>();
        var session = await OpenAsync(Samples(_ => "x"));
        var call = session.CallToolAsync("t", options: new CallOptions { Progress = new Reports(seen) });
        var first = await _server.ExpectAsync(MethodNames.ToolsCall);
        Progress(first, 1, 5);
        _server.Reply(first, Ask(null, ("q", Sampling("?"))));
        var second = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.NotEqual(Token(first), Token(second));
        Progress(second, 2, 5, 6);
        _server.Reply(second, Done);
        await call;

        Assert.Equal([1, 5, 6], seen);
    }

    [Fact]
    public async Task A_caller_may_answer_by_himself()
    {
        var session = await OpenAsync(Samples(_ => throw new InvalidOperationException("not asked")));
        var options = new CallOptions { AnswerInputRequests = false };
        var call = session.CallToolAsync("t", new { a = 1 }, options);
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask("\"s/1\"", ("q", Sampling("What?"))));
        var asked = await Assert.ThrowsAsync<InputRequiredException>(() => call);
        Assert.Equal(("HUB5146", "s/1", "What?"), (asked.Code, asked.Result.RequestState, (string?)asked.Result.InputRequests!["q"]!["params"]!["messages"]![0]!["content"]!["text"]));

        call = session.CallToolAsync("t", new { a = 1 }, options with { RequestState = asked.Result.RequestState, InputResponses = new JObject { ["q"] = new JObject { ["role"] = "assistant" } } });
        var retry = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.Equal("""{"q":{"role":"assistant"}}""", Params(retry).GetProperty("inputResponses").GetRawText());
        Assert.Equal("s/1", Params(retry).GetProperty("requestState").GetString());
        _server.Reply(retry, Done);
        await call;
    }

    [Fact]
    public async Task What_a_caller_answered_is_not_sent_again_with_the_next_round()
    {
        var session = await OpenAsync(Samples(_ => "x"));
        var call = session.CallToolAsync("t", options: new CallOptions { RequestState = "mine", InputResponses = new JObject { ["mine"] = new JObject() } });
        _server.Reply(await _server.ExpectAsync(MethodNames.ToolsCall), Ask(null, ("q", Sampling("?"))));
        var retry = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.Equal("q", Assert.Single(Params(retry).GetProperty("inputResponses").EnumerateObject()).Name);
        Assert.False(Params(retry).TryGetProperty("requestState", out _));
        _server.Reply(retry, Done);
        await call;
    }

    private static async Task<McpResult> Result<T>(Task<T> call)
        where T : McpResult => await call;

    private static ClientSessionOptions Samples(Func<SamplingRequest, string> say) => new() { SamplingCallback = (request, _) => Task.FromResult(Said(say(request))) };

    private static CreateMessageResult Said(string text) => new() { Role = "assistant", Model = "m", Content = [new TextContent { Text = text }] };

    private static async Task<T> Forever<T>(TaskCompletionSource cancelled, CancellationToken ct)
    {
        try
        {
            return await new TaskCompletionSource<T>().Task.WaitAsync(ct);
        }
        finally
        {
            cancelled.SetResult();
        }
    }

    private const string Roots = """{"method":"roots/list"}""";

    private const string Form = """{"method":"elicitation/create","params":{"mode":"form","message":"m","requestedSchema":{"type":"object","properties":{}}}}""";

    private static string Sampling(string text) => $$$"""{"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"{{{text}}}"}}],"maxTokens":9}}""";

    private static string Ask(string? state, params (string Key, string Request)[] inputs) =>
        $$"""{"resultType":"input_required","inputRequests":{{{string.Join(",", inputs.Select(input => $"\"{input.Key}\":{input.Request}"))}}}{{(state is null ? "" : $",\"requestState\":{state}")}} }""";

    private static JsonElement Params(JsonElement request) => request.GetProperty("params");

    private static string Token(JsonElement request) => Params(request).GetProperty("_meta").GetProperty("progressToken").GetRawText();

    private void Progress(JsonElement request, params double[] values)
    {
        foreach (var value in values)
        {
            _server.Send($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{{{Token(request)}}},"progress":{{{value}}}}}""");
        }
    }

    private async Task<ClientSession> OpenAsync(ClientSessionOptions options)
    {
        _session = new ClientSession(_server, options);
        var opening = _session.InitializeAsync();
        _server.Reply(await _server.ExpectAsync(MethodNames.Discover), Hello);
        await opening;
        return _session;
    }

    private sealed class Reports(List<double> seen) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => seen.Add(value.Progress);
    }
}
