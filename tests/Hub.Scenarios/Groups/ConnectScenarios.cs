using McpHub.Testing;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Groups;

/// <summary>How servers are connected: with exactly what was asked, and under which names.</summary>
public sealed class ConnectScenarios(ITestOutputHelper output) : GroupScenario(output)
{
    public static TheoryData<string> ParameterClasses => ["stdio", "http", "http, session left"];

    [Theory(DisplayName = "A-006 each parameter class takes its transport with exactly its own settings")]
    [MemberData(nameof(ParameterClasses))]
    public async Task Each_parameter_class(string leg)
    {
        await using var server = new ScriptedServer("leg", Era.Legacy).Tool("t", _ => "1").ByHand("prompts/get");
        server.Prompt("never", _ => "");
        var options = new ClientSessionOptions { ReadTimeout = TimeSpan.FromSeconds(2), ClientInfo = new Implementation { Name = "me", Version = "7" } };
        var group = NewGroup();
        switch (leg)
        {
            case "stdio":
                var child = await group.ConnectToServerAsync(
                    TestPeer.Server("mcp", "--name", "child", "--prefix", "p q", "--tools", "1") with { Env = new Dictionary<string, string?> { ["LEG"] = "é \"$(x)\"" }, Cwd = Path.GetTempPath() },
                    options);
                Assert.Equal("child", child.ServerInfo!.Name);
                Assert.Equal("p q0", group.Tools.Keys.First());
                var environment = JObject.Parse(TextOf(await group.CallToolAsync("env")));
                Assert.Equal("é \"$(x)\"", (string?)environment["LEG"]);
                await Assert.ThrowsAsync<RequestTimeoutException>(() => group.CallToolAsync("hold").WaitAsync(Patience));
                return;

            case "http" or "http, session left":
                var parameters = server.OverHttp() with { Headers = new Dictionary<string, string> { ["X-Leg"] = "one" }, TerminateOnClose = leg == "http" };
                var session = await group.ConnectToServerAsync(parameters, options);
                Assert.Equal("1", TextOf(await group.CallToolAsync("t")));
                await Assert.ThrowsAsync<RequestTimeoutException>(() => group.GetPromptAsync("never").WaitAsync(Patience));
                Assert.All(server.Received, message => Assert.Equal("one", message.Headers.GetValueOrDefault("X-Leg")));
                Assert.Equal("me", (string?)server.Requests("initialize")[0].Params["clientInfo"]!["name"]);

                await group.DisconnectFromServerAsync(session);
                // With DELETE the server knows that the session is over; without, it keeps it.
                Assert.Equal(leg == "http" ? 0 : 1, server.ConnectionCount);
                return;
        }
    }

    [Fact(DisplayName = "A-007 the log level of a call reaches the owning session")]
    public async Task Log_level_of_a_call()
    {
        await using var server = new ScriptedServer("a", Era.Modern).Tool("t", _ => "1");
        var group = NewGroup();
        await group.ConnectToServerAsync(server.OverHttp());

        await group.CallToolAsync("t", options: new CallOptions { LogLevel = LoggingLevel.Debug, Meta = new JObject { ["traceparent"] = "00-1-2-03" } });

        var meta = server.Requests("tools/call")[0].Params["_meta"]!;
        Assert.Equal("00-1-2-03", (string?)meta["traceparent"]);
        Assert.Equal("debug", (string?)meta["io.modelcontextprotocol/logLevel"]);
    }

    [Fact(DisplayName = "A-008 a server whose prompts/list fails: tools and resources are there, prompts are empty, and a warning names the server")]
    public async Task One_list_fails()
    {
        await using var server = new ScriptedServer("orders", Era.Legacy).Tool("t", _ => "1").Prompt("p", _ => "1").Resource("o://1", "one");
        server.On("prompts/list", request => request.ErrorAsync(-32603, "out of ink"));
        var group = NewGroup();

        await EventFilter.Warning(contains: "Server orders: HUB4105").ExpectOneAsync(async () => await group.ConnectToServerAsync(server.OverPipe()));

        Assert.Equal(["t"], group.Tools.Keys);
        Assert.Equal(["o://1"], group.Resources.Keys);
        Assert.Empty(group.Prompts);
    }

