using McpHub.Actors.Routing;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Groups;

/// <summary>What a group offers, and to whom a call goes.</summary>
public sealed class CatalogScenarios(ITestOutputHelper output) : GroupScenario(output)
{
    private static readonly string[] _some = ["--tools", "2", "--prompts", "1", "--resources", "1", "--templates", "1"];

    [Theory(DisplayName = "A-001 two connected servers: the group has the items of both and calling either works")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task Two_servers_as_one(string door)
    {
        var group = NewGroup();
        var a = await group.ConnectToServerAsync(Peer("a", _some));
        var b = await group.ConnectToServerAsync(Peer("b", _some));

        Assert.Equal(["a0", "a1", "b0", "b1"], group.Tools.Keys);
        Assert.Equal(["a-prompt-0", "b-prompt-0"], group.Prompts.Keys);
        Assert.Equal(["a://resource/0", "b://resource/0"], group.Resources.Keys);
        Assert.Equal(["a://template/0/{id}", "b://template/0/{id}"], group.ResourceTemplates.Keys);
        Assert.Equal([a, b], group.Sessions);
        Assert.Same(b, group.Tools["b1"].Session);
        Assert.Equal("the tool b1", group.Tools["b1"].Tool.Description);

        Assert.Equal("a", AnsweredBy(await CallToolAsync(door, group, "a1", new JObject { ["n"] = 1 })));
        Assert.Equal("b", AnsweredBy(await CallToolAsync(door, group, "b0")));
        var prompt = await CallAsync<GetPromptResult>(door, group, MethodNames.PromptsGet, new JObject { ["name"] = "b-prompt-0", ["arguments"] = new JObject { ["x"] = "y" } });
        Assert.Equal("b-prompt-0 {\"x\":\"y\"}", ((TextContent)prompt.Messages[0].Content).Text);
        var listed = await CallAsync<ReadResourceResult>(door, group, MethodNames.ResourcesRead, new JObject { ["uri"] = "a://resource/0" });
        Assert.Equal("content of a://resource/0", ((TextResourceContents)listed.Contents[0]).Text);
        var templated = await CallAsync<ReadResourceResult>(door, group, MethodNames.ResourcesRead, new JObject { ["uri"] = "b://template/0/Some%20Id" });
        Assert.Equal("content of b://template/0/Some%20Id", ((TextResourceContents)templated.Contents[0]).Text);
    }

    [Theory(DisplayName = "A-002 with a name hook every key is hooked, the objects keep their names and the server gets its own tool name")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task Names_are_hooked(string door)
    {
        var log = TempFile("log");
        var group = NewGroup(new ClientSessionGroupOptions { ComponentNameHook = (_, name, id, server) => $"{id}.{server!.Name}.{name}" });
        await group.ConnectToServerAsync(Peer("a", [.. _some, "--log", log]));

        Assert.Equal(["a.a.a0", "a.a.a1"], group.Tools.Keys);
        Assert.Equal("a1", group.Tools["a.a.a1"].Tool.Name);
        Assert.Equal("a1", group.Tools["a.a.a1"].OriginalName);
        Assert.Equal("a-prompt-0", group.Prompts["a.a.a-prompt-0"].Prompt.Name);
        Assert.Equal("a.a.resource 0", group.Resources["a://resource/0"].DisplayName);
        Assert.Equal("resource 0", group.Resources["a://resource/0"].Resource.Name);
        Assert.Equal("a.a.template 0", group.ResourceTemplates["a://template/0/{id}"].DisplayName);

        Assert.Equal("a", AnsweredBy(await CallToolAsync(door, group, "a.a.a1")));
        await CallAsync<GetPromptResult>(door, group, MethodNames.PromptsGet, new JObject { ["name"] = "a.a.a-prompt-0" });
        var received = (await File.ReadAllLinesAsync(log)).Select(JObject.Parse).ToList();
        Assert.Equal("a1", received.Single(message => (string?)message["method"] == MethodNames.ToolsCall)["params"]!["name"]);
        Assert.Equal("a-prompt-0", received.Single(message => (string?)message["method"] == MethodNames.PromptsGet)["params"]!["name"]);
        await Assert.ThrowsAsync<ToolNotFoundException>(() => CallToolAsync(door, group, "a1"));
    }

    [Theory(DisplayName = "A-004 a disconnected server takes exactly its own items with it and the other still answers")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task One_of_two_is_disconnected(string door)
    {
        var group = NewGroup();
        var a = await group.ConnectToServerAsync(Peer("a", _some));
        var b = await group.ConnectToServerAsync(Peer("b", _some));
        var before = group.Tools;

        await group.DisconnectFromServerAsync(a);

        Assert.Equal(["b0", "b1"], group.Tools.Keys);
        Assert.Equal(["b-prompt-0"], group.Prompts.Keys);
        Assert.Equal(["b://resource/0"], group.Resources.Keys);
        Assert.Equal(["b://template/0/{id}"], group.ResourceTemplates.Keys);
        Assert.Equal([b], group.Sessions);
        Assert.Equal(4, before.Count); // a snapshot stays what it was
        Assert.Equal("b", AnsweredBy(await CallToolAsync(door, group, "b1")));
        await Assert.ThrowsAsync<ToolNotFoundException>(() => CallToolAsync(door, group, "a1"));
        Assert.Null((await a.Completion.WaitAsync(Patience)).Error);

        await group.DisconnectFromServerAsync(a);
        var again = await group.ConnectToServerAsync(Peer("a", _some));
        Assert.Equal([b, again], group.Sessions);
    }

    [Theory(DisplayName = "A-007 timeout, progress and metadata of a group call reach the owning session unchanged")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task Options_of_a_call(string door)
    {
        var log = TempFile("log");
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        await group.ConnectToServerAsync(ActivePeer("a", "--log", log));
        await group.ConnectToServerAsync(ActivePeer("b"));
        var reports = new List<double>();
        var options = new CallOptions { Progress = new Reports(report => reports.Add(report.Progress)), Meta = new JObject { ["traceparent"] = "00-1-2-03" } };

        await CallToolAsync(door, group, "a__progress", new JObject { ["steps"] = 4 }, options);
        var seen = reports.ToList();
        var late = await Assert.ThrowsAsync<RequestTimeoutException>(() => CallToolAsync(door, group, "a__hold", null, new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) }));

        Assert.Equal([1, 2, 3, 4], seen);
        Assert.Equal(("HUB5104", "a"), (late.Code, late.ServerId));
        var sent = (await File.ReadAllLinesAsync(log)).Select(JObject.Parse).First(message => (string?)message["method"] == MethodNames.ToolsCall)["params"]!["_meta"]!;
        Assert.Equal("00-1-2-03", (string?)sent["traceparent"]);
        Assert.NotNull(sent["progressToken"]);
    }

    [Theory(DisplayName = "A-014 a tool that no server offers is a typed error, on the JSON-RPC face -32602")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task Unknown_tool(string door)
    {
        var group = NewGroup();
        var empty = await Assert.ThrowsAsync<ToolNotFoundException>(() => CallToolAsync(door, group, "x"));
        await group.ConnectToServerAsync(Peer("a", _some));
        var error = await Assert.ThrowsAsync<ToolNotFoundException>(() => CallToolAsync(door, group, "x"));

        Assert.Equal(("HUB5101", "HUB5101"), (empty.Code, error.Code));
        Assert.Contains("\"x\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(Delivery.NotSent, error.Delivery);
        Assert.Equal(RpcErrorCodes.InvalidParams, (int)JObject.Parse(System.Text.Encoding.UTF8.GetString(error.Error.ToErrorObject()))["code"]!);
    }

    [Fact(DisplayName = "A-016 W-11 all items of all pages of all four lists are there, in order")]
    public async Task Three_pages_of_everything()
    {
        var group = NewGroup();
        await group.ConnectToServerAsync(Peer("a", "--page-size", "2", "--tools", "5", "--prompts", "6", "--resources", "5", "--templates", "5"));

        Assert.Equal(Enumerable.Range(0, 5).Select(n => $"a{n}"), group.Tools.Keys);
        Assert.Equal(Enumerable.Range(0, 6).Select(n => $"a-prompt-{n}"), group.Prompts.Keys);
        Assert.Equal(Enumerable.Range(0, 5).Select(n => $"a://resource/{n}"), group.Resources.Keys);
        Assert.Equal(Enumerable.Range(0, 5).Select(n => $"a://template/{n}/{{id}}"), group.ResourceTemplates.Keys);
    }

    [Fact(DisplayName = "A-017 W-11 a server that names the same next page for ever: the walk stops within 2 repeats and the last good list stays")]
    public async Task Cursor_cycle()
    {
        var (cycle, log) = (TempFile("cycle"), TempFile("log"));
        var group = NewGroup();
        await group.ConnectToServerAsync(ActivePeer("a", "--tools", "2", "--cycle-file", cycle, "--log", log));
        var good = group.Tools.Keys.ToList();
        var pages = (await File.ReadAllTextAsync(log)).Split(MethodNames.ToolsList).Length - 1;

        await File.WriteAllTextAsync(cycle, "");
        await EventFilter.Warning(contains: "same cursor").ExpectOneAsync(async () => await group.CallToolAsync("change", new { name = "new" }));

        Assert.Equal(good, group.Tools.Keys);
        Assert.InRange((await File.ReadAllTextAsync(log)).Split(MethodNames.ToolsList).Length - 1 - pages, 2, 3);
        var session = Assert.Single(group.Sessions);
        var error = await Assert.ThrowsAsync<HubException>(async () => await session.ListAllToolsAsync().CountAsync());
        Assert.Equal("HUB4103", error.Code);
    }

    [Fact(DisplayName = "A-019 W-12 a list change during a call: the list is read again, one event, the new tool is callable, the running call completes")]
    public async Task List_changes_during_a_call()
    {
        var group = NewGroup();
        await group.ConnectToServerAsync(ActivePeer("a"));
        var watcher = CreateTestProbe();
        group.Router.Tell(new GroupRouter.Watch(watcher), TestActor);
        await watcher.ExpectMsgAsync<GroupRouter.TableChanged>(Patience);
        var running = group.CallToolAsync("hold");

        await group.CallToolAsync("change", new { name = "new" });

        var changed = await watcher.ExpectMsgAsync<GroupRouter.TableChanged>(Patience);
        Assert.Equal([ComponentKind.Tool], changed.Kinds);
        Assert.Contains("new", group.Tools.Keys);
        await watcher.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(500));
        Assert.Equal("a", AnsweredBy(await group.CallToolAsync("new")));
        Assert.False(running.IsCompleted);
        await group.CallToolAsync("release", new { atLeast = 1 });
        Assert.Equal("released", TextOf(await running.WaitAsync(Patience)));
    }

    [Fact(DisplayName = "A-020 two resources of one name and two URIs are both listed and readable")]
    public async Task Resources_are_keyed_by_uri()
    {
        var group = NewGroup();
        await group.ConnectToServerAsync(Peer("a", "--resources", "1"));
        await group.ConnectToServerAsync(Peer("b", "--resources", "1"));

        Assert.Equal(["resource 0", "resource 0"], group.Resources.Values.Select(resource => resource.Resource.Name));
        foreach (var uri in group.Resources.Keys)
        {
            Assert.Equal($"content of {uri}", ((TextResourceContents)(await group.ReadResourceAsync(uri)).Contents[0]).Text);
        }
    }

    [Theory(DisplayName = "A-021 prompts, template instances and completions reach their owners")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task Completions_reach_the_owner(string door)
    {
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        await group.ConnectToServerAsync(Peer("a", [.. _some, "--completions"]));
        await group.ConnectToServerAsync(Peer("b", [.. _some, "--completions"]));
        var argument = new JObject { ["name"] = "id", ["value"] = "1" };

        var ofPrompt = await CallAsync<CompleteResult>(door, group, MethodNames.Complete, new JObject { ["ref"] = new JObject { ["type"] = "ref/prompt", ["name"] = "b__b-prompt-0" }, ["argument"] = argument });
        var ofTemplate = await CallAsync<CompleteResult>(door, group, MethodNames.Complete, new JObject { ["ref"] = new JObject { ["type"] = "ref/resource", ["uri"] = "a://template/0/{id}" }, ["argument"] = argument });

        Assert.Equal("b", ofPrompt.Completion.Values[0]);
        Assert.Equal("b-prompt-0", (string?)JObject.Parse(ofPrompt.Completion.Values[1])["ref"]!["name"]);
        Assert.Equal("a", ofTemplate.Completion.Values[0]);
        Assert.Equal("a", AnsweredBy(await CallToolAsync(door, group, "a__a0")));
    }

    private sealed class Reports(Action<ProgressNotification> report) : IProgress<ProgressNotification>
    {
        public void Report(ProgressNotification value) => report(value);
    }
}
