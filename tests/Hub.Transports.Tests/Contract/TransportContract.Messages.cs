using System.Text;
using McpHub.Faults;
using McpHub.Protocol.Wire;

namespace McpHub.Transports.Tests.Contract;

/// <content>What is said arrives: whole, once, in order; and what cannot be a message costs no other one.</content>
public abstract partial class TransportContract
{
    [Theory]
    [InlineData(Rechunker.SingleBytes)]
    [InlineData(20261125)]
    [InlineData(777)]
    public async Task Any_cut_of_the_bytes_gives_the_same_messages_in_order(int seed)
    {
        var peer = await OpenAsync(seed);
        var said = Texts(seed, 40);
        var saying = Task.Run(async () =>
        {
            foreach (var text in said)
            {
                await peer.SayAsync(Utf8(text));
            }
        });
        foreach (var text in said)
        {
            Assert.Equal(text, await NextText(Unasked));
        }

        await saying.WaitAsync(Patience);
    }

    [Fact]
    public async Task Both_speak_at_once_and_each_is_heard_whole_and_in_order()
    {
        var peer = await OpenAsync();
        string[] fromPeer = [.. Texts(1, 1000), $$"""{"n":1000,"t":"{{new string('p', SmallLimit - 100)}}"}"""];
        string[] fromHub = [.. Texts(2, 1000), $$"""{"n":1000,"t":"{{new string('h', 2_000_000)}}"}"""];
        var peerSays = Task.Run(async () =>
        {
            foreach (var text in fromPeer)
            {
                await peer.SayAsync(Utf8(text));
            }
        });
        var hubSays = Task.Run(async () =>
        {
            foreach (var text in fromHub)
            {
                await Say(Message(text));
            }
        });
        List<string> heard = [];
        var peerHears = Task.Run(async () =>
        {
            while (heard.Count < fromHub.Length)
            {
                heard.Add((await peer.HearAsync().WaitAsync(Patience)).Text);
            }
        });
        foreach (var text in fromPeer)
        {
            Assert.Equal(text, await NextText(Unasked));
        }

        await Task.WhenAll(peerSays, hubSays, peerHears).WaitAsync(Patience);
        if (KeepsOrderOfWrites)
        {
            Assert.Equal(fromHub, heard);
        }
        else
        {
            Assert.Equal(fromHub.Order(StringComparer.Ordinal), heard.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Each_answer_reaches_its_call_once_whatever_the_order()
    {
        const int Calls = 200;
        var peer = await OpenAsync();
        var asking = Task.Run(async () =>
        {
            for (var i = 0; i < Calls; i++)
            {
                await Ask(FirstCall + i);
            }
        });
        List<Heard> calls = [];
        while (calls.Count < Calls)
        {
            calls.Add(await peer.HearAsync().WaitAsync(Patience));    // all are in flight before one is answered
        }

        await asking;
        var inOrder = calls.Select(call => IdOf(call.Text)).ToArray();
        new Random(3).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(calls));
        var answering = Task.Run(async () =>
        {
            foreach (var call in calls)
            {
                await call.AnswerAsync(Utf8(Answer(IdOf(call.Text))));
            }
        });

        List<long> answered = [], ended = [];
        while (answered.Count < Calls || (IsHttp && ended.Count < Calls))
        {
            switch (await Next())
            {
                case InboundEvent.Frame frame:
                    var id = IdOf(Encoding.UTF8.GetString(frame.Utf8.Span));
                    Assert.Equal(IsHttp ? id : null, frame.Exchange);
                    answered.Add(id);
                    break;
                case InboundEvent.ExchangeEnded end:
                    Assert.Null(end.Error);
                    Assert.Contains(end.Exchange, answered);
                    ended.Add(end.Exchange);
                    break;
            }
        }

        await answering;
        Assert.Equal(inOrder.Order(), answered.Order());
        Assert.Equal(IsHttp ? inOrder.Order() : [], ended.Order());
        if (!IsHttp)
        {
            Assert.Equal(calls.Select(call => IdOf(call.Text)), answered);
        }
    }

    [Fact]
    public async Task What_was_taken_back_in_time_is_never_written()
    {
        var peer = await OpenAsync();
        var (first, taken, last) = (Message("""{"n":1}"""), Message("""{"n":2}"""), Message("""{"n":3}"""));
        Assert.True(taken.TryWithdraw());
        await Say(first);
        Assert.Equal("""{"n":1}""", (await peer.HearAsync().WaitAsync(Patience)).Text);
        await Say(taken);
        await Say(last);
        Assert.Equal("""{"n":3}""", (await peer.HearAsync().WaitAsync(Patience)).Text);
        Assert.True(first.HasBegun);
        Assert.False(first.TryWithdraw());
        Assert.False(taken.HasBegun);
    }

    [Fact]
    public async Task A_message_of_the_limit_passes_and_a_larger_one_is_refused()
    {
        var peer = await OpenAsync();
        if (MessageLimit is not { } limit)
        {
            var huge = Sized(16 * 1024 * 1024 + 1);
            await peer.SayAsync(huge);
            Assert.Equal(huge.Length, (await Next<InboundEvent.Frame>()).Utf8.Length);
            return;
        }

        var alive = true;
        foreach (var refused in (int[])[limit + 1, 2 * limit])
        {
            var saying = Task.Run(async () =>
            {
                await peer.SayAsync(Sized(limit));
                await peer.SayAsync(Sized(refused));
            });
            var passed = await Next<InboundEvent.Frame>();
            Assert.Equal((limit, Unasked), (passed.Utf8.Length, passed.Exchange));
            alive = await GiantWasRefusedAsync(peer);
            await saying.WaitAsync(Patience).ContinueWith(said => Assert.True(said.Exception is null || IsGone(said.Exception)), TaskScheduler.Default);
            if (!alive)
            {
                return;    // nothing can be read behind it
            }

            await TheNextMessageArrives(peer);
        }
    }

    [Fact]
    public async Task Garbage_is_reported_or_left_to_the_scan_and_the_next_message_arrives()
    {
        byte[][] garbage =
        [
            [.. "not JSON"u8], [.. "[INFO] started"u8], [.. "]"u8], [.. "{\"jsonrpc\":\"2.0\",\"id\":1,"u8], [.. "{\"id\":1}}"u8], [.. "\"\\ud800\""u8],
            [.. "{\"t\":\"\0\"}"u8], [.. "{\"t\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}"u8],
        ];
        var peer = await OpenAsync();
        foreach (var piece in garbage)
        {
            await peer.SayAsync(piece);
            if (DiesOfBrokenText && !System.Text.Unicode.Utf8.IsValid(piece))
            {
                await ItIsOver("HUB2110");
                return;
            }

            switch (await Next())
            {
                case InboundEvent.Frame frame:
                    Assert.Equal((Encoding.Latin1.GetString(piece), Unasked), (Encoding.Latin1.GetString(frame.Utf8.Span), frame.Exchange));
                    Assert.False(EnvelopeScanner.TryScan(frame.Utf8, ScanLimits.FromServer, out _, out _));
                    break;
                case var other:
                    Assert.Equal("HUB2117", Assert.IsType<InboundEvent.Rejected>(other).Error.Definition.Code);
                    break;
            }

            await TheNextMessageArrives(peer);
        }
    }

    [Fact]
    public async Task What_the_framing_allows_beside_messages_delivers_none()
    {
        var peer = await OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await peer.MakeNoiseAsync();
            await peer.SayAsync("{\"n\":1}"u8.ToArray());
            InboundEvent happened;
            do
            {
                happened = await Next();
            }
            while (happened is InboundEvent.Rejected);
            Assert.Equal("{\"n\":1}", Encoding.UTF8.GetString(Assert.IsType<InboundEvent.Frame>(happened).Utf8.Span));
        }
    }

    protected async Task TheNextMessageArrives(IContractPeer peer)
    {
        await peer.SayAsync("{\"the\":\"next\"}"u8.ToArray()).WaitAsync(Patience);
        Assert.Equal("{\"the\":\"next\"}", await NextText(Unasked));
    }

    private static byte[] Sized(int bytes) => Utf8($$"""{"t":"{{new string('a', bytes - 8)}}"}""");

    private static long IdOf(string text) => long.Parse(text.Split("\"id\":")[1].Split(',')[0], null);

    /// <summary>Messages of some hundred bytes, with all that a framing could stumble over.</summary>
    private static string[] Texts(int seed, int count)
    {
        string[] pieces = ["plain", "ä€", "😀", "\u2028", "\\n", "\\\"", "data: ", "{}", ": ", "event:x", "\uFEFF"];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(n =>
            $$"""{"n":{{n}},"t":"{{string.Concat(Enumerable.Range(0, random.Next(0, 60)).Select(_ => pieces[random.Next(pieces.Length)]))}}"}""")];
    }
}