    [Fact(DisplayName = "A-023 with prefixes on collision only, a later server of the same tool name leaves the earlier one's name alone")]
    public async Task Earlier_names_stay()
    {
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Auto });
        await group.ConnectToServerAsync(Peer("a", "--prefix", "same", "--tools", "1"));
        Assert.Equal(["same0"], group.Tools.Keys);

        await group.ConnectToServerAsync(Peer("b", "--prefix", "same", "--tools", "1"));

        Assert.Equal(["same0", "b__same0"], group.Tools.Keys);
        Assert.Equal("a", AnsweredBy(await group.CallToolAsync("same0")));
        Assert.Equal("b", AnsweredBy(await group.CallToolAsync("b__same0")));
    }

    [Theory(DisplayName = "A-024 a client in the middle of a paged walk when the list changes: its cursor is refused with -32602, and a fresh walk is complete and free of duplicates")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Change_in_the_middle_of_a_walk(Era era)
    {
        await using var server = new ScriptedServer("s", Era.Legacy);
        for (var n = 0; n < 7; n++)
        {
            server.Tool($"t{n}", _ => "1");
        }

        await using var hub = await HubUnderTest.StartAsync(new Host.HubHostOptions
        {
            Servers = [new Actors.Servers.ServerDefinition("s") { OpenTransport = () => McpTransports.Open(server.OverPipe()), Era = Era.Legacy }],
            Runtime = new Actors.HubRuntimeOptions { PageSize = 3 },
        });
        using var client = await RawClient.OpenAsync(hub.Host.Url, era);
        var first = JObject.Parse((await client.RequestAsync("tools/list")).Last);
        var cursor = (string?)first["result"]!["nextCursor"];
        Assert.Equal(3, first["result"]!["tools"]!.Count());

        server.Tool("new", _ => "1");
        await server.ToolsChangedAsync();
        await UntilAsync(() => Assert.Equal(8, hub.Runtime.Table.Tools.Count));

        var refused = JObject.Parse((await client.RequestAsync("tools/list", $"\"cursor\":\"{cursor}\"")).Last);
        Assert.Equal(-32602, (int?)refused["error"]?["code"]);
        var names = new List<string?>();
        string? next = null;
        do
        {
            var page = JObject.Parse((await client.RequestAsync("tools/list", next is null ? "" : $"\"cursor\":\"{next}\"")).Last)["result"]!;
            names.AddRange(page["tools"]!.Select(tool => (string?)tool["name"]));
            next = (string?)page["nextCursor"];
        }
        while (next is not null);
        Assert.Equal(["t0", "t1", "t2", "t3", "t4", "t5", "t6", "new"], names);
    }

    [Theory(DisplayName = "SG-05 a name that is taken, by policy")]
    [InlineData(DuplicatePolicy.Prefix, "x:a b__x:b", "")]
    [InlineData(DuplicatePolicy.FirstWins, "x:a", "b")]
    [InlineData(DuplicatePolicy.LastWins, "x:b", "a")]
    public async Task Policies(DuplicatePolicy policy, string offered, string hidden)
    {
        await using var a = new ScriptedServer("a", Era.Legacy).Tool("x", _ => "a").Resource("r://1", "of a");
        await using var b = new ScriptedServer("b", Era.Legacy).Tool("x", _ => "b").Resource("r://1", "of b");
        var group = NewGroup(new ClientSessionGroupOptions { Duplicates = policy });
        await group.ConnectToServerAsync(a.OverPipe());
        var second = await group.ConnectToServerAsync(b.OverPipe());

        foreach (var (name, owner) in offered.Split(' ').Select(pair => (pair.Split(':')[0], pair.Split(':')[1])))
        {
            Assert.Equal(owner, group.Tools[name].Session == second ? "b" : "a");
            Assert.Equal(owner, TextOf(await group.CallToolAsync(name)));
        }

        Assert.Equal(offered.Split(' ').Length, group.Tools.Count);
        Assert.Equal(hidden, string.Join(' ', group.Hidden.Select(item => item.ServerId)));
        Assert.Equal(2, group.Resources.Count);
        foreach (var uri in group.Resources.Keys)
        {
            Assert.Single((await group.ReadResourceAsync(uri)).Contents);
        }

        await group.DisconnectFromServerAsync(second);
        Assert.Equal("a", TextOf(await group.CallToolAsync("x")));
        Assert.Empty(group.Hidden);
    }

    [Fact(DisplayName = "SG-04 a hook that gives two items of one server one name: the connect is refused, or the policy decides and says what is hidden")]
    public async Task Hook_collides_within_a_server()
    {
        var hook = new ComponentNameHook((kind, name, _, _) => kind == ComponentKind.Tool ? "one" : name);
        var (strict, prefix, first) = (NewGroup(new() { ComponentNameHook = hook }), NewGroup(new() { ComponentNameHook = hook, Duplicates = DuplicatePolicy.Prefix }), NewGroup(new() { ComponentNameHook = hook, Duplicates = DuplicatePolicy.FirstWins }));

        var error = await Assert.ThrowsAsync<HubException>(() => strict.ConnectToServerAsync(Peer("a", "--tools", "2")));
        await prefix.ConnectToServerAsync(Peer("a", "--tools", "3"));
        await first.ConnectToServerAsync(Peer("a", "--tools", "2"));

        Assert.Equal(("HUB4108", -32602), (error.Code, error.Error.Definition.WireCode));
        Assert.Empty(strict.Sessions);
        Assert.Equal(["a0", "a1", "a2"], prefix.Tools.Values.Select(tool => tool.OriginalName));
        Assert.Equal(["one", "a__one"], prefix.Tools.Keys.Take(2));
        Assert.Equal("a0", first.Tools["one"].OriginalName);
        Assert.Equal([new HiddenItem(ComponentKind.Tool, "one", "a1", "a", "a")], first.Hidden);
    }

    [Fact(DisplayName = "PC-10 callbacks given with a connect answer that server, each its own")]
    public async Task Callbacks_of_a_member()
    {
        await using var a = Asking("a");
        await using var b = Asking("b");
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        var logged = CreateTestProbe();
        await Task.WhenAll(new[] { a, b }.Select(server => group.ConnectToServerAsync(server.OverPipe(), new ClientSessionOptions
        {
            SamplingCallback = (request, _) => Task.FromResult(new CreateMessageResult { Role = "assistant", Model = "m", Content = [new TextContent { Text = $"{request.ServerId} {server.Name}" }] }),
            MessageHandler = message =>
            {
                logged.Ref.Tell($"{server.Name} {message.ServerId}", Akka.Actor.ActorRefs.NoSender);
                return default;
            },
        })));
        await group.ConnectToServerAsync(Peer("plain", "--tools", "1"));

        Assert.Equal("a a", TextOf(await group.CallToolAsync("a__ask")));
        Assert.Equal("b b", TextOf(await group.CallToolAsync("b__ask")));
        await a.NotifyAsync("notifications/custom");
        await logged.ExpectMsgAsync("a a", Patience);

        static ScriptedServer Asking(string name) => new ScriptedServer(name, Era.Legacy).Tool("ask", async request =>
            (string)(await request.RequestAsync("sampling/createMessage", new JObject { ["messages"] = new JArray(), ["maxTokens"] = 1 })).SelectToken("$..text")!);
    }

    [Fact(DisplayName = "SG-12 two groups in one actor system never meet: ids, names, lists, events and the end of one are its own")]
    public async Task Two_groups()
    {
        await using var server = new ScriptedServer("same", Era.Legacy).Tool("t", _ => "1").Resource("r://1", "one");
        var (one, other) = (NewGroup(), NewGroup());
        await using var changes = other.WatchAsync().GetAsyncEnumerator();
        var session = await one.ConnectToServerAsync(server.OverPipe());
        Assert.Empty(other.Tools);
        await Assert.ThrowsAsync<ToolNotFoundException>(() => other.CallToolAsync("t"));
        Assert.Equal("HUB5110", (await Assert.ThrowsAsync<HubException>(() => other.DisconnectFromServerAsync(session))).Code);
        await other.ConnectToServerAsync(server.OverPipe());
        Assert.NotEqual(one.Router, other.Router);

        await one.DisposeAsync();

        Assert.Equal("1", TextOf(await other.CallToolAsync("t")));
        await other.DisposeAsync();
        while (await changes.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            Assert.False(changes.Current is GroupServerChanged change && change.Session == session);
        }
    }

    [Fact(DisplayName = "SG-01 an owner of disposables gets the group once, disposes it, and is never disposed by it")]
    public async Task Owner()
    {
        var owner = new Stack<IAsyncDisposable>();
        var group = new ClientSessionGroup(Sys, new ClientSessionGroupOptions { RegisterForDispose = owner.Push });
        var session = await group.ConnectToServerAsync(Peer("a", "--tools", "1"));

        Assert.Same(group, Assert.Single(owner));
        await owner.Pop().DisposeAsync();

        Assert.Null((await session.Completion.WaitAsync(Patience)).Error);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => group.CallToolAsync("a0"));
        await group.DisposeAsync();
    }

    [Theory(DisplayName = "W-05 E-009 one POST that fails is one call that fails: the others of its server, its session and the other servers go on")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task One_request_one_failure(Era era)
    {
        await using var server = new ScriptedServer("a", era).Tool("bad", _ => "no").Tool("slow", async request =>
        {
            await request.ProgressAsync(1);
            return "slow";
        });
        server.ByHand("prompts/get").Prompt("p", _ => "p").FailNext("tools/call", Fault.Hang, name: "bad").FailNext("tools/call", Fault.HttpStatus(503), name: "bad");
        var group = NewGroup();
        var session = await group.ConnectToServerAsync(server.OverHttp());
        await group.ConnectToServerAsync(Peer("other", "--tools", "1"));
        var running = group.GetPromptAsync("p");
        var asked = await server.ExpectRequestAsync("prompts/get");

        var silent = await Assert.ThrowsAsync<RequestTimeoutException>(() => group.CallToolAsync("bad", options: new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) }).WaitAsync(Patience));
        var busy = await Assert.ThrowsAnyAsync<HubException>(() => group.CallToolAsync("bad").WaitAsync(Patience));

        Assert.Equal("a", silent.ServerId);
        Assert.Equal(503, busy.Error.HttpStatus);
        Assert.Equal("slow", TextOf(await group.CallToolAsync("slow")));
        Assert.Equal("other", AnsweredBy(await group.CallToolAsync("other0")));
        await asked.ReplyAsync("""{"messages":[]}""");
        Assert.Empty((await running.WaitAsync(Patience)).Messages);
        Assert.False(session.Completion.IsCompleted);
        Assert.Equal(era == Era.Legacy ? 1 : 0, server.Requests("initialize").Count);
    }
}
