using System.Collections.Concurrent;
using McpHub.Protocol.Revisions;
using McpHub.Testing;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Transports;

/// <summary>What is sent to a modern HTTP server a second time, and what never is (contract 2, 4-10 and 4-14).</summary>
public sealed class SentAgainScenarios
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory(DisplayName = "E-032 -32020 because a parameter's header is missing or stale: the tools are listed once for all calls that wait, each call is sent once more with the right header, and run once")]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Headers_are_made_anew(bool inGroup, bool stale)
    {
        var ran = new ConcurrentBag<int>();
        await using var server = new ScriptedServer("s", Era.Modern);
        server.Tool(ModernHttpScenarios.Deploy([.. stale ? [("n", "Old")] : Array.Empty<(string, string)>()]), Deploys);
        await using var group = new ClientSessionGroup();
        await using var session = inGroup ? await group.ConnectToServerAsync(server.OverHttp()) : await ClientSession.ConnectAsync(server.OverHttp());
        await session.ListToolsAsync();
        var listed = server.Requests(MethodNames.ToolsList).Count;

        server.Tool(ModernHttpScenarios.Deploy(("n", "New")), Deploys); // Nobody is told.
        var calls = Enumerable.Range(0, 20).Select(n => session.CallToolAsync("deploy", new { n })).ToArray();

        for (var n = 0; n < calls.Length; n++)
        {
            Assert.Equal($"{n}", ModernHttpScenarios.TextOf(await calls[n].WaitAsync(_patience)));
        }

        Assert.Equal(Enumerable.Range(0, 20), ran.Order());
        Assert.Equal(listed + 1, server.Requests(MethodNames.ToolsList).Count);
        var requests = server.Requests(MethodNames.ToolsCall);
        Assert.True(requests.Count > 20, "no call was refused");
        Assert.Equal(requests.Count, requests.Select(request => (long)request.Id!).Distinct().Count());
        Assert.All(requests.GroupBy(request => (int)request.Arguments["n"]!), sent => Assert.InRange(sent.Count(), 1, 2));
        Assert.All(requests, request => Assert.True((request.Headers.ContainsKey("Mcp-Param-Old") || !stale) ^ request.Headers.ContainsKey("Mcp-Param-New") || !stale));

        // From now on it is known.
        Assert.Equal("20", ModernHttpScenarios.TextOf(await session.CallToolAsync("deploy", new { n = 20 })));
        Assert.Single(server.Requests(MethodNames.ToolsCall), request => (int)request.Arguments["n"]! == 20);

        Task<CallToolResult> Deploys(ScriptedRequest request)
        {
            var n = (int)request.Arguments["n"]!;
            if (request.Headers.GetValueOrDefault("Mcp-Param-New") != $"{n}")
            {
                throw new ScriptedErrorException(RpcErrorCodes.HeaderMismatch, "Header mismatch: Mcp-Param-New is missing");
            }

            ran.Add(n);
            return ModernHttpScenarios.Ok($"{n}");
        }
    }

    [Fact(DisplayName = "E-032 a tool that was never listed: the first call learns of its headers")]
    public async Task A_tool_that_was_never_listed()
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool(ModernHttpScenarios.Deploy(("region", "Region")), request => request.Headers.GetValueOrDefault("Mcp-Param-Region") == "eu"
            ? ModernHttpScenarios.Ok() : throw new ScriptedErrorException(RpcErrorCodes.HeaderMismatch, "missing"));
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        Assert.Equal("ok", ModernHttpScenarios.TextOf(await session.CallToolAsync("deploy", new { region = "eu" })));
        Assert.Equal("ok", ModernHttpScenarios.TextOf(await session.CallToolAsync("deploy", new { region = "eu" })));
        Assert.Equal([MethodNames.Discover, MethodNames.ToolsCall, MethodNames.ToolsList, MethodNames.ToolsCall, MethodNames.ToolsCall], server.Received.Select(message => message.Method));
    }

    [Fact(DisplayName = "E-032 a second -32020 goes to the caller, and so does the first if the tools cannot be listed or the tool is gone")]
    public async Task A_second_refusal_is_the_callers()
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").FailNext(MethodNames.ToolsCall, Fault.Error(RpcErrorCodes.HeaderMismatch, "no"), times: 4);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        await RefusedAsync();
        Assert.Equal((2, 1), (server.Requests(MethodNames.ToolsCall).Count, server.Requests(MethodNames.ToolsList).Count));

        server.FailNext(MethodNames.ToolsList, Fault.Error(RpcErrorCodes.InternalError));
        await RefusedAsync();
        Assert.Equal((3, 2), (server.Requests(MethodNames.ToolsCall).Count, server.Requests(MethodNames.ToolsList).Count));

        server.RemoveTool("t");
        await RefusedAsync();
        Assert.Equal((4, 3), (server.Requests(MethodNames.ToolsCall).Count, server.Requests(MethodNames.ToolsList).Count));

        async Task RefusedAsync() => Assert.Equal(RpcErrorCodes.HeaderMismatch, (await Assert.ThrowsAsync<PeerException>(() => session.CallToolAsync("t"))).PeerCode);
    }

    [Fact(DisplayName = "E-032 a call that is cancelled while the tools are listed is not sent again; one that is cancelled after it was sent again has that response closed")]
    public async Task Cancelled_meanwhile()
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").ByHand(MethodNames.ToolsList, MethodNames.ToolsCall);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        var first = session.CallToolAsync("t", new { n = 1 }, ct: early.Token);
        var second = session.CallToolAsync("t", new { n = 2 }, ct: late.Token);
        for (var i = 0; i < 2; i++)
        {
            await (await server.ExpectRequestAsync(MethodNames.ToolsCall)).ErrorAsync(RpcErrorCodes.HeaderMismatch, "no");
        }

        var list = await server.ExpectRequestAsync(MethodNames.ToolsList);
        await early.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await list.ReplyAsync("""{"tools":[{"name":"t","inputSchema":{"type":"object"}}],"ttlMs":0,"cacheScope":"private"}""");
        var again = await server.ExpectRequestAsync(MethodNames.ToolsCall);
        Assert.Equal(2, (int?)again.Arguments["n"]);

        await late.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Eventually.HoldsAsync(() => again.Cancelled.IsCancellationRequested);
        Assert.Equal(3, server.Requests(MethodNames.ToolsCall).Count);
    }

    [Theory(DisplayName = "E-036 the response of a tools/call breaks off: it is not sent again, and its outcome is unknown")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_call_is_not_sent_again(bool streams)
    {
        await using var server = new ScriptedServer("s", Era.Modern) { AnswersWithEvents = streams }.Tool("t", _ => "ok").FailNext(MethodNames.ToolsCall, Fault.Half);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        var lost = await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("t"));
        Assert.Equal(("HUB2111", Delivery.Unknown), (lost.Code, lost.Delivery));
        Assert.Equal("ok", ModernHttpScenarios.TextOf(await session.CallToolAsync("t")));
        Assert.Equal(2, server.Requests(MethodNames.ToolsCall).Count);
    }

    public static TheoryData<string, string, bool> Repeatable() => new MatrixTheoryData(
        [MethodNames.ToolsList, MethodNames.PromptsList, MethodNames.ResourcesList, MethodNames.ResourceTemplatesList, MethodNames.ResourcesRead, MethodNames.PromptsGet, MethodNames.Complete, MethodNames.Discover],
        ["half", "reset"], [true, false]);

    [Theory(DisplayName = "E-036 the response of a request that only reads breaks off: it is sent once more, with a new id")]
    [MemberData(nameof(Repeatable))]
    public async Task A_broken_reading_is_sent_again(string method, string fault, bool streams)
    {
        await using var server = Offering(streams);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());
        server.FailNext(method, fault == "half" ? Fault.Half : Fault.Reset);
        var before = server.Requests(method).Count;

        await AskAsync(session, method);

        var sent = server.Requests(method).Skip(before).ToArray();
        Assert.Equal(2, sent.Length);
        Assert.NotEqual((long)sent[0].Id!, (long)sent[1].Id!);
        Assert.Equal(sent[0].Params.ToString(), sent[1].Params.ToString());
        Assert.Equal(sent[0].Headers["Mcp-Method"], sent[1].Headers["Mcp-Method"]);
    }

    [Fact(DisplayName = "E-036 it breaks off twice: the outcome is unknown; an answer to what a server asked before is not sent twice")]
    public async Task Not_a_third_time()
    {
        await using var server = Offering(streams: true);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());
        server.FailNext(MethodNames.PromptsList, Fault.Half, times: 2);
        Assert.Equal("HUB2111", (await Assert.ThrowsAnyAsync<HubException>(() => session.ListPromptsAsync())).Code);
        Assert.Equal(2, server.Requests(MethodNames.PromptsList).Count);

        server.FailNext(MethodNames.ResourcesRead, Fault.Half);
        Assert.Equal("HUB2111", (await Assert.ThrowsAnyAsync<HubException>(() => session.ReadResourceAsync("x://r", new CallOptions { RequestState = "s" }))).Code);
        Assert.Single(server.Requests(MethodNames.ResourcesRead));
    }

    [Theory(DisplayName = "E-036 the discovery and the lists with which a session begins are sent once more too")]
    [InlineData(MethodNames.Discover)]
    [InlineData(MethodNames.ToolsList)]
    public async Task The_beginning_of_a_session(string method)
    {
        await using var server = Offering(streams: false).FailNext(method, Fault.Reset);
        await using var group = new ClientSessionGroup();

        await group.ConnectToServerAsync(server.OverHttp());

        Assert.Equal(2, server.Requests(method).Count);
        Assert.Contains("t", group.Tools.Keys);
    }

    [Fact(DisplayName = "E-036 progress of a reading that was sent again arrives, and its cancellation closes the response that is open")]
    public async Task Its_caller_sees_one_request()
    {
        var told = new TaskCompletionSource<double>();
        await using var server = new ScriptedServer("s", Era.Modern).Resource("x://r", "text").ByHand(MethodNames.ResourcesRead);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());
        server.FailNext(MethodNames.ResourcesRead, Fault.Reset);
        using var cancel = new CancellationTokenSource();
        var read = session.ReadResourceAsync("x://r", new CallOptions { Progress = new Reports(told.SetResult) }, cancel.Token);
        await server.ExpectRequestAsync(MethodNames.ResourcesRead);
        var again = await server.ExpectRequestAsync(MethodNames.ResourcesRead);
        await again.ProgressAsync(3);
        Assert.Equal(3, await told.Task.WaitAsync(_patience));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await Eventually.HoldsAsync(() => again.Cancelled.IsCancellationRequested);
    }

    private static ScriptedServer Offering(bool streams) => new ScriptedServer("s", Era.Modern) { AnswersWithEvents = streams }
        .Tool("t", _ => "ok").Prompt("p", _ => "ok").Resource("x://r", "ok").ResourceTemplate("x://{id}", _ => "ok")
        .On(MethodNames.Complete, request => request.ReplyAsync("""{"completion":{"values":[]}}"""));

    private static Task AskAsync(ClientSession session, string method) => method switch
    {
        MethodNames.ToolsList => session.ListToolsAsync(),
        MethodNames.PromptsList => session.ListPromptsAsync(),
        MethodNames.ResourcesList => session.ListResourcesAsync(),
        MethodNames.ResourceTemplatesList => session.ListResourceTemplatesAsync(),
        MethodNames.ResourcesRead => session.ReadResourceAsync("x://r"),
        MethodNames.PromptsGet => session.GetPromptAsync("p"),
        MethodNames.Complete => session.CompleteAsync(new PromptReference { Name = "p" }, new CompletionArgument { Name = "a", Value = "" }),
        _ => session.SendPingAsync(),
    };

    private sealed class MatrixTheoryData : TheoryData<string, string, bool>
    {
        public MatrixTheoryData(string[] methods, string[] faults, bool[] streams)
        {
            foreach (var method in methods)
            {
                foreach (var fault in faults)
                {
                    foreach (var stream in streams)
                    {
                        Add(method, fault, stream);
                    }
                }
            }
        }
    }

    private sealed class Reports(Action<double> first) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => first(value.Progress);
    }
}
