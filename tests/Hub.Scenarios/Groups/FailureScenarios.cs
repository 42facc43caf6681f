using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Akka.Event;
using Newtonsoft.Json.Linq;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Groups;

/// <summary>A server that fails, and what the others notice of it: nothing.</summary>
public sealed class FailureScenarios(ITestOutputHelper output) : GroupScenario(output)
{
    [Fact(DisplayName = "A-003 a name that another server has: the connect is rejected, the first server is untouched, the second one's process is gone")]
    public async Task Duplicate_is_rejected()
    {
        var pid = TempFile("pid");
        var group = NewGroup();
        var first = await group.ConnectToServerAsync(Peer("first", "--prefix", "same", "--tools", "2", "--resources", "1"));
        var version = group.Version;

        var error = await Assert.ThrowsAsync<HubException>(() => group.ConnectToServerAsync(Peer("second", "--prefix", "same", "--tools", "3", "--prompts", "1", "--pid", pid)));

        Assert.Equal("HUB4101", error.Code);
        Assert.Equal(-32602, error.Error.Definition.WireCode);
        Assert.Contains("same1", error.Message, StringComparison.Ordinal);
        Assert.True(IsGone(pid));
        Assert.Equal(["same0", "same1"], group.Tools.Keys);
        Assert.Empty(group.Prompts);
        Assert.Equal([first], group.Sessions);
        Assert.Equal("first", AnsweredBy(await group.CallToolAsync("same1")));
        Assert.True(group.Version > version);
    }

    [Fact(DisplayName = "A-005 a session of no one or of another group cannot be disconnected, and nothing changes")]
    public async Task Foreign_session_is_not_disconnected()
    {
        var (group, other) = (NewGroup(), NewGroup());
        await group.ConnectToServerAsync(Peer("a", "--tools", "1"));
        var foreign = await other.ConnectToServerAsync(Peer("b", "--tools", "1"));

        var error = await Assert.ThrowsAsync<HubException>(() => group.DisconnectFromServerAsync(foreign));

        Assert.Equal(-32602, error.Error.Definition.WireCode);
        Assert.Equal("b", AnsweredBy(await other.CallToolAsync("b0")));
        Assert.Single(group.Tools);
    }

