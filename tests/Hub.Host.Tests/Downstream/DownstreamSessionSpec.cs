using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;

namespace McpHub.Host.Tests.Downstream;

/// <summary>The actor of a legacy client's session, in virtual time.</summary>
public sealed class DownstreamSessionSpec : TestKit
{
    private readonly TestProbe _router;
    private readonly ClientActivity _activity = new();
    private int _ended;

    public DownstreamSessionSpec()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"") => _router = CreateTestProbe();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void An_idle_session_ends_after_thirty_minutes()
    {
        var session = Start();
        Minutes(29);
        ExpectAlive(session);

        Minutes(2);

        ExpectTerminated(session);
        Assert.Equal(1, Volatile.Read(ref _ended));
    }

    [Fact]
    public void A_request_keeps_it_for_another_thirty_minutes()
    {
        var session = Start();
        Minutes(29);
        ExpectAlive(session);
        _activity.Touch();
        Minutes(29);
        ExpectAlive(session);

        Minutes(3);
        ExpectTerminated(session);
    }

    [Fact]
    public void An_open_call_or_stream_keeps_it_until_its_life_is_over()
    {
        var session = Start();
        _activity.Enter();
        Minutes(23 * 60);
        ExpectAlive(session);

        Minutes(61);
        ExpectTerminated(session);
    }

    [Fact]
    public void Closing_it_ends_its_streams()
    {
        var session = Start();
        var stream = new NotificationStream(ListKinds.All);
        session.Tell(new DownstreamSession.AddStream(stream));

        session.Tell(new DownstreamSession.Close(StreamEnd.Drained));

        ExpectTerminated(session);
        Assert.Equal(StreamEnd.Drained, stream.End);
    }

    [Fact]
    public void Only_the_newest_stream_is_told_and_after_it_the_one_before()
    {
        var session = Start();
        var (older, newer) = (new NotificationStream(ListKinds.All), new NotificationStream(ListKinds.All));
        session.Tell(new DownstreamSession.AddStream(older));
        session.Tell(new DownstreamSession.AddStream(newer));
        session.Tell(new GroupRouter.TableChanged(RoutingTable.Empty, [ComponentKind.Tool, ComponentKind.ResourceTemplate]));
        AwaitAssert(() => Assert.True(newer.TryRead(out _)));
        Assert.True(newer.TryRead(out _));
        Assert.False(newer.TryRead(out _));
        Assert.False(older.TryRead(out _));

        session.Tell(new DownstreamSession.StreamClosed(newer));
        session.Tell(new GroupRouter.TableChanged(RoutingTable.Empty, [ComponentKind.Prompt]));
        AwaitAssert(() => Assert.True(older.TryRead(out _)));
    }

    private IActorRef Start()
    {
        var settings = new DownstreamSession.Settings(_activity, TimeSpan.FromMinutes(30), TimeSpan.FromHours(24), 4, () => Interlocked.Increment(ref _ended));
        var session = Sys.ActorOf(DownstreamSession.Props(_router, settings));
        Watch(session);

        // Its timers are set before this is sent.
        _router.ExpectMsg<GroupRouter.Watch>();
        ExpectAlive(session);
        return session;
    }

    // Minute by minute: a periodic timer does not catch up.
    private void Minutes(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private void ExpectAlive(IActorRef session)
    {
        session.Tell(new Identify(1));
        Assert.NotNull(ExpectMsg<ActorIdentity>().Subject);
    }
}
