using Akka.Configuration;
using Akka.TestKit.Xunit2;
using McpHub.Actors;
using Xunit;
using Xunit.Abstractions;

namespace McpHub.Testing;

/// <summary>
/// Base of a scenario test: an actor system in virtual time, scripted servers, sessions and groups on it, all closed after each test in the opposite order.
/// It is Akka's TestKit for xunit 2, so <c>Sys</c>, <c>CreateTestProbe</c> and the rest are there.
/// </summary>
public abstract class HubTestKit : TestKit, IAsyncLifetime
{
    private static readonly Config _virtualTime = ConfigurationFactory.ParseString("""
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.loglevel = WARNING
        akka.log-dead-letters = off
        """);

    private readonly Stack<IAsyncDisposable> _owned = new();

    /// <summary>Starts the actor system of a test.</summary>
    /// <param name="hocon">Settings over the defaults of Akka's TestKit and of Hub (<c>hub { … }</c>, see docs/architecture.md).</param>
    /// <param name="output">Where the log goes; <c>null</c> = nowhere.</param>
    protected HubTestKit(string? hocon = null, ITestOutputHelper? output = null)
        : base(ConfigurationFactory.ParseString(hocon ?? "").WithFallback(_virtualTime).WithFallback(HubSettings.Defaults), null, output) => Clock = new VirtualClock(Sys);

    /// <summary>The clock of <c>Sys</c>. Give it to the service that is tested, as its <see cref="TimeProvider"/>.</summary>
    protected VirtualClock Clock { get; }

    /// <summary>Lets time pass for actors and for all that use <see cref="Clock"/>.</summary>
    /// <param name="by">How much.</param>
    protected Task AdvanceAsync(TimeSpan by) => Clock.AdvanceAsync(by);

    /// <summary>Makes a server whose late answers keep to <see cref="Clock"/>; the test closes it. Change more of it by making one yourself and <see cref="Own"/>.</summary>
    /// <param name="name">What it calls itself, and its id in a group.</param>
    /// <param name="era">The only era it speaks; <c>null</c> = both.</param>
    protected ScriptedServer CreateServer(string name = "scripted", Era? era = null) => Own(new ScriptedServer(name, era) { Time = Clock });

    /// <summary>Makes an empty group on the test's actor system; the test closes it.</summary>
    /// <param name="options">Names and duplicates.</param>
    protected ClientSessionGroup CreateGroup(ClientSessionGroupOptions? options = null) => Own(new ClientSessionGroup(Sys, options));

    /// <summary>Makes a group and connects it to these servers in memory, one after the other; the test closes it.</summary>
    /// <param name="servers">The servers.</param>
    /// <exception cref="HubException">A server cannot be used.</exception>
    protected async Task<ClientSessionGroup> ConnectGroupAsync(params IReadOnlyList<ScriptedServer> servers)
    {
        var group = CreateGroup();
        foreach (var server in servers)
        {
            await group.ConnectToServerAsync(server.InProcess()).ConfigureAwait(false);
        }

        return group;
    }

    /// <summary>Opens a session to a server in memory, on the test's actor system; the test closes it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="options">The session's options.</param>
    /// <exception cref="HubException">The server cannot be used.</exception>
    protected Task<ClientSession> ConnectAsync(ScriptedServer server, ClientSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return ConnectAsync(server.InProcess(), options);
    }

    /// <summary>Opens a session on the test's actor system; the test closes it.</summary>
    /// <param name="server">How to reach the server.</param>
    /// <param name="options">The session's options.</param>
    /// <exception cref="HubException">The server cannot be used.</exception>
    protected async Task<ClientSession> ConnectAsync(ServerParameters server, ClientSessionOptions? options = null) =>
        Own(await ClientSession.ConnectAsync(server, (options ?? new ClientSessionOptions()) with { ActorSystem = Sys }).ConfigureAwait(false));

    /// <summary>Begins to watch a group.</summary>
    /// <param name="group">The group.</param>
    protected GroupProbe Watch(ClientSessionGroup group) => new(this, group);

    /// <summary>Lets the test close something after it, before what was owned earlier.</summary>
    /// <param name="owned">It.</param>
    /// <returns>It.</returns>
    protected T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    /// <summary>Runs before each test; there is nothing to do for this class.</summary>
    public virtual Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Runs after each test: closes what it owns. xunit then disposes the actor system.</summary>
    public virtual async Task DisposeAsync()
    {
        while (_owned.TryPop(out var owned))
        {
            await owned.DisposeAsync().ConfigureAwait(false);
        }
    }
}
