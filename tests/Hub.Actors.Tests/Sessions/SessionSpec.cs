using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Bridging;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;
using McpHub.TestSupport;

namespace McpHub.Actors.Tests.Sessions;

/// <summary>A session with the test as its parent and as its server, in virtual time.</summary>
public abstract class SessionSpec : TestKit
{
    protected const string LegacyHello = """{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"scripted","version":"1"}}""";
    protected const string ModernHello = """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}},"ttlMs":0,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"scripted","version":"1"}}}""";

    private readonly Queue<ScriptedTransport> _opened = new();
    private readonly SemaphoreSlim _open = new(0);

    protected SessionSpec(string config = "")
        : base(ConfigurationFactory.ParseString(config + "\nakka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"\nakka.loglevel = WARNING"))
    {
        Supervisor = CreateTestProbe("supervisor");
    }

    protected TestProbe Supervisor { get; }

    protected TestScheduler Time => (TestScheduler)Sys.Scheduler;

    private protected SessionRef Session { get; private set; } = null!;

    private protected ServerDefinition Server { get; private set; } = null!;

    protected IActorRef Actor { get; private set; } = ActorRefs.Nobody;

    private protected async Task StartAsync(TransportKind kind = TransportKind.Channel, Func<ServerDefinition, ServerDefinition>? change = null)
    {
        Server = new ServerDefinition("scripted")
        {
            KeepCatalog = false,
            OpenTransport = () =>
            {
                var transport = new ScriptedTransport(kind);
                lock (_opened)
                {
                    _opened.Enqueue(transport);
                }

                _open.Release();
                return transport;
            },
        };
        Server = change?.Invoke(Server) ?? Server;
        Session = new SessionRef(Server.Id, Server.MaxInFlight) { MaxWaiting = Server.MaxWaiting, Rate = CallRate.Of(Server, Sys.Scheduler) };
        Actor = Supervisor.ChildActorOf(UpstreamSession.Props(Server, Session, HubSettings.Of(Sys)));
        await Supervisor.ExpectMsgAsync<UpstreamSession.Started>();
    }

    /// <summary>The transport that the session opened next.</summary>
    protected async Task<ScriptedTransport> OpenedAsync()
    {
        Assert.True(await _open.WaitAsync(TimeSpan.FromSeconds(20)), "no connection was opened");
        lock (_opened)
        {
            return _opened.Dequeue();
        }
    }

    private protected async Task<ScriptedTransport> ConnectLegacyAsync(TransportKind kind = TransportKind.Channel, Func<ServerDefinition, ServerDefinition>? change = null, string hello = LegacyHello)
    {
        await StartAsync(kind, change);
        return await HandshakeAsync(hello);
    }

    private protected async Task<ScriptedTransport> HandshakeAsync(string hello = LegacyHello)
    {
        Actor.Tell(new UpstreamSession.Connect(Era.Legacy));
        var peer = await OpenedAsync();
        peer.Reply(await peer.ExpectAsync("initialize"), hello);
        await peer.ExpectAsync("notifications/initialized");
        if (!Server.KeepCatalog)
        {
            await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>();
        }

        return peer;
    }

    private protected async Task<ScriptedTransport> ConnectModernAsync(TransportKind kind, string hello = ModernHello)
    {
        await StartAsync(kind);
        Actor.Tell(new UpstreamSession.Connect(Era.Modern));
        var peer = await OpenedAsync();
        peer.Reply(await peer.ExpectAsync("server/discover"), hello);
        await Supervisor.ExpectMsgAsync<UpstreamSession.Connected>();
        return peer;
    }

    private protected static async Task AnswerAsync(ScriptedTransport peer, StartedCall call, string tool = "t")
    {
        var request = await peer.ExpectAsync("tools/call");
        Assert.Equal(tool, request.GetProperty("params").GetProperty("name").GetString());
        peer.Reply(request, """{"content":[]}""");
        Assert.NotNull((await call.Sink.Outcome).Answer);
    }

    private protected StartedCall Call(string tool = "t", bool progress = false, TimeSpan? timeout = null, TimeSpan? maximum = null, LogFloor? logs = null)
    {
        var frame = FrameWriter.Request(1, "tools/call", System.Text.Encoding.UTF8.GetBytes($$$"""{"name":"{{{tool}}}","arguments":{}}"""));
        Assert.True(EnvelopeScanner.TryScan(frame, ScanLimits.FromClient, out var request, out _));
        return UpstreamCalls.Send(request, Era.Legacy, new CallRoute(Server, Session, JsonText.Quote(tool)), progress, timeout, maximum, logs);
    }

    /// <summary>Virtual time moves in small steps until the condition holds, since actors start timers on their own threads.</summary>
    protected async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan atMost)
    {
        for (var passed = TimeSpan.Zero; passed <= atMost; passed += TimeSpan.FromMilliseconds(50))
        {
            if (condition())
            {
                return;
            }

            Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
            // Lets the actor handle the tick before the next one: it answers when its mailbox is empty up to here.
            await Actor.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(20));
        }

        // What the last step set in motion may end on another thread.
        await AwaitAssertAsync(() => Assert.True(condition(), $"did not happen in {atMost} of virtual time"), TimeSpan.FromSeconds(10));
    }
}
