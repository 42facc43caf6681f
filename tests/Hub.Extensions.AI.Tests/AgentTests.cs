using System.Text.Json;
using McpHub.TestSupport;
using Microsoft.Extensions.AI;

namespace McpHub.Extensions.AI.Tests;

/// <summary>A chat client that calls functions, with the tools of real servers.</summary>
public sealed class AgentTests
{
    [Fact]
    public async Task A_model_calls_the_tools_of_all_servers_and_reads_their_results()
    {
        await using var group = await GroupAsync();
        using var model = new ScriptedChatClient(
            ScriptedChatClient.Calls(("a__echo", new() { ["city"] = "Ulm", ["days"] = 3 }), ("b__echo", new() { ["when"] = JsonSerializer.SerializeToElement("now") })),
            ScriptedChatClient.Says(results => string.Join('|', results.Select(result => result.Result))));
        using var agent = new ChatClientBuilder(model).UseFunctionInvocation().Build();

        var answer = await agent.GetResponseAsync("How is the weather?", new ChatOptions { Tools = [.. group.AsAIFunctions()] });

        Assert.Equal("""{"city":"Ulm","days":3}|{"when":"now"}""", answer.Text);
        Assert.Equal(group.Tools.Keys, model.Offered.Select(function => function.Name));
    }

    [Fact]
    public async Task A_model_learns_of_a_tool_that_failed_and_of_no_detail_of_a_call_that_did()
    {
        await using var group = await GroupAsync();
        using var model = new ScriptedChatClient(
            ScriptedChatClient.Calls(("a__fail", []), ("a__crash", [])),
            ScriptedChatClient.Says(results => string.Join('|', results.Select(result => result.Result))));
        using var agent = new ChatClientBuilder(model).UseFunctionInvocation().Build();

        var answer = await agent.GetResponseAsync("Try.", new ChatOptions { Tools = [.. group.AsAIFunctions()] });

        Assert.StartsWith("""{"content":[{"type":"text","text":"it failed"}],"isError":true}|Error""", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("HUB", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_is_described_as_its_tool_is()
    {
        await using var group = await GroupAsync();

        var functions = group.AsAIFunctions();

        Assert.Equal(group.Tools.Count, functions.Count);
        foreach (var (function, tool) in functions.Zip(group.Tools.Values))
        {
            Assert.Equal((tool.Name, tool.Tool.Description ?? ""), (function.Name, function.Description));
            Assert.Equal(tool.Tool.InputSchema.ToString(Newtonsoft.Json.Formatting.None), function.JsonSchema.GetRawText());
            Assert.Equal(tool.Tool.OutputSchema?.ToString(Newtonsoft.Json.Formatting.None), function.ReturnJsonSchema?.GetRawText());
            Assert.Same(tool, function.GetService<GroupTool>());
            Assert.Same(tool.Tool, function.GetService<Tool>());
            Assert.Same(function, function.GetService<AIFunction>());
        }
    }

    [Fact]
    public async Task A_call_that_is_given_up_reaches_its_server()
    {
        await using var group = await GroupAsync();
        var functions = group.AsAIFunctions().ToDictionary(function => function.Name);
        using var cancel = new CancellationTokenSource();

        var held = functions["a__hold"].InvokeAsync(cancellationToken: cancel.Token).AsTask();
        await functions["a__echo"].InvokeAsync(); // behind it on the same pipe: the server has it
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        await Eventually.HoldsAsync(() => functions["a__cancelled"].InvokeAsync().AsTask().Result?.ToString() is { Length: > 0 });
    }

    [Fact]
    public async Task A_call_uses_the_options_and_the_owner_of_its_moment()
    {
        await using var group = await GroupAsync();
        var steps = new Steps();
        var functions = group.AsAIFunctions(new AIFunctionOptions { Name = name => "x-" + name, Call = new CallOptions { Progress = steps } }).ToDictionary(function => function.Name);

        await functions["x-a__progress"].InvokeAsync(new() { ["steps"] = 4 });
        Assert.Equal([1, 2, 3, 4], steps.Values);

        await group.DisconnectFromServerAsync(group.Sessions[0]);
        await Assert.ThrowsAsync<ToolNotFoundException>(() => functions["x-a__echo"].InvokeAsync().AsTask());
        await functions["x-b__echo"].InvokeAsync();
    }

    [Fact]
    public async Task The_tools_of_one_session_are_functions_too()
    {
        await using var session = await ClientSession.ConnectAsync(TestPeer.Server("mcp", "--tools", "5", "--page-size", "2"));

        var functions = await session.ListAIFunctionsAsync();

        Assert.Equal(["tool0", "tool1", "tool2", "tool3", "tool4", "echo"], functions.Take(6).Select(function => function.Name));
        Assert.Equal("""{"a":1}""", (await functions[5].InvokeAsync(new() { ["a"] = 1 }))?.ToString());
        Assert.Equal("tool0", functions[0].GetService<Tool>()?.Name);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a.b,a_b,a/b", "a_b_2,a_b,a_b_3")]
    [InlineData("größe", "gr__e")]
    [InlineData("", "_")]
    public void A_name_that_model_services_refuse_becomes_one_that_they_take(string tools, string names) =>
        Assert.Equal(names.Split(','), FunctionNames.Of(tools.Split(','), null));

    [Fact]
    public void A_long_name_is_cut_and_stays_unique()
    {
        var names = FunctionNames.Of([new string('n', 64), new string('n', 65), new string('n', 66)], null);

        Assert.Equal([new string('n', 64), new string('n', 62) + "_2", new string('n', 62) + "_3"], names);
    }

    private static async Task<ClientSessionGroup> GroupAsync()
    {
        var group = new ClientSessionGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        await group.ConnectToServerAsync(TestPeer.Server("mcp") with { Name = "a" });
        await group.ConnectToServerAsync(TestPeer.Server("mcp") with { Name = "b" });
        return group;
    }

    private sealed class Steps : IProgress<ProgressNotification>
    {
        public List<double> Values { get; } = [];

        public void Report(ProgressNotification value) => Values.Add(value.Progress);
    }
}
