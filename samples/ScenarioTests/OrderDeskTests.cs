using McpHub;
using McpHub.Testing;

namespace Shop;

/// <summary>What the desk tells its customer, whatever the server of the orders does. No test waits, and none needs a server.</summary>
public sealed class OrderDeskTests : HubTestKit
{
    [Fact]
    public async Task An_order_has_a_status()
    {
        var orders = CreateServer("orders").Tool("get_order", call => (int)call.Arguments["id"]! == 7 ? "shipped" : throw new InvalidOperationException("never heard of it"));
        var desk = new OrderDesk(await ConnectGroupAsync(orders));

        Assert.Equal("order 7 is shipped", await desk.StatusOfAsync(7));
        Assert.Equal("order 8: never heard of it", await desk.StatusOfAsync(8));

        var request = await orders.ExpectRequestAsync("tools/call");
        Assert.Equal(7, (int)request.Arguments["id"]!);
    }

    [Fact]
    public async Task A_crash_in_the_middle_of_a_call_is_forgotten_after_the_restart()
    {
        var orders = CreateServer("orders").Tool("get_order", _ => "shipped").FailNext("tools/call", Fault.Crash(exitCode: 137, stderr: "out of memory"));
        var group = await ConnectGroupAsync(orders);
        var servers = Watch(group);
        var desk = new OrderDesk(group);

        Assert.Equal("order 7: please ask again", await desk.StatusOfAsync(7));

        var down = await servers.ExpectStateAsync("orders", "backing-off");
        Assert.Equal("HUB2103", down.ErrorCode); // the server process ended: docs/errors.md
        Assert.Equal("order 7: please ask again in a minute", await desk.StatusOfAsync(7));

        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await servers.ExpectStateAsync("orders", "ready");
        Assert.Equal("order 7 is shipped", await desk.StatusOfAsync(7));
    }

    [Fact]
    public async Task A_server_that_hangs_costs_thirty_seconds_of_virtual_time()
    {
        var orders = CreateServer("orders").Tool("get_order", _ => "shipped").FailNext("tools/call", Fault.Hang);
        var desk = new OrderDesk(await ConnectGroupAsync(orders));

        var status = desk.StatusOfAsync(7);
        await orders.ExpectRequestAsync("tools/call"); // the call is on its way: its time runs
        await AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.False(status.IsCompleted);
        await AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal("order 7: this takes longer than usual", await status);
        Assert.Equal("order 7 is shipped", await desk.StatusOfAsync(7));
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("http")]
    public async Task It_is_the_same_over_a_real_process_and_a_real_socket(string carrier)
    {
        var orders = CreateServer("orders").Tool("get_order", _ => "shipped");
        var group = CreateGroup();
        await group.ConnectToServerAsync(carrier == "pipe" ? orders.OverPipe() : orders.OverHttp());

        Assert.Equal("order 7 is shipped", await new OrderDesk(group).StatusOfAsync(7));
    }
}
