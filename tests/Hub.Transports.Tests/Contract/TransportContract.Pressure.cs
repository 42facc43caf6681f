using System.Diagnostics;

namespace McpHub.Transports.Tests.Contract;

/// <content>Who is faster than the other side is held back, and then goes on.</content>
public abstract partial class TransportContract
{
    private const int MessageBytes = 16 * 1024;

    // 40 MB. The sockets of both sides hold some 10 of them, as the kernel sees fit.
    private const int Many = 2500;
    private const int MostHeld = 1500;

    [Fact]
    public async Task A_peer_that_stops_listening_holds_the_hub_but_not_its_own_words_and_then_all_goes_on()
    {
        var peer = await OpenAsync();
        var frames = Numbered(Many);
        var saying = Task.Run(async () =>
        {
            foreach (var frame in frames)
            {
                await Say(frame);
            }
        });
        await Stalled(() => frames.Count(frame => frame.HasBegun));
        Assert.True(frames[^1].TryWithdraw());    // what waits still belongs to the session
        await TheNextMessageArrives(peer);

        List<int> heard = [];
        while (heard.Count < Many - 1)
        {
            heard.Add(NumberOf((await peer.HearAsync().WaitAsync(Patience)).Text));
        }

        await saying.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, Many - 1), KeepsOrderOfWrites ? heard : heard.Order());
        await ACallWorks(peer, FirstCall);
    }

    [Fact]
    public async Task A_peer_that_floods_is_held_while_nobody_takes_what_it_says_and_then_all_arrives()
    {
        var peer = await OpenAsync();
        var said = 0;
        var flood = Numbered(Many);
        var saying = Task.Run(async () =>
        {
            for (; said < Many; said++)
            {
                await peer.SayAsync(flood[said].Utf8);
            }
        });
        await Stalled(() => Volatile.Read(ref said));
        for (var i = 0; i < Many; i++)
        {
            Assert.Equal(i, NumberOf(await NextText(Unasked)));
        }

        await saying.WaitAsync(Patience);
        await ACallWorks(peer, FirstCall);
    }

    [Fact]
    public async Task A_hub_that_speaks_to_a_deaf_peer_can_close()
    {
        await OpenAsync();
        var frames = Numbered(Many);
        var saying = HubSpeaks(frames);
        await Stalled(() => frames.Count(frame => frame.HasBegun));
        await Transport.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
        Assert.True(frames[^1].TryWithdraw());
        await saying.WaitAsync(Patience);
    }

    private static OutboundFrame.Message[] Numbered(int count)
    {
        var filler = new string('f', MessageBytes - 20);
        return [.. Enumerable.Range(0, count).Select(n => Message($$"""{"n":{{n}},"t":"{{filler}}"}"""))];
    }

    private static int NumberOf(string text) => int.Parse(text.Split("\"n\":")[1].Split(',')[0], null);

    /// <summary>Waits until a counter of messages stands still, far from all of them.</summary>
    private static async Task Stalled(Func<int> counter)
    {
        var (watch, before, since) = (Stopwatch.StartNew(), 0, TimeSpan.Zero);
        while (before == 0 || watch.Elapsed - since < TimeSpan.FromMilliseconds(300))
        {
            await Task.Delay(10);
            var now = counter();
            (before, since) = (now, now == before ? since : watch.Elapsed);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "it did not come to rest");
        }

        Assert.InRange(before, 1, MostHeld);
    }
}
