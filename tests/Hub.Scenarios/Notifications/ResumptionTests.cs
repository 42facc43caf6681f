using System.Text.Json;
using McpHub.Testing;

namespace McpHub.Scenarios.Notifications;

/// <summary>Streams of legacy clients that break and go on (2025-11-25, transports, Resumability and Redelivery).</summary>
public sealed class ResumptionTests
{
    private const string Updated = "notifications/resources/updated";
    private const string Held = """{"level":"error","data":"working","hold":true}""";

    [Fact]
    public async Task The_rest_of_a_call_whose_POST_broke_comes_with_a_GET_and_the_answer_ends_it()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = NotifyingServer.Create("a", release.Task);
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        var call = await client.CallAsync("a__log", Held);
        var primed = (await call.NextAsync())!;
        Assert.Equal("", primed.Data);
        Assert.NotNull(primed.Retry);
        var logged = await call.NextWithMessageAsync();
        Assert.NotEqual(primed.Id, logged.Id);
        await call.DisposeAsync();

        await using var rest = await client.GetAsync(logged.Id);
        release.SetResult();
        var answer = await rest.NextWithMessageAsync();
        Assert.Equal("released", TextOf(answer));
        Assert.NotNull(answer.Id);
        Assert.Null(await rest.NextAsync());

        await using var all = await client.GetAsync(primed.Id);
        Assert.Equal([logged.Data, answer.Data], await DataAsync(all));
        await using var nothing = await client.GetAsync(answer.Id);
        Assert.Empty(await DataAsync(nothing));
    }

    [Fact]
    public async Task A_call_that_is_silent_until_its_answer_can_be_gone_on_with_too()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = NotifyingServer.Create("a", release.Task);
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        var call = await client.CallAsync("a__hold", "{}");
        var primed = (await call.NextAsync())!;
        Assert.Equal("", primed.Data);
        await server.ExpectRequestAsync("tools/call");
        await call.DisposeAsync();

        await using var rest = await client.GetAsync(primed.Id);
        release.SetResult();
        Assert.Equal("released", TextOf(await rest.NextWithMessageAsync()));
    }

    [Fact]
    public async Task A_stream_that_is_gone_on_with_is_written_to_one_connection_only()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = NotifyingServer.Create("a", release.Task);
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        await using var call = await client.CallAsync("a__log", Held);
        var logged = await call.NextWithMessageAsync();
        await using var rest = await client.GetAsync(logged.Id);
        release.SetResult();
        Assert.Equal("released", TextOf(await rest.NextWithMessageAsync()));
        Assert.Empty(await DataAsync(call));
    }

    [Fact]
    public async Task A_stream_of_the_session_goes_on_where_its_client_left_it()
    {
        await using var server = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        for (var n = 0; n < 3; n++)
        {
            await client.AnswerAsync("resources/subscribe", $"\"uri\":\"a://resource/{n}\"");
        }

        var stream = await client.GetAsync();
        await TouchAsync(server, 0);
        var first = await NextUpdatedAsync(stream);
        await TouchAsync(server, 1);
        var second = await NextUpdatedAsync(stream);
        await stream.DisposeAsync();
        await TouchAsync(server, 2);

        await using var resumed = await client.GetAsync(first.Id);
        Assert.Equal(second.Data, (await NextUpdatedAsync(resumed)).Data);
        Assert.Contains("a://resource/2", (await NextUpdatedAsync(resumed)).Data, StringComparison.Ordinal);
        await TouchAsync(server, 0);
        var last = await NextUpdatedAsync(resumed);
        Assert.Contains("a://resource/0", last.Data, StringComparison.Ordinal);
        Assert.Equal(first.Id!.Split('-')[0], last.Id!.Split('-')[0]);
    }

    [Fact]
    public async Task An_id_that_is_not_known_begins_a_new_stream()
    {
        await using var server = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy);
        await client.AnswerAsync("resources/subscribe", "\"uri\":\"a://resource/0\"");
        await using var stream = await client.GetAsync("777-7");
        Assert.Equal(200, stream.Status);
        var primed = (await stream.NextAsync())!;
        Assert.Equal("", primed.Data);
        Assert.NotEqual("777", primed.Id!.Split('-')[0]);
        await TouchAsync(server, 0);
        await NextUpdatedAsync(stream);
    }

    [Fact]
    public async Task A_client_of_an_older_revision_gets_ids_and_no_event_without_a_message()
    {
        await using var server = NotifyingServer.Create("a");
        await using var hub = await HubUnderTest.StartAsync(server.Definition());
        using var client = await EventClient.OpenAsync(hub, Era.Legacy, "2025-06-18");
        await using var call = await client.CallAsync("a__log", """{"level":"error","data":1}""");
        var events = new List<EventClient.Event>();
        while (await call.NextAsync() is { } next)
        {
            events.Add(next);
        }

        Assert.Equal(2, events.Count);
        Assert.All(events, each => Assert.True(each is { Id: not null, Data.Length: > 0 }));
    }

    private static Task TouchAsync(ScriptedServer server, int resource) => server.UpdatedAsync($"a://resource/{resource}");

    private static async Task<EventClient.Event> NextUpdatedAsync(EventClient.EventStream stream)
    {
        while (true)
        {
            var next = await stream.NextWithMessageAsync();
            if (next.Data.Contains(Updated, StringComparison.Ordinal))
            {
                return next;
            }
        }
    }

    private static string TextOf(EventClient.Event answer) =>
        JsonDocument.Parse(answer.Data).RootElement.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;

    private static async Task<List<string>> DataAsync(EventClient.EventStream stream)
    {
        var data = new List<string>();
        while (await stream.NextAsync() is { } next)
        {
            if (next.Data.Length > 0)
            {
                data.Add(next.Data);
            }
        }

        return data;
    }
}