    [Fact(DisplayName = "A-010 W-01 five servers disconnected in the order of connecting from five threads: no exception, and who remains answers")]
    public async Task Disconnect_in_any_order_from_any_thread()
    {
        var group = NewGroup();
        var sessions = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => group.ConnectToServerAsync(Peer($"s{n}", "--tools", "1"))));

        await Task.WhenAll(sessions.Take(5).Select(session => Task.Run(() => group.DisconnectFromServerAsync(session))));

        Assert.Equal(["s50"], group.Tools.Keys);
        Assert.Equal("s5", AnsweredBy(await group.CallToolAsync("s50")));
    }

    [Fact(DisplayName = "A-011 W-01 a group disposed from another thread with calls in flight: each call ends, and disposal takes at most 6 s although the servers ignore everything")]
    public async Task Dispose_with_calls_in_flight_and_hanging_servers()
    {
        var pid = TempFile("pid");
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        await Task.WhenAll(group.ConnectToServerAsync(ActivePeer("a", "--stubborn")), group.ConnectToServerAsync(ActivePeer("b", "--stubborn")), group.ConnectToServerAsync(ActivePeer("c", "--stubborn", "--pid", pid)));
        var calls = new[] { "a", "b", "c" }.Select(name => group.CallToolAsync($"{name}__hold")).ToList();
        await Task.WhenAll(new[] { "a", "b", "c" }.Select(name => AwaitHeldAsync(group, name)));

        var watch = Stopwatch.StartNew();
        await Task.Run(async () => await group.DisposeAsync());

        // One after the other they would take 12 s and more.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        foreach (var call in calls)
        {
            Assert.Equal(Delivery.Unknown, (await Assert.ThrowsAnyAsync<HubException>(() => call.WaitAsync(Patience))).Delivery);
        }

        await UntilAsync(() => Assert.True(IsGone(pid)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => group.CallToolAsync("a__echo"));
    }

    [Fact(DisplayName = "A-012 W-02 one refused URL and two good servers in parallel: the bad one returns its cause at the connect, the others work, teardown is silent")]
    public async Task Refused_url_beside_good_servers()
    {
        var errors = CreateTestProbe();
        Sys.EventStream.Subscribe(errors, typeof(Akka.Event.Error));
        var group = NewGroup();
        var bad = group.ConnectToServerAsync(new StreamableHttpParameters(new Uri($"http://127.0.0.1:{FreePort()}/mcp")) { Name = "bad" });
        var good = await Task.WhenAll(group.ConnectToServerAsync(Peer("a", "--tools", "1")), group.ConnectToServerAsync(Peer("b", "--tools", "1")));

        var error = await Assert.ThrowsAnyAsync<HubException>(() => bad);

        Assert.Equal(("HUB2105", "bad"), (error.Code, error.ServerId));
        Assert.Equal(2, group.Sessions.Intersect(good).Count());
        Assert.Equal("a", AnsweredBy(await group.CallToolAsync("a0")));
        Assert.Equal("b", AnsweredBy(await group.CallToolAsync("b0")));
        await group.DisposeAsync();
        await errors.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200));
    }

    [Fact(DisplayName = "A-013 a connect that is cancelled while the server does not answer leaves no process and no entry")]
    public async Task Cancelled_connect_leaves_nothing()
    {
        var pid = TempFile("pid");
        var group = NewGroup();
        using var cancel = new CancellationTokenSource();
        var connect = group.ConnectToServerAsync(Peer("slow", "--init-delay", "600000", "--pid", pid), ct: cancel.Token);
        await UntilAsync(() => Assert.True(File.Exists(pid) && File.ReadAllText(pid).Length > 0));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connect);
        await UntilAsync(() => Assert.True(IsGone(pid)));
        Assert.Empty(group.Sessions);
        Assert.Empty(group.Tools);
        await group.ConnectToServerAsync(Peer("slow", "--tools", "1")); // its name is free again
    }

    [Fact(DisplayName = "C-011 a disconnect whose caller gives up while the server is being stopped goes through the whole sequence")]
    public async Task A_stop_is_not_cancelled()
    {
        var pid = TempFile("pid");
        var group = NewGroup();
        var session = await group.ConnectToServerAsync(Peer("stubborn", "--stubborn", "--pid", pid));
        using var cancel = new CancellationTokenSource();
        var disconnect = group.DisconnectFromServerAsync(session, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => disconnect);
        Assert.False(IsGone(pid)); // It ignores the end of its input and SIGTERM.
        await UntilAsync(() => Assert.True(IsGone(pid)));
    }

    [Theory(DisplayName = "A-022 a crashed server: its tool fails in under 1 s as unavailable, stays listed, and works after the restart")]
    [InlineData(Api)]
    [InlineData(Router)]
    public async Task Crash_and_return(string door)
    {
        var group = NewGroup(new ClientSessionGroupOptions { Naming = NamingRule.Always });
        var session = await group.ConnectToServerAsync(ActivePeer("a"));
        await group.ConnectToServerAsync(ActivePeer("b"));

        var crash = await Assert.ThrowsAnyAsync<HubException>(() => CallToolAsync(door, group, "a__crash"));
        Assert.Equal(("HUB2111", Delivery.Unknown), (crash.Code, crash.Delivery));

        var watch = Stopwatch.StartNew();
        var down = await Assert.ThrowsAsync<ServerUnavailableException>(() => CallToolAsync(door, group, "a__echo"));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal((Delivery.NotSent, "a"), (down.Delivery, down.ServerId));
        Assert.NotNull(down.Error.RetryAfter);
        Assert.Contains("a__echo", group.Tools.Keys);
        Assert.Equal("b", AnsweredBy(await CallToolAsync(door, group, "b__echo")));

        await UntilAsync(() => Assert.Equal(Actors.Servers.ServerPhase.Ready, group.Table.Servers[0].State.Phase));
        Assert.Equal("a", AnsweredBy(await CallToolAsync(door, group, "a__echo")));
        Assert.Same(session, group.Tools["a__echo"].Session);
        Assert.Equal("a", session.ServerInfo!.Name);
        Assert.False(session.Completion.IsCompleted);
    }

    private static Task<CallToolResult> AwaitHeldAsync(ClientSessionGroup group, string name) =>
        // "slow" answers after the earlier "hold" was read: one pipe, in order.
        group.CallToolAsync($"{name}__slow", new JObject { ["ms"] = 1 });

    private static bool IsGone(string pidFile)
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture));
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
