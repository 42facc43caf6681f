using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Actors.Subscriptions;

namespace McpHub.Actors.Tests.Subscriptions;

/// <summary>What a modern client is promised, in virtual time.</summary>
public sealed class ListenSubscriptionSpec : TestKit
{
    private readonly NotificationStream _stream = new(ListKinds.Tools, "\"s\""u8.ToArray());
    private readonly TestProbe _router;
    private readonly TestProbe _subscriptions;
    private readonly IActorRef _listen;

    public ListenSubscriptionSpec()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        (_router, _subscriptions) = (CreateTestProbe(), CreateTestProbe());
        _listen = Sys.ActorOf(ListenSubscription.Props(_router, _subscriptions, _stream, ["u://a", "u://b"]));
        _router.ExpectMsg<GroupRouter.Watch>();
    }

    [Fact]
    public void The_acknowledgement_is_first_and_what_happens_before_it_waits()
    {
        _listen.Tell(new GroupRouter.TableChanged(RoutingTable.Empty, [ComponentKind.Tool]));
        _listen.Tell(new ResourceSubscriptions.Settled("u://a", true));
        _listen.Tell(new ResourceSubscriptions.Updated("u://a", UpdatedNotification.ForClient("u://a", null)));
        Sync();
        Assert.False(_stream.TryRead(out _));
        _listen.Tell(new ResourceSubscriptions.Settled("u://b", false));
        Sync();
        Assert.Equal(
            [
                """{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"s"},"notifications":{"toolsListChanged":true,"resourceSubscriptions":["u://a"]}}}""",
                """{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"s"}}}""",
                """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"u://a","_meta":{"io.modelcontextprotocol/subscriptionId":"s"}}}""",
            ],
            Read());
    }

    [Fact]
    public void What_no_server_confirmed_in_ten_seconds_is_left_out_and_given_up()
    {
        _listen.Tell(new GroupRouter.TableChanged(RoutingTable.Empty, []));
        _listen.Tell(new ResourceSubscriptions.Settled("u://a", true));
        Sync();
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(9.9));
        Sync();
        Assert.False(_stream.TryRead(out _));
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("u://b", _subscriptions.ExpectMsg<ResourceSubscriptions.Unsubscribe>().Uri);
        Sync();
        _listen.Tell(new ResourceSubscriptions.Settled("u://b", true));
        Sync();
        Assert.Contains("\"resourceSubscriptions\":[\"u://a\"]", Assert.Single(Read()), StringComparison.Ordinal);
    }

    [Fact]
    public void News_of_a_resource_that_the_client_has_not_read_yet_are_told_once()
    {
        foreach (var uri in new[] { "u://a", "u://b" })
        {
            _listen.Tell(new ResourceSubscriptions.Settled(uri, true));
        }

        _listen.Tell(new GroupRouter.TableChanged(RoutingTable.Empty, []));
        for (var i = 0; i < 1000; i++)
        {
            _listen.Tell(new ResourceSubscriptions.Updated("u://a", UpdatedNotification.ForClient("u://a", null)));
        }

        Sync();
        Assert.Equal(2, Read().Count);
        _listen.Tell(new ResourceSubscriptions.Updated("u://a", UpdatedNotification.ForClient("u://a", null)));
        Sync();
        Assert.Single(Read());
        Assert.Equal(StreamEnd.None, _stream.End);
    }

    private List<string> Read()
    {
        var frames = new List<string>();
        while (_stream.TryRead(out var frame))
        {
            frames.Add(Encoding.UTF8.GetString(frame.Span));
        }

        return frames;
    }

    private void Sync()
    {
        var probe = CreateTestProbe();
        _listen.Tell(new Identify(null), probe);
        probe.ExpectMsg<ActorIdentity>();
    }
}
