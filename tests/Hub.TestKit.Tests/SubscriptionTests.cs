using McpHub.Protocol.Revisions;

namespace McpHub.Testing.Tests;

/// <summary>Modern clients hear of changes on the subscriptions that they opened (2026-07-28, <c>subscriptions/listen</c>).</summary>
public sealed class SubscriptionTests
{
    private static readonly SubscriptionFilter _filter = new() { ToolsListChanged = true, ResourceSubscriptions = ["orders://1"] };

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task What_was_listened_for_is_told_in_order_and_nothing_else(string carrier)
    {
        await using var server = Orders();
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));
        await using var events = session.ListenAsync(_filter).GetAsyncEnumerator();

        var acknowledged = Assert.IsType<SubscriptionAcknowledged>(await NextAsync(events));
        Assert.Equal((true, false), (acknowledged.Honoured.ToolsListChanged, acknowledged.Honoured.PromptsListChanged));
        Assert.Equal(["orders://1"], acknowledged.Honoured.ResourceSubscriptions);

        await server.PromptsChangedAsync();
        await server.ResourcesChangedAsync();
        await server.ResourceUpdatedAsync("orders://2");
        await server.ResourceUpdatedAsync("orders://1");
        await server.ToolsChangedAsync();
        Assert.Equal("orders://1", Assert.IsType<ResourceUpdated>(await NextAsync(events)).Uri);
        Assert.Equal(ComponentKind.Tool, Assert.IsType<ListChanged>(await NextAsync(events)).Kind);

        Assert.Equal("shipped", (await session.CallToolAsync("get_order")).Text());
    }

    [Theory]
    [MemberData(nameof(Carriers.All), MemberType = typeof(Carriers))]
    public async Task Who_stops_listening_is_forgotten(string carrier)
    {
        await using var server = Orders();
        await using var session = await ClientSession.ConnectAsync(server.Over(carrier));
        var stopped = new TaskCompletionSource();
        await using (var events = session.ListenAsync(_filter).GetAsyncEnumerator())
        {
            await NextAsync(events);
            (await server.ExpectRequestAsync(MethodNames.SubscriptionsListen)).Cancelled.Register(stopped.SetResult);
        }

        await stopped.Task.WaitAsync(server.Patience);
        await server.ToolsChangedAsync();

        await using var again = session.ListenAsync(_filter).GetAsyncEnumerator();
        Assert.IsType<SubscriptionAcknowledged>(await NextAsync(again));
        await server.ResourceUpdatedAsync("orders://1");
        Assert.IsType<ResourceUpdated>(await NextAsync(again));
    }

    private static ScriptedServer Orders() =>
        new ScriptedServer("orders", Era.Modern).Tool("get_order", _ => "shipped").Resource("orders://1", "one").Resource("orders://2", "two");

    private static async Task<SubscriptionEvent> NextAsync(IAsyncEnumerator<SubscriptionEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        return events.Current;
    }
}
