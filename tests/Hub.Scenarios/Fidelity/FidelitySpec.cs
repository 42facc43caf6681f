using McpHub.Actors;

namespace McpHub.Scenarios.Fidelity;

/// <summary>
/// Issue 3, "must show" 4: payloads arrive byte for byte, in both directions, both eras on each side, over stdio and HTTP.
/// Only the hub's own members differ: ids, names that it changes, reserved <c>_meta</c> keys and what contract 3.12 lists.
/// </summary>
public sealed class FidelitySpec(ScriptedServers servers) : IClassFixture<ScriptedServers>
{
    public static TheoryData<Era, string> Hops
    {
        get
        {
            var hops = new TheoryData<Era, string>();
            foreach (var kind in ScriptedServers.Kinds)
            {
                hops.Add(Era.Legacy, kind);
                hops.Add(Era.Modern, kind);
            }

            return hops;
        }
    }

    [Theory]
    [MemberData(nameof(Hops))]
    public Task A_tool_call(Era client, string server) => ArriveAsync(client, server, "tools/call", $"tool-{server}", Item.CallResult, $$"""
        "x-first":{{Payloads.Odd}}, "name" : "to\u006fl-{{server}}","arguments":{{Payloads.Odd}},"zz" : {{Payloads.Odd}}
        """);

    [Theory]
    [MemberData(nameof(Hops))]
    public Task A_prompt(Era client, string server) => ArriveAsync(client, server, "prompts/get", $"prompt-{server}", Item.PromptResult, $$"""
        "arguments":{"z":"\u00e9 \/ \ud800" , "a":1.0,"b":{{Payloads.Odd}} },"name":"prompt-{{server}}","zz":1E5
        """);

    [Theory]
    [MemberData(nameof(Hops))]
    public Task A_resource(Era client, string server) => ArriveAsync(client, server, "resources/read", $"odd-{server}://x", Item.ReadResult(server), $$"""
        "zz":{{Payloads.Odd}},"uri":"odd-{{server}}:\/\/x","aa":1.0
        """);

    [Theory]
    [MemberData(nameof(Hops))]
    public Task A_completion(Era client, string server) => ArriveAsync(client, server, "completion/complete", null, Item.CompletionResult, $$"""
        "context":{"arguments":{"b":"\/"}, "x":{{Payloads.Odd}} },"ref":{ "x":1.0,"type":"ref/prompt","name":"prompt-{{server}}" },"argument":{"value":"\u00e9 \ud800","name":"a","x":1E5}
        """);

    [Theory]
    [MemberData(nameof(Hops))]
    public async Task An_error(Era client, string server)
    {
        var answer = await servers.Client(client).RequestAsync("tools/call", $"\"name\":\"fail-{server}\"", name: $"fail-{server}");

        Assert.Equal($$"""{"jsonrpc":"2.0","id":1,"error":{{Said(server, Item.Error)}}}""", answer.Last);
    }

    [Theory]
    [MemberData(nameof(Hops))]
    public async Task Progress_and_the_result_after_it(Era client, string server)
    {
        var answer = await servers.Client(client).RequestAsync("tools/call", $"\"name\":\"progress-{server}\"", "\"progressToken\":\"\\u0061\\/1\"", $"progress-{server}");

        Assert.True(answer.IsStream);
        Assert.Equal(2, answer.Messages.Count);
        Assert.Equal($$$"""{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"\u0061\/1",{{{Payloads.OnOneLine(Item.Progress)}}}}}""", answer.Messages[0]);
        Assert.Equal($$$$"""{"jsonrpc":"2.0","id":1,"result":{{{{{Payloads.OnOneLine(Item.CallResult)}}}}}}""", WithoutOwnWords(answer.Last, client, "tools/call"));
    }

    [Theory]
    [MemberData(nameof(Hops))]
    public async Task Items_of_lists(Era client, string server)
    {
        foreach (var (method, item) in new[]
        {
            ("tools/list", Item.Tool(server)), ("prompts/list", Item.Prompt(server)), ("resources/list", Item.Resource(server)), ("resources/templates/list", Item.Template(server)),
        })
        {
            var answer = await servers.Client(client).RequestAsync(method);
            Assert.Contains(Said(server, item), answer.Last, StringComparison.Ordinal);
        }
    }

