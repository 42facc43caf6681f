using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>Many exchanges at once: overlap, independence, back-pressure, abort.</summary>
public class ExchangeSpec : HttpTransportSpec
{
    [Fact]
    public async Task Thirty_two_exchanges_overlap()
    {
        var all = new TaskCompletionSource();
        var open = 0;
        await Serve(async (http, request) =>
        {
            if (Interlocked.Increment(ref open) == 32)
            {
                all.SetResult();
            }

            await all.Task;
            await http.Json(Answer(long.Parse(IdOf(request))));
        });
        for (var i = 1; i <= 32; i++)
        {
            await Ask(i);
        }

        HashSet<long> answered = [], ended = [];
        while (ended.Count < 32)
        {
            switch (await Next())
            {
                case InboundEvent.Frame frame:
                    Assert.Equal(Answer(frame.Exchange!.Value), System.Text.Encoding.UTF8.GetString(frame.Utf8.Span));
                    Assert.True(answered.Add(frame.Exchange.Value));
                    break;
                case InboundEvent.ExchangeEnded end:
                    Assert.Null(end.Error);
                    Assert.Contains(end.Exchange, answered);
                    Assert.True(ended.Add(end.Exchange));
                    break;
            }
        }
    }

    [Fact]
    public async Task A_slow_exchange_delays_no_other()
    {
        var slow = new TaskCompletionSource();
        await Serve(async (http, request) =>
        {
            if (IdOf(request) == "1")
            {
                await slow.Task;
            }

            await http.Json(Answer(long.Parse(IdOf(request))));
        });
        await Ask(1);
        for (var i = 2; i <= 50; i++)
        {
            await Ask(i);
            Assert.Equal(Answer(i), await NextText(i));
            Assert.Null((await Ended(i)).Error);
        }

        slow.SetResult();
        Assert.Equal(Answer(1), await NextText(1));
    }

    [Fact(DisplayName = "3-26 notifications and responses do not wait for requests")]
    public async Task Notifications_and_responses_are_not_queued_behind_requests()
    {
        var slow = new TaskCompletionSource();
        var noticed = new TaskCompletionSource();
        await Serve(async (http, request) =>
        {
            if (request.Text.Contains("\"id\"", StringComparison.Ordinal))
            {
                await slow.Task;
                await http.Json(Answer(1));
                return;
            }

            noticed.TrySetResult();
            await http.Status(202);
        });
        await Ask(1);
        await Notify(MethodNames.Cancelled);
        await noticed.Task.WaitAsync(Patience);
        slow.SetResult();
        Assert.Equal(Answer(1), await NextText(1));
    }

    [Fact]
    public async Task A_notification_that_is_refused_is_reported_and_kills_nothing()
    {
        await Serve((http, request) => request.Text.Contains("\"id\"", StringComparison.Ordinal) ? http.Json(Answer(1)) : http.Status(500));
        await Notify(MethodNames.Cancelled);
        var rejected = await Next<InboundEvent.Rejected>();
        Assert.Equal(500, rejected.Error.HttpStatus);
        Assert.Null(rejected.Exchange);
        await Ask(1);
        Assert.Equal(Answer(1), await NextText(1));
    }

    [Fact]
    public async Task A_notification_may_be_answered_with_any_2xx()
    {
        await Serve((http, request) => request.Text.Contains("\"id\"", StringComparison.Ordinal) ? http.Json(Answer(1)) : http.Json("ignored"));
        await Notify(MethodNames.Cancelled);
        await Ask(1);
        Assert.Equal(Answer(1), await NextText(1));
        Assert.Null((await Ended(1)).Error);
    }

    [Theory]
    [InlineData("before the answer")]
    [InlineData("within a JSON body")]
    [InlineData("within a stream")]
    public async Task An_abort_closes_the_response_and_ends_the_exchange_once(string when)
    {
        var arrived = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        await Serve(async (http, request) =>
        {
            if (IdOf(request) == "2")
            {
                await http.Json(Answer(2));
                return;
            }

            if (when == "within a stream")
            {
                await http.Events("data: 1\n\n");
            }
            else if (when == "within a JSON body")
            {
                http.Response.ContentType = "application/json";
                http.Response.ContentLength = 100;
                await http.Response.Body.WriteAsync("{"u8.ToArray());
                await http.Response.Body.FlushAsync();
            }

            arrived.SetResult();
            await http.UntilAborted();
            gone.SetResult();
        });
        await Ask(1);
        await arrived.Task.WaitAsync(Patience);
        if (when == "within a stream")
        {
            Assert.Equal("1", await NextText(1));
        }

        await Say(new OutboundFrame.Abort(1));
        Assert.Null((await Ended(1)).Error);
        await gone.Task.WaitAsync(Patience);

        await Say(new OutboundFrame.Abort(1));    // too late, and of an unknown exchange: nothing
        await Say(new OutboundFrame.Abort(99));
        await Ask(2);
        Assert.Equal(Answer(2), await NextText(2));
        Assert.Null((await Ended(2)).Error);
    }

    [Fact]
    public async Task A_reader_that_stops_stops_the_servers_streams_and_loses_nothing()
    {
        const int Streams = 2, Each = 1500;
        var written = 0;
        var filler = new string('x', 32_000);
        await Serve(async (http, request) =>
        {
            for (var i = 0; i < Each; i++)
            {
                await http.Events($"data: {i} {filler}\n\n");
                Interlocked.Increment(ref written);
            }
        });
        for (var i = 1; i <= Streams; i++)
        {
            await Ask(i);
        }

        // Nobody reads: what the servers could write comes to rest, far from all.
        var (before, same) = (-1, 0);
        await Until(() =>
        {
            var now = Volatile.Read(ref written);
            same = now == before && now > 0 ? same + 1 : 0;
            before = now;
            return same == 40;
        });
        Assert.True(written < Streams * Each, "the streams were read although nobody took their frames");

        var next = new int[Streams + 1];
        var open = Streams;
        while (open > 0)
        {
            switch (await Next())
            {
                case InboundEvent.Frame frame:
                    Assert.StartsWith($"{next[frame.Exchange!.Value]++} ", System.Text.Encoding.UTF8.GetString(frame.Utf8.Span), StringComparison.Ordinal);
                    break;
                case InboundEvent.ExchangeEnded end:
                    Assert.Null(end.Error);
                    Assert.Equal(Each, next[end.Exchange]);
                    open--;
                    break;
            }
        }
    }

    [Fact]
    public async Task An_abort_of_an_exchange_that_waits_for_the_reader_ends_it()
    {
        var gone = new TaskCompletionSource();
        await Serve(async (http, request) =>
        {
            try
            {
                while (!http.RequestAborted.IsCancellationRequested)
                {
                    await http.Events($"data: {new string('x', 100_000)}\n\n");
                }
            }
            catch (Exception broken) when (broken is OperationCanceledException or IOException)
            {
            }

            gone.TrySetResult();
        });
        await Ask(1);
        await Next<InboundEvent.Frame>();
        await Say(new OutboundFrame.Abort(1));
        InboundEvent happened;
        do
        {
            happened = await Next();
        }
        while (happened is InboundEvent.Frame);
        Assert.Equal(new InboundEvent.ExchangeEnded(1, null), happened);
        await gone.Task.WaitAsync(Patience);
    }
}
