using System.Text;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace McpHub.Transports.Tests.Contract;

/// <content>The end of a connection, from either side and at any time, is told once; and nothing is left of it.</content>
public abstract partial class TransportContract
{
    [Fact]
    public async Task What_the_peer_said_before_it_ended_its_side_arrives_and_then_the_end_is_told()
    {
        var peer = await OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            await peer.SayAsync(Utf8($$"""{"n":{{i}}}"""));
        }

        await peer.EndAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($$"""{"n":{{i}}}""", await NextText(Unasked));
        }

        await EndWasToldAsync(peer);
    }

    [Fact]
    public async Task After_the_hub_ended_its_side_what_it_asked_is_still_answered()
    {
        var peer = await OpenAsync();
        await Ask(FirstCall);
        var call = await peer.HearAsync().WaitAsync(Patience);
        EndOutbound();
        await call.AnswerAsync(Utf8(Answer(FirstCall)));
        var answer = await Next<InboundEvent.Frame>();
        Assert.Equal((Answer(FirstCall), IsHttp ? FirstCall : null), (Encoding.UTF8.GetString(answer.Utf8.Span), answer.Exchange));
        await CloseBoth(peer);
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task Calls_in_flight_end_once_each_when_the_peer_vanishes()
    {
        var peer = await OpenAsync();
        var calls = await InFlight(peer);
        peer.Vanish();
        if (IsHttp)
        {
            Dictionary<long, string?> ends = [];
            while (ends.Count < calls.Length)
            {
                if (await Next() is InboundEvent.ExchangeEnded ended && ended.Exchange >= FirstCall)
                {
                    ends.Add(ended.Exchange, ended.Error?.Definition.Code);
                }
            }

            Assert.All(ends.Values, code => Assert.Equal("HUB2111", code));
            var closing = Transport.DisposeAsync().AsTask();
            Assert.DoesNotContain(await Rest(), happened => happened is InboundEvent.ExchangeEnded { Exchange: >= FirstCall });
            await closing.WaitAsync(Patience);
        }
        else
        {
            // Whose calls they are learns from the end of the connection that they are lost; a POST that broke may say so of its own call.
            var told = (await RestOrFailure()).OfType<InboundEvent.Rejected>().Select(one => one.Exchange).Where(exchange => exchange is not null).ToArray();
            Assert.Equal(told.Distinct(), told);
            Assert.Equal(CodeOfVanishing, (await Transport.Closed.WaitAsync(Patience)).Error?.Definition.Code);
        }

        await NothingIsWrittenAnyMore();
    }

    [Fact]
    public async Task Calls_in_flight_end_once_each_when_the_hub_closes_in_the_middle_of_everything()
    {
        var peer = await OpenAsync();
        var calls = await InFlight(peer);
        var peerSpeaks = UntilGone(() => peer.SayAsync("{\"n\":1}"u8.ToArray()));
        var peerListens = UntilGone(() => peer.HearAsync());
        var hubSpeaks = HubSpeaks(Message("{\"n\":2}"));
        await NextText(Unasked);

        var closing = CloseBoth(peer);
        var ends = (await Rest()).OfType<InboundEvent.ExchangeEnded>().Where(ended => ended.Exchange >= FirstCall).ToArray();
        await closing;
        Assert.Equal(IsHttp ? calls.Select(call => call.Exchange!.Value).Order() : [], ends.Select(ended => ended.Exchange).Order());
        Assert.All(ends, ended => Assert.Equal("HUB2111", ended.Error?.Definition.Code));    // all were heard, so nobody knows
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
        await Task.WhenAll(peerSpeaks, peerListens, hubSpeaks).WaitAsync(Patience);
        await NothingIsWrittenAnyMore();
    }

    [Fact]
    public async Task Closing_again_and_at_the_same_time_is_closing_once()
    {
        var peer = await OpenAsync();
        var closing = Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await Transport.DisposeAsync())).ToArray();
        await peer.DisposeAsync();
        await Task.WhenAll(closing).WaitAsync(Patience);
        var closed = await Transport.Closed.WaitAsync(Patience);
        Assert.Null(closed.Error);
        await Transport.DisposeAsync();
        Assert.Same(closed, await Transport.Closed);
    }

    [Fact]
    public async Task What_is_closed_before_it_was_opened_opens_nothing()
    {
        var transport = await CreateAsync();
        await transport.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Null((await transport.Closed.WaitAsync(Patience)).Error);
        try
        {
            Connect(transport);
            _ = Say(Message("{\"n\":1}"));
            Assert.Empty(await RestOrFailure());
        }
        catch (InvalidOperationException)
        {
            // It may as well say so.
        }

        Assert.Equal(0, Openings);
    }

    [Fact]
    public async Task What_is_closed_while_it_opens_is_closed_in_time()
    {
        Connect(CreateToTheSilent());
        await Ask(1, Protocol.Revisions.MethodNames.Initialize);
        var closing = Transport.DisposeAsync().AsTask();
        Assert.DoesNotContain(await RestOrFailure(), happened => happened is InboundEvent.Frame);
        await closing.WaitAsync(Patience);
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task A_transport_is_one_connection()
    {
        var transport = await CreateAsync();
        Connect(transport);
        var peer = Using(await AcceptAsync());
        var before = Openings;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transport.Inbound.RunWith(Sink.Ignore<FrameBatch>(), Sys.Materializer()).WaitAsync(Patience));
        await ACallWorks(peer, FirstCall);
        Assert.Equal(before + OpeningsOfACall, Openings);
    }

    /// <summary>Why the connection of a channel is over when its peer has vanished.</summary>
    protected virtual string CodeOfVanishing => "HUB2110";

    /// <summary>The hub closes, and the peer lets it.</summary>
    protected async Task CloseBoth(IContractPeer peer)
    {
        var closing = Transport.DisposeAsync().AsTask();
        await peer.DisposeAsync();
        await closing.WaitAsync(Patience);
    }

    /// <summary>Calls that the peer heard and does not answer.</summary>
    private async Task<OutboundFrame.Message[]> InFlight(IContractPeer peer)
    {
        OutboundFrame.Message[] calls = [.. Enumerable.Range(0, 20).Select(i => Request(FirstCall + i))];
        foreach (var call in calls)
        {
            await Say(call);
        }

        foreach (var _ in calls)
        {
            await peer.HearAsync().WaitAsync(Patience);
        }

        return calls;
    }

    private async Task NothingIsWrittenAnyMore()
    {
        var late = Message("{\"too\":\"late\"}");
        try
        {
            await Say(late).WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception gone) when (gone is TimeoutException || IsGone(gone))
        {
            // It is not even taken; a queue that ends in this moment does not say so.
        }

        Assert.True(late.TryWithdraw());
    }
}
