using McpHub.Actors.Sessions;
using McpHub.Protocol.Revisions;
using McpHub.Testing;
using McpHub.TestSupport;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Transports;

/// <summary>What stands in the headers and bodies of requests to a modern HTTP server, on a real socket (contract 2.4).</summary>
public sealed class ModernHttpScenarios
{
    private const string Revision = "2026-07-28";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory(DisplayName = "E-025 names and URIs in CJK and emoji, listed, called and read over HTTP: they come back as they were")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Unicode_names(Era era)
    {
        const string Name = "天気予報🌦️-é̂";
        const string Uri = "file:///文書/📄 한국어.txt";
        await using var server = new ScriptedServer("s", era)
            .Tool(Name, request => $"{request.Name} {request.Arguments["城市"]}").Prompt(Name, request => $"{request.Name}").Resource(Uri, "内容 ✅", "名前");
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        Assert.Equal(Name, Assert.Single((await session.ListToolsAsync()).Tools).Name);
        Assert.Equal(Name, Assert.Single((await session.ListPromptsAsync()).Prompts).Name);
        var resource = Assert.Single((await session.ListResourcesAsync()).Resources);
        Assert.Equal((Uri, "名前"), (resource.Uri, resource.Name));
        Assert.Equal($"{Name} 東京🗼", TextOf(await session.CallToolAsync(Name, new JObject { ["城市"] = "東京🗼" })));
        Assert.Equal(Name, Assert.IsType<TextContent>(Assert.Single((await session.GetPromptAsync(Name)).Messages).Content).Text);
        var contents = Assert.IsType<TextResourceContents>(Assert.Single((await session.ReadResourceAsync(Uri)).Contents));
        Assert.Equal((Uri, "内容 ✅"), (contents.Uri, contents.Text));
    }

    [Theory(DisplayName = "E-026 E-027 whatever is sent to a modern server, its _meta has revision and capabilities, and the headers repeat revision, method and name; there is no session")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Headers_repeat_the_body(bool inGroup)
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").Prompt("p", _ => "ok").Resource("x://r", "ok").ResourceTemplate("x://{id}", _ => "ok")
            .On(MethodNames.Complete, request => request.ReplyAsync("""{"completion":{"values":[]}}"""));
        await using var group = new ClientSessionGroup();
        var options = new ClientSessionOptions { SamplingCallback = (_, _) => throw new InvalidOperationException("not asked") };
        await using (var session = inGroup ? await group.ConnectToServerAsync(server.OverHttp(), options) : await ClientSession.ConnectAsync(server.OverHttp(), options))
        {
            await session.ListToolsAsync();
            await session.ListPromptsAsync();
            await session.ListResourcesAsync();
            await session.ListResourceTemplatesAsync();
            await session.CallToolAsync("t", new { n = 1 }, new CallOptions { Meta = new JObject { [MetaKeys.ProtocolVersion] = "1999-01-01", ["com.example/x"] = 1 } });
            await session.GetPromptAsync("p");
            await session.ReadResourceAsync("x://r");
            await session.CompleteAsync(new PromptReference { Name = "p" }, new CompletionArgument { Name = "a", Value = "" });
            await session.SendPingAsync();
            await session.SubscribeResourceAsync("x://r");
        }

        string[] named = [MethodNames.ToolsCall, MethodNames.PromptsGet, MethodNames.ResourcesRead];
        Assert.All(server.Received, message =>
        {
            var meta = Assert.IsType<JObject>(message.Params["_meta"]);
            Assert.Equal(Revision, (string?)meta[MetaKeys.ProtocolVersion]);
            Assert.Equal(JObject.Parse("""{"sampling":{}}"""), meta[MetaKeys.ClientCapabilities]);
            Assert.Equal("hub", (string?)meta[MetaKeys.ClientInfo]!["name"]);
            Assert.Equal(Revision, message.Headers["MCP-Protocol-Version"]);
            Assert.Equal(message.Method, message.Headers["Mcp-Method"]);
            Assert.Equal(named.Contains(message.Method) ? message.Name : null, message.Headers.GetValueOrDefault("Mcp-Name"));
            Assert.False(message.Headers.ContainsKey("Mcp-Session-Id"));
            Assert.True(message.IsRequest, $"{message} is no request");
        });
        Assert.Equal(1, (int?)server.Requests(MethodNames.ToolsCall).Single().Params["_meta"]!["com.example/x"]);
        Assert.Superset(
            new HashSet<string?>([.. named, MethodNames.Discover, MethodNames.ToolsList, MethodNames.PromptsList, MethodNames.ResourcesList, MethodNames.ResourceTemplatesList, MethodNames.Complete, MethodNames.SubscriptionsListen]),
            server.Received.Select(message => message.Method).ToHashSet());
    }

