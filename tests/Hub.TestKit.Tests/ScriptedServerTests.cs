using Newtonsoft.Json.Linq;

namespace McpHub.Testing.Tests;

/// <summary>What a server declares is there, over everything that can carry it and in both eras.</summary>
public sealed class ScriptedServerTests
{
    [Theory]
    [MemberData(nameof(Carriers.AllOfBothEras), MemberType = typeof(Carriers))]
    public async Task Everything_declared_is_listed_and_answers(string carrier, Era era)
    {
        await using var server = new ScriptedServer("orders", era)
            .Tool("get", request => $"order {request.Arguments["id"]}")
            .Tool("broken", string (_) => throw new InvalidOperationException("out of paper"))
            .Prompt("greet", request => $"greet {request.Arguments["who"]}")
            .Resource("orders://1", "one", mimeType: "text/plain")
            .ResourceTemplate("orders://{id}", request => "read " + request.Name);
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        Assert.Equal((era, "orders"), (session.Era, session.ServerInfo?.Name));
        Assert.Equal(["get", "broken"], (await session.ListToolsAsync()).Tools.Select(tool => tool.Name));
        Assert.Equal("order 7", (await session.CallToolAsync("get", new { id = 7 })).Text());
        var failed = await session.CallToolAsync("broken");
        Assert.Equal((true, "out of paper"), (failed.IsError, failed.Text()));
        Assert.Equal("greet you", ((TextContent)(await session.GetPromptAsync("greet", new Dictionary<string, string> { ["who"] = "you" })).Messages[0].Content).Text);
        Assert.Equal("one", ((TextResourceContents)(await session.ReadResourceAsync("orders://1")).Contents[0]).Text);
        Assert.Equal("read orders://2", ((TextResourceContents)(await session.ReadResourceAsync("orders://2")).Contents[0]).Text);
        Assert.Equal(-32602, (await Assert.ThrowsAsync<PeerException>(() => session.CallToolAsync("nothing"))).PeerCode);
        Assert.Equal("orders://{id}", Assert.Single((await session.ListResourceTemplatesAsync()).ResourceTemplates).UriTemplate);
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task A_server_of_both_eras_is_found_to_be_modern(string carrier)
    {
        await using var server = new ScriptedServer();
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        Assert.Equal(Era.Modern, session.Era);
        Assert.Single(server.Requests("server/discover"));
    }

    [Theory]
    [MemberData(nameof(Carriers.AllOfBothEras), MemberType = typeof(Carriers))]
    public async Task A_request_is_expected_and_answered_by_hand(string carrier, Era era)
    {
        await using var server = new ScriptedServer(era: era).ByHand("tools/call");
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));
        var (first, second) = (session.CallToolAsync("a", new { n = 1 }), session.CallToolAsync("b"));

        var b = await server.ExpectRequestAsync("tools/call", request => request.Name == "b");
        var a = await server.ExpectRequestAsync("tools/call");
        await b.ReplyTextAsync("late");
        await a.ReplyAsync("""{"content":[{"type":"text","text":"spelled"}],"odd":1E5}""");

