using Akka.TestKit;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>What happens after a while, in virtual time: the scheduler of the stages and the transport's clock move together.</summary>
public class TimerSpec : HttpTransportSpec
{
    private readonly FakeTimeProvider _time = new();
    private readonly TimeSpan _tick = TimeSpan.FromMilliseconds(100);

    public TimerSpec()
        : base("""akka { loglevel = WARNING, scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" }""")
    {
    }

    protected override TimeProvider Time => _time;

    private void Advance(TimeSpan by)
    {
        _time.Advance(by);
        ((TestScheduler)Sys.Scheduler).Advance(by);
    }

    private int Gets() => Server.Requests.Count(request => request.Method == "GET");

    [Fact(DisplayName = "3-20 a server that closes the GET stream again and again: the waits grow to 30 s, and start anew after a message")]
    public async Task The_wait_before_the_next_GET_doubles_up_to_30_seconds_and_starts_anew_after_a_message()
    {
        var speak = false;
        await Serve((http, request) => (request.Method, Volatile.Read(ref speak)) switch
        {
            ("GET", false) => http.Status(503),
            ("GET", true) => http.Events("data: 1\n\n"),
            _ when request.Text.Contains("\"id\"", StringComparison.Ordinal) => http.Json(Answer(long.Parse(IdOf(request)))),
            _ => http.Status(202),
        });
        await Handshake();
        foreach (var seconds in (double[])[0.5, 1, 2, 4, 8, 16, 30, 30])
        {
            await Next<InboundEvent.Rejected>();
            await AssertWait(seconds);
        }

        Volatile.Write(ref speak, true);
        await Next<InboundEvent.Rejected>();
        await AssertWait(30);
        await NextText(null);
        await AssertWait(0.5);
        await NextText(null);
        await AssertWait(0.5);
    }

    [Fact(DisplayName = "E-013 the server's retry is honoured: the stream is not opened again before it has passed, nor later than 30 s")]
    public async Task The_servers_retry_is_honoured_up_to_30_seconds()
    {
        var opened = 0;
        await Serve((http, request) => request.Method switch
        {
            "GET" => http.Events(Interlocked.Increment(ref opened) == 1 ? "retry: 5000\ndata: 1\n\n" : "retry: 100000\ndata: 2\n\n"),
            _ when request.Text.Contains("\"id\"", StringComparison.Ordinal) => http.Json(Answer(long.Parse(IdOf(request)))),
            _ => http.Status(202),
        });
        await Handshake();
        Assert.Equal("1", await NextText(null));
        await AssertWait(5);
        Assert.Equal("2", await NextText(null));
        await AssertWait(30);
    }

    [Fact]
    public async Task A_notification_that_is_not_answered_is_given_up_after_30_seconds()
    {
        var gone = new TaskCompletionSource();
        await Serve(async (http, request) =>
        {
            await http.UntilAborted();
            gone.TrySetResult();
        });
        await Notify(MethodNames.Cancelled);
        await Until(() => !Server.Requests.IsEmpty);
        // The watch looks every 5 s.
        Advance(TimeSpan.FromSeconds(29));
        Assert.False(gone.Task.IsCompleted);
        Advance(TimeSpan.FromSeconds(10));
        await gone.Task.WaitAsync(Patience);
        Assert.Equal(HubErrors.OutcomeUnknown, (await Next<InboundEvent.Rejected>()).Error.Definition);
    }

    // A request goes through the stage after what came before it, so the timer runs when it is answered.
    private async Task RoundTrip()
    {
        await Ask(2);
        await NextText(2);
        await Ended(2);
    }

    private async Task AssertWait(double seconds)
    {
        var before = Gets();
        await RoundTrip();
        Advance(TimeSpan.FromSeconds(seconds) - _tick);
        await RoundTrip();
        Assert.Equal(before, Gets());
        await TickUntil(() => Gets() > before);
    }

    // The one tick that is needed; more only if the timer was started late.
    private async Task TickUntil(Func<bool> condition)
    {
        var polls = 0;
        await Until(() =>
        {
            if (polls++ % 100 == 0)
            {
                Advance(_tick);
            }

            return condition();
        });
    }
}
