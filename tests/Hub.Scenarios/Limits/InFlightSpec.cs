using System.Text.Json;
using McpHub.Testing;

namespace McpHub.Scenarios.Limits;

/// <summary>How many calls may be open at once: all of them reach the server, one more is refused at once, and a place that is given back can be taken.</summary>
public sealed class InFlightSpec
{
    [Fact]
    public async Task Of_one_legacy_session_128_and_of_one_HTTP_server_256()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer("s", Era.Legacy).Tool("hold", async _ =>
        {
            await release.Task;
            return "released";
        });
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Scripted(server, server.OverHttp()));
        using var first = await RawClient.OpenAsync(hub.Host.Url, Era.Legacy);
        using var second = await RawClient.OpenAsync(hub.Host.Url, Era.Legacy);
        using var modern = await RawClient.OpenAsync(hub.Host.Url, Era.Modern);

        var open = new[] { first, second }.SelectMany(client => Enumerable.Range(1, 128).Select(id => HoldAsync(client, id))).ToArray();
        await HubUnderTest.EventuallyAsync(() => server.Requests("tools/call").Count == 256 ? "" : null, "256 calls did not reach the server");
        var pastSession = await HoldAsync(first, 129);
        var pastServer = await HoldAsync(modern, 1);
        release.SetResult();
        var answers = await Task.WhenAll(open);

        Assert.Equal((429, "HUB6115"), (pastSession.Status, HubCodeOf(pastSession)));
        Assert.Equal((200, "HUB5106"), (pastServer.Status, HubCodeOf(pastServer)));
        Assert.All(answers, answer => Assert.Contains("\"result\"", answer.Last, StringComparison.Ordinal));
        Assert.Contains("\"result\"", (await HoldAsync(first, 129)).Last, StringComparison.Ordinal);
        Assert.Contains("\"result\"", (await HoldAsync(modern, 1)).Last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_stdio_server_64()
    {
        await using var hub = await HubUnderTest.StartAsync(HubUnderTest.Peer("s"));
        var session = hub.Runtime.Table.Servers.Single().Session;

        var open = Enumerable.Range(0, 64).Select(_ => hub.Call("s__hold")).ToArray();
        var refused = await HubUnderTest.AnswerAsync(hub.Call("s__echo"));
        open[0].Cancel();
        await HubUnderTest.EventuallyAsync(() => session.InFlight < 64 ? "" : null, "a cancelled call kept its place");
        await hub.TextAsync("s__release", """{"atLeast":63}""");

        Assert.Equal(2003, refused.ErrorCode);
        foreach (var call in open.Skip(1))
        {
            Assert.Equal("released", HubUnderTest.TextOf(await HubUnderTest.AnswerAsync(call)));
        }
    }

    private static Task<RawAnswer> HoldAsync(RawClient client, int id) => client.RequestAsync("tools/call", "\"name\":\"s__hold\"", name: "s__hold", id: $"{id}");

    private static string? HubCodeOf(RawAnswer answer)
    {
        using var json = JsonDocument.Parse(answer.Last);
        return json.RootElement.GetProperty("error").GetProperty("data").GetProperty("hub").GetString();
    }
}