    [Theory(DisplayName = "Results for clients of old revisions, whose content is looked through")]
    [InlineData("2024-11-05", "http-modern")]
    [InlineData("2024-11-05", "stdio-legacy")]
    [InlineData("2025-03-26", "http-legacy")]
    public async Task Old_revisions(string revision, string server)
    {
        using var client = await servers.OldClientAsync(revision);

        var called = await client.RequestAsync("tools/call", $"\"name\":\"tool-{server}\"");
        var prompted = await client.RequestAsync("prompts/get", $"\"name\":\"prompt-{server}\"");

        Assert.Equal($$$$"""{"jsonrpc":"2.0","id":1,"result":{{{{{Said(server, Item.CallResult)}}}}}}""", called.Last);
        Assert.Equal($$$$"""{"jsonrpc":"2.0","id":1,"result":{{{{{Said(server, Item.PromptResult)}}}}}}""", prompted.Last);
    }

    [Theory(DisplayName = "A name that the hub changes is the only thing that changes")]
    [InlineData(Era.Legacy)]
    [InlineData(Era.Modern)]
    public async Task Renamed(Era client)
    {
        await using var server = ScriptedServers.Make("renamed", Era.Legacy);
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverHttp()));
        using var raw = await RawClient.OpenAsync(hub.Host.Url, client);

        var listed = await raw.RequestAsync("tools/list");
        var called = await raw.RequestAsync("tools/call", $$"""
            "x-first":{{Payloads.Odd}}, "name" : "ren\u0061med__tool-renamed" ,"arguments":{{Payloads.Odd}}
            """, name: "renamed__tool-renamed");

        Assert.Contains(Item.Tool("renamed").Replace("\"tool-renamed\"", "\"renamed__tool-renamed\"", StringComparison.Ordinal), listed.Last, StringComparison.Ordinal);
        Assert.Equal($$$$"""{"jsonrpc":"2.0","id":1,"result":{{{{{Item.CallResult}}}}}}""", WithoutOwnWords(called.Last, client, "tools/call"));
        Assert.Contains($$$"""
            "params":{"x-first":{{{Payloads.Odd}}}, "name" : "tool-renamed" ,"arguments":{{{Payloads.Odd}}}
            """, ScriptedServers.TheRequest(server, "tools/call", "tool-renamed"), StringComparison.Ordinal);
    }

    /// <summary>Both directions of one call. The client's id is odd too, and <c>_meta</c> has something of a vendor on both ways.</summary>
    private async Task ArriveAsync(Era client, string server, string method, string? name, string result, string members)
    {
        var mark = $"vendor/{Guid.NewGuid():N}";
        var meta = $"\"{mark}\" : {Payloads.Odd}";
        const string id = "\"\\u00e9\\/\\u0031\"";

        var answer = await servers.Client(client).RequestAsync(method, members, meta, name, id);

        Assert.Equal(200, answer.Status);
        Assert.Equal($$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{{{{{Said(server, result)}}}}}}""", WithoutOwnWords(answer.Last, client, method));
        var heard = ScriptedServers.TheRequest(servers.Servers[server], method, mark);
        Assert.Contains("\"params\":{" + Heard(server, members), heard, StringComparison.Ordinal);
        Assert.Contains(Heard(server, meta), heard, StringComparison.Ordinal);
    }

    /// <summary>What the hub itself says in a result to a modern client (contract 3.12) must be there, and is taken out.</summary>
    private static string WithoutOwnWords(string answer, Era client, string method)
    {
        if (client == Era.Legacy)
        {
            return answer;
        }

        var serverInfo = $",\"io.modelcontextprotocol/serverInfo\":{System.Text.Encoding.UTF8.GetString(HubIdentity.Implementation.Span)}";
        answer = Without(answer, serverInfo);
        answer = method == "resources/read" ? Without(answer, ",\"ttlMs\":0,\"cacheScope\":\"private\"") : answer;
        return Without(answer, answer.Contains("\"result\":{\"resultType\"", StringComparison.Ordinal) ? "\"resultType\":\"complete\"," : ",\"resultType\":\"complete\"");
    }

    private static string Without(string text, string part)
    {
        Assert.Equal(2, text.Split(part).Length);
        return text.Replace(part, "", StringComparison.Ordinal);
    }

    private static string Said(string server, string json) => ScriptedServers.SpeaksOnOneLine(server) ? Payloads.OnOneLine(json) : json;

    private static string Heard(string server, string json) => ScriptedServers.HearsOnOneLine(server) ? Payloads.OnOneLine(json) : json;
}
