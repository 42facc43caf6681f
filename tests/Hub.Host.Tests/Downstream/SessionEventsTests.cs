using System.Text;
using McpHub.Host.Downstream;

namespace McpHub.Host.Tests.Downstream;

public sealed class SessionEventsTests
{
    [Fact]
    public void What_came_after_an_event_on_its_stream_is_replayed_and_nothing_of_another()
    {
        var events = new SessionEvents();
        var one = events.Open(isCall: true);
        var two = events.Open(isCall: false);
        var ids = new[] { Add(events, one, "a"), Add(events, two, "b"), Add(events, one, "c"), Add(events, one, "d") };
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal(["c", "d"], Replay(events, ids[0]));
        Assert.Equal(["b"], Replay(events, SessionEvents.Id(two, 0)));
        Assert.Empty(Replay(events, ids[3])!);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("1-2")]
    [InlineData("2-0")]
    [InlineData("1-+1")]
    [InlineData("1- 1")]
    [InlineData("99999999999999999999-1")]
    [InlineData("1-1-1")]
    public void An_id_that_was_never_given_names_no_stream(string? id)
    {
        var events = new SessionEvents();
        Add(events, events.Open(isCall: true), "a");
        Assert.Null(Replay(events, id));
    }

    [Fact]
    public void A_thousand_events_are_kept_and_not_one_more()
    {
        var events = new SessionEvents();
        var stream = events.Open(isCall: false);
        for (var i = 0; i < 1000; i++)
        {
            Add(events, stream, "x");
        }

        Assert.Equal(1000, Replay(events, SessionEvents.Id(stream, 0))!.Count);
        Add(events, stream, "x");
        Assert.Null(Replay(events, SessionEvents.Id(stream, 0)));
        Assert.Equal(1000, Replay(events, SessionEvents.Id(stream, 1))!.Count);
    }

    [Fact]
    public void A_mebibyte_is_kept_and_not_one_byte_more()
    {
        var events = new SessionEvents();
        var stream = events.Open(isCall: false);
        var half = new string('x', 512 * 1024);
        Add(events, stream, half);
        Add(events, stream, half);
        Assert.Equal(2, Replay(events, SessionEvents.Id(stream, 0))!.Count);
        Add(events, stream, "x");
        Assert.Null(Replay(events, SessionEvents.Id(stream, 0)));
        Assert.Equal(2, Replay(events, SessionEvents.Id(stream, 1))!.Count);
        var id = Add(events, stream, new string('x', (1024 * 1024) + 1));
        Assert.Null(Replay(events, SessionEvents.Id(stream, 3)));
        Assert.Empty(Replay(events, id)!);
    }

    [Fact]
    public async Task A_stream_is_waited_for_until_it_ends_or_another_takes_it_over()
    {
        var events = new SessionEvents();
        var stream = events.Open(isCall: true);
        var told = 0;
        var first = events.Hold(stream, () => told++);
        var waiting = events.WaitAsync(stream, first, 0);
        Assert.False(waiting.IsCompleted);
        Add(events, stream, "a");
        Assert.True(await waiting);
        Assert.True(await events.WaitAsync(stream, first, 0));
        waiting = events.WaitAsync(stream, first, 1);
        var second = events.Hold(stream);
        Assert.Equal(1, told);
        await waiting;
        Assert.False(await events.WaitAsync(stream, first, 1));
        Assert.False(events.IsHeldBy(stream, first));
        waiting = events.WaitAsync(stream, second, 1);
        events.End(stream);
        await waiting;
        Assert.False(await events.WaitAsync(stream, second, 1));
        Assert.True(await events.WaitAsync(stream, second, 0));
    }

    [Fact]
    public void A_session_that_opens_streams_all_day_forgets_the_oldest_that_have_nothing_to_replay()
    {
        var events = new SessionEvents();
        var running = events.Open(isCall: true);
        var kept = events.Open(isCall: false);
        Add(events, kept, "a");
        var idle = events.Open(isCall: false);
        for (var i = 0; i < 200; i++)
        {
            events.Open(isCall: false);
        }

        Assert.NotNull(Replay(events, SessionEvents.Id(running, 0)));
        Assert.NotNull(Replay(events, SessionEvents.Id(kept, 0)));
        Assert.Null(Replay(events, SessionEvents.Id(idle, 0)));
    }

    private static string Add(SessionEvents events, EventStream stream, string text) => events.Append(stream, Encoding.ASCII.GetBytes(text));

    private static List<string>? Replay(SessionEvents events, string? id)
    {
        if (!events.TryFind(id, out var stream, out var after))
        {
            return null;
        }

        var replayed = new List<string>();
        while (events.TryRead(stream, ref after, out _, out var frame))
        {
            replayed.Add(Encoding.ASCII.GetString(frame.Span));
        }

        return replayed;
    }
}