        Assert.Equal(1, (int)a.Arguments["n"]!);
        Assert.Equal("late", (await second).Text());
        var result = await first;
        Assert.Equal("spelled", result.Text());
        Assert.Contains("\"odd\":1E5", System.Text.Encoding.UTF8.GetString(result.Raw.Span), StringComparison.Ordinal);
        Assert.Throws<ScriptException>(() => { _ = a.ReplyTextAsync("again"); });
        Assert.Equal(carrier == "http", a.Headers.ContainsKey("mcp-protocol-version"));
    }

    [Theory]
    [MemberData(nameof(Carriers.AllOfBothEras), MemberType = typeof(Carriers))]
    public async Task A_text_is_sent_letter_for_letter_also_as_an_event(string carrier, Era era)
    {
        // A resultType further in is not that of the result; U+2028 ends no line.
        const string odd = "\"structuredContent\": {\"resultType\":\"mine\",\"n\":1E5,\"line\":\"\u2028\u0085\"},\"content\":[ ]";
        await using var server = new ScriptedServer(era: era) { AnswersWithEvents = true }
            .Tool("result", async request =>
            {
                await request.ReplyAsync($"{{{odd}}}");
                return "";
            })
            .Tool("message", async request =>
            {
                await request.AnswerAsync($$$"""{"jsonrpc":"2.0","id":{{{request.Id}}},"error":{"message":"caf\u00e9","code":1234}}""");
                return "";
            });
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        var result = await session.CallToolAsync("result");
        var error = await Assert.ThrowsAsync<PeerException>(() => session.CallToolAsync("message"));

        Assert.Equal($$$"""{{{{(era == Era.Modern ? "\"resultType\":\"complete\"," : "")}}}{{{odd}}}}""", System.Text.Encoding.UTF8.GetString(result.Raw.Span));
        Assert.Equal((1234, true), (error.PeerCode, error.Message.Contains("café", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Carriers.AllOfBothEras), MemberType = typeof(Carriers))]
    public async Task Progress_comes_before_the_answer(string carrier, Era era)
    {
        await using var server = new ScriptedServer(era: era).Tool("work", async request =>
        {
            await request.ProgressAsync(1, 2);
            await request.ProgressAsync(2, 2, "done");
            return "worked";
        });
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));
        var seen = new List<double>();

        Assert.Equal("worked", (await session.CallToolAsync("work", options: new CallOptions { Progress = new Seen(seen) })).Text());
        Assert.Equal([1, 2], seen);
    }

    [Theory]
    [MemberData(nameof(Carriers.AllOfBothEras), MemberType = typeof(Carriers))]
    public async Task A_cancelled_call_is_seen_by_its_handler(string carrier, Era era)
    {
        await using var server = new ScriptedServer(era: era).ByHand("tools/call");
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));
        using var cancel = new CancellationTokenSource();
        var call = session.CallToolAsync("slow", ct: cancel.Token);
        var request = await server.ExpectRequestAsync("tools/call");
        var cancelled = new TaskCompletionSource();
        request.Cancelled.Register(cancelled.SetResult);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task A_server_asks_its_client(string carrier)
    {
        await using var server = new ScriptedServer(era: Era.Legacy).Tool("ask", async request => (await request.RequestAsync("ping")).ToString(Newtonsoft.Json.Formatting.None));
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));

        Assert.Equal("{}", (await session.CallToolAsync("ask")).Text());
        Assert.Equal(new JObject(), await server.RequestAsync("ping"));
        Assert.Equal(-32601, (await Assert.ThrowsAsync<ScriptedErrorException>(() => server.RequestAsync("nothing/known"))).Code);
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task A_changed_list_is_told(string carrier)
    {
        await using var server = new ScriptedServer("s", Era.Legacy).Tool("a", _ => "a");
        await using var group = new ClientSessionGroup();
        await group.ConnectToServerAsync(server.Over(carrier));

        server.Tool("b", _ => "b");
        await server.ToolsChangedAsync();

        for (var limit = DateTime.UtcNow.AddSeconds(20); !group.Tools.ContainsKey("b") && DateTime.UtcNow < limit;)
        {
            await Task.Delay(10);
        }

        Assert.Equal("b", (await group.CallToolAsync("b")).Text());
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        await using var server = new ScriptedServer { PageSize = 2 };
        foreach (var n in Enumerable.Range(0, 5))
        {
            server.Tool($"t{n}", _ => "");
        }

        await using var session = await ClientSession.ConnectAsync(server.InProcess());

        Assert.Equal(5, await session.ListAllToolsAsync().CountAsync());
        Assert.Equal(3, server.Requests("tools/list").Count);
    }

    [Fact]
    public async Task What_does_not_come_is_named_with_what_came()
    {
        await using var server = new ScriptedServer { Patience = TimeSpan.FromMilliseconds(100) };
        await using var session = await ClientSession.ConnectAsync(server.InProcess());

        var missing = await Assert.ThrowsAsync<ScriptException>(() => server.ExpectRequestAsync("tools/call"));
        Assert.Contains("tools/call within 0.1 s; came and not expected: server/discover", missing.Message, StringComparison.Ordinal);
    }

    private sealed class Seen(List<double> values) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => values.Add(value.Progress);
    }
}