    [Theory(DisplayName = "E-027 the headers of a request that names a task, by SEP-2663")]
    [InlineData("tasks/get")]
    [InlineData("tasks/update")]
    [InlineData("tasks/cancel")]
    public void Headers_of_a_task(string method) => Assert.Equal(
        [new("MCP-Protocol-Version", Revision), new("Mcp-Method", method), new("Mcp-Name", "task-1")],
        ProtocolHeaders.For(Era.Modern, Revision, method, "task-1"));

    [Theory(DisplayName = "E-028 a name that a header cannot carry goes as the Base64 of its UTF-8")]
    [InlineData("café", "=?base64?Y2Fmw6k=?=")]
    [InlineData(" leading", "=?base64?IGxlYWRpbmc=?=")]
    [InlineData("trailing\t", "=?base64?dHJhaWxpbmcJ?=")]
    [InlineData("=?base64?x?=", "=?base64?PT9iYXNlNjQ/eD89?=")]
    [InlineData("two\nlines", "=?base64?dHdvCmxpbmVz?=")]
    [InlineData("inner blank~!", "inner blank~!")]
    [InlineData("=?base64?x", "=?base64?x")]
    public async Task Encoded_names(string name, string header)
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool(name, _ => "ok").Prompt(name, _ => "ok");
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        await session.CallToolAsync(name);
        await session.GetPromptAsync(name);

