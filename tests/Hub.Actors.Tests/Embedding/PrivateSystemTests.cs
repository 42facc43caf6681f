using Akka.Actor;
using McpHub.Actors.Embedding;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>The actor system of those who bring none; alone in its collection, because it belongs to the whole process.</summary>
[Collection(nameof(PrivateSystemTests))]
public sealed class PrivateSystemTests
{
    [Fact]
    public async Task Sessions_and_groups_share_one_system_and_it_ends_with_the_last()
    {
        Assert.Null(PrivateActorSystem.Current);
        var session = await ClientSession.ConnectAsync(TestPeer.Server("mcp"));
        var system = PrivateActorSystem.Current!;
        var other = await ClientSession.ConnectAsync(TestPeer.Server("mcp"));
        var group = new ClientSessionGroup();
        Assert.Same(system, group.Runtime.System);

        await session.DisposeAsync();
        await group.DisposeAsync();
        await other.CallToolAsync("echo");
        Assert.False(system.WhenTerminated.IsCompleted);
        await other.DisposeAsync();

        await system.WhenTerminated.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(PrivateActorSystem.Current);
        await using var next = await ClientSession.ConnectAsync(TestPeer.Server("mcp"));
        Assert.NotSame(system, PrivateActorSystem.Current);
        await next.CallToolAsync("echo");
    }

    [Fact]
    public async Task A_failed_connect_ends_it_too()
    {
        await Assert.ThrowsAnyAsync<HubException>(() => ClientSession.ConnectAsync(new StdioServerParameters("/no/such/server")));

        Assert.Null(PrivateActorSystem.Current);
    }

    [Fact]
    public async Task Nothing_is_started_by_constructors()
    {
        await using var group = new ClientSessionGroup();
        await using var session = new ClientSession(new ScriptedTransport());

        Assert.Empty(group.Tools);
        Assert.Empty(group.Sessions);
        Assert.Null(PrivateActorSystem.Current);
    }

    [Fact]
    public async Task The_end_of_the_callers_system_ends_sessions_and_calls()
    {
        var system = ActorSystem.Create("mine", "akka.loglevel = OFF\nakka.stdout-loglevel = OFF");
        var session = await ClientSession.ConnectAsync(TestPeer.Server("mcp"), new ClientSessionOptions { ActorSystem = system });
        var call = session.CallToolAsync("hold");

        await system.Terminate();

        await Assert.ThrowsAnyAsync<HubException>(() => call.WaitAsync(TimeSpan.FromSeconds(30)));
        await Assert.ThrowsAnyAsync<HubException>(() => session.CallToolAsync("echo").WaitAsync(TimeSpan.FromSeconds(30)));
        await session.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        await session.DisposeAsync();
    }
}

/// <summary>Runs after all other tests: sessions of other tests would use the same system.</summary>
[CollectionDefinition(nameof(PrivateSystemTests), DisableParallelization = true)]
public sealed class PrivateSystemCollection;