        Assert.Equal(name, server.Requests(MethodNames.ToolsCall).Single().Name);
        Assert.Equal(header, server.Requests(MethodNames.ToolsCall).Single().Headers["Mcp-Name"]);
        Assert.Equal(header, server.Requests(MethodNames.PromptsGet).Single().Headers["Mcp-Name"]);
    }

    [Theory(DisplayName = "E-030 W-22 the hub shows a tool under another name: the server's body and headers have its own name and arguments, and nothing of the client's headers")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Headers_are_made_after_renaming(Era client)
    {
        await using var server = new ScriptedServer("srv", Era.Modern).Tool(Deploy(("region", "Region"), ("count", "Count"), ("dry", "Dry"), ("absent", "Absent")), _ => Ok());
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverHttp()));
        using var raw = await RawClient.OpenAsync(hub.Host.Url, client, headers: new Dictionary<string, string>
        {
            ["Mcp-Param-Region"] = "=?base64?w7w=?=", ["Mcp-Param-Count"] = "7", ["Mcp-Param-Dry"] = "true", ["Mcp-Param-Other"] = "smuggled", ["X-Other"] = "smuggled",
        });

        var answer = await raw.RequestAsync("tools/call", """
            "name":"srv__deploy","arguments":{"region":"ü","count":7.0,"dry":true,"absent":null}
            """, name: "srv__deploy");

        Assert.Equal((200, "ok"), (answer.Status, (string?)JObject.Parse(answer.Last)["result"]?["content"]?[0]?["text"]));
        var call = server.Requests(MethodNames.ToolsCall).Single();
        Assert.Equal("deploy", call.Name);
        Assert.Equal("deploy", call.Headers["Mcp-Name"]);
        Assert.Equal(
            [("Mcp-Param-Count", "7"), ("Mcp-Param-Dry", "true"), ("Mcp-Param-Region", "=?base64?w7w=?=")],
            call.Headers.Where(header => header.Key.StartsWith("Mcp-Param-", StringComparison.OrdinalIgnoreCase)).Select(header => (header.Key, header.Value)).OrderBy(header => header.Key));
        Assert.DoesNotContain("smuggled", string.Join(' ', call.Headers.Values), StringComparison.Ordinal);
    }

    [Theory(DisplayName = "E-031 a modern call is cancelled: its response is closed, nothing is posted, and the session goes on")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelled_by_closing_the_response(bool streams)
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").ByHand(MethodNames.ToolsCall);
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());
        using var cancel = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var call = session.CallToolAsync("t", options: new CallOptions { Progress = new Reports(begun.SetResult) }, ct: cancel.Token);
        var request = await server.ExpectRequestAsync(MethodNames.ToolsCall);
        if (streams)
        {
            await request.ProgressAsync(1);
            await begun.Task.WaitAsync(_patience);
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.HoldsAsync(() => request.Cancelled.IsCancellationRequested);
        await session.SendPingAsync();
        Assert.Equal([MethodNames.Discover, MethodNames.ToolsCall, MethodNames.Discover], server.Received.Select(message => message.Method));
    }

    [Fact(DisplayName = "E-033 -32022 with a revision that both speak: discovery is sent once more")]
    public async Task A_mutual_revision_is_tried_again()
    {
        var asked = 0;
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").On(MethodNames.Discover, request => Interlocked.Increment(ref asked) == 1
            ? request.ErrorAsync(RpcErrorCodes.UnsupportedProtocolVersion, "no", new JObject { ["supported"] = new JArray("2030-01-01", Revision), ["requested"] = Revision })
            : request.ReplyAsync($$$"""{"supportedVersions":["2030-01-01","{{{Revision}}}"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"}"""));
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        Assert.Equal((Era.Modern, Revision), (session.Era, session.ProtocolVersion));
        Assert.Equal("ok", TextOf(await session.CallToolAsync("t")));
        Assert.Equal([MethodNames.Discover, MethodNames.Discover, MethodNames.ToolsCall], server.Received.Select(message => message.Method));
    }

    [Fact(DisplayName = "E-033 -32022 again, or without a revision that both speak: the error names both lists, and nothing more is sent")]
    public async Task A_revision_is_tried_again_only_once()
    {
        await using var stubborn = Refusing(Revision, "2030-01-01");
        Assert.Contains("2030-01-01", (await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(stubborn.OverHttp()))).Message, StringComparison.Ordinal);
        Assert.Equal([MethodNames.Discover, MethodNames.Discover], stubborn.Received.Select(message => message.Method));

        await using var newer = Refusing("2030-01-01");
        var error = await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(newer.OverHttp()));
        Assert.Equal("HUB2109", error.Code);
        Assert.Contains("2030-01-01", error.Message, StringComparison.Ordinal);
        Assert.Contains(Revision, error.Message, StringComparison.Ordinal);
        Assert.Equal([MethodNames.Discover], newer.Received.Select(message => message.Method));

        static ScriptedServer Refusing(params string[] supported) => new ScriptedServer("s", Era.Modern).On(MethodNames.Discover, request =>
            request.ErrorAsync(RpcErrorCodes.UnsupportedProtocolVersion, "no", new JObject { ["supported"] = new JArray(supported.ToArray<object>()) }));
    }

    [Fact(DisplayName = "E-034 404 with -32601 is a method that the server does not have, 404 with nothing a URL without an MCP endpoint")]
    public async Task Two_kinds_of_404()
    {
        await using var server = new ScriptedServer("s", Era.Modern).Tool("t", _ => "ok").On(MethodNames.ResourcesRead, request => request.ErrorAsync(RpcErrorCodes.MethodNotFound, "Method not found"));
        await using var session = await ClientSession.ConnectAsync(server.OverHttp());

        var missing = await Assert.ThrowsAsync<PeerException>(() => session.ReadResourceAsync("x://y"));
        Assert.Equal((RpcErrorCodes.MethodNotFound, "Method not found"), (missing.PeerCode, missing.PeerMessage));

        server.FailNext(MethodNames.ToolsCall, Fault.HttpStatus(404));
        var gone = await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("t"));
        Assert.IsNotType<PeerException>(gone);
        Assert.Equal(("HUB2106", 404), (gone.Code, gone.Error.HttpStatus));
        Assert.Contains("no MCP endpoint", gone.Message, StringComparison.Ordinal);
        Assert.Equal("ok", TextOf(await session.CallToolAsync("t")));
    }

    /// <summary>A tool whose parameters are repeated by headers.</summary>
    internal static Tool Deploy(params (string Parameter, string Header)[] repeated) => new()
    {
        Name = "deploy",
        InputSchema = new JObject
        {
            ["type"] = "object",
            ["properties"] = new JObject(repeated.Select(pair => new JProperty(pair.Parameter, new JObject { ["x-mcp-header"] = pair.Header }))),
        },
    };

    internal static Task<CallToolResult> Ok(string text = "ok") => Task.FromResult(new CallToolResult { Content = [new TextContent { Text = text }] });

    internal static string TextOf(CallToolResult result) => Assert.IsType<TextContent>(Assert.Single(result.Content)).Text;

    private sealed class Reports(Action first) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => first();
    }
}
