using System.Text;
using McpHub.Faults;
using McpHub.Transports.Tests.Stdio;

namespace McpHub.Transports.Tests.Contract;

/// <summary>
/// What every transport does, whatever it is made of (docs/decisions/0056-transport-contract.md). A derived class supplies the connection and its other end, and says where
/// its medium makes a difference. Here: what they supply; the tests stand in the other parts, a file a subject.
/// </summary>
[Collection("processes")]
public abstract partial class TransportContract : TransportSpec
{
    /// <summary>Largest message of a transport whose limit can be set.</summary>
    protected const int SmallLimit = 256 * 1024;

    /// <summary>Below it are the requests of a handshake.</summary>
    private const int FirstCall = 100;

    /// <summary>The heavy variant of a test, for runs that no pull request waits for (tests/README.md).</summary>
    protected static bool Long => Environment.GetEnvironmentVariable("HUB_LONG") == "1";

    /// <summary>Whether the test is at the stages that speak with a session themselves.</summary>
    protected virtual bool Direct => false;

    /// <summary>Largest message that is taken; <c>null</c> = there is no limit, since what is in memory already needs none.</summary>
    protected virtual int? MessageLimit => SmallLimit;

    /// <summary>Whether the hub's messages stay in order: one request each may overtake another.</summary>
    protected virtual bool KeepsOrderOfWrites => true;

    /// <summary>Whether text that is no UTF-8 ends the connection.</summary>
    protected virtual bool DiesOfBrokenText => false;

    /// <summary>The exchange on which the peer says what nobody asked for.</summary>
    protected long? Unasked { get; set; }

    /// <summary>How what the peer says is cut; <c>null</c> = as it was said.</summary>
    protected int? Seed { get; private set; }

    /// <summary>How many times something reached the peer's side: a process, a socket, a request.</summary>
    protected abstract int Openings { get; }

    /// <summary>How many of them are of one call.</summary>
    protected virtual int OpeningsOfACall => 0;

    private bool IsHttp => Transport.Kind == TransportKind.Http;

    /// <summary>A transport to a peer that is ready for it. Nothing is opened yet.</summary>
    protected abstract Task<ITransport> CreateAsync();

    /// <summary>A transport to something that is there and never says a word.</summary>
    protected abstract ITransport CreateToTheSilent();

    /// <summary>The other end of the connection, when everything before the first message of the test is over.</summary>
    protected abstract Task<IContractPeer> AcceptAsync();

    /// <summary>What the hub learns of a message past the limit. A channel is told, and goes on.</summary>
    /// <returns>Whether the peer can say more.</returns>
    protected virtual async Task<bool> GiantWasRefusedAsync(IContractPeer peer)
    {
        Assert.Equal("HUB2108", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        return true;
    }

    /// <summary>What the hub learns when the peer said that it says no more. On most channels this is the end of the connection.</summary>
    protected abstract Task EndWasToldAsync(IContractPeer peer);

    protected async Task<IContractPeer> OpenAsync(int? seed = null)
    {
        Seed = seed;
        Connect(await CreateAsync());
        return Using(await AcceptAsync());
    }

    protected new void Connect(ITransport transport, int inboundBuffer = 1) => base.Connect(Direct ? new DirectStages((IDirectTransport)transport) : transport, inboundBuffer);

    /// <summary>The connection is over, for this reason; nothing but refusals came before.</summary>
    protected async Task ItIsOver(string? code)
    {
        Assert.DoesNotContain(await RestOrFailure(), happened => happened is InboundEvent.Frame);
        Assert.Equal(code, (await Transport.Closed.WaitAsync(Patience)).Error?.Definition.Code);
    }

    /// <summary>A call that is heard and answered.</summary>
    protected async Task ACallWorks(IContractPeer peer, long number)
    {
        await Ask(number);
        await (await peer.HearAsync().WaitAsync(Patience)).AnswerAsync(Utf8(Answer(number)));
        while (true)
        {
            switch (await Next())
            {
                case InboundEvent.Frame frame:
                    Assert.Equal((Answer(number), IsHttp ? number : null), (Encoding.UTF8.GetString(frame.Utf8.Span), frame.Exchange));
                    if (!IsHttp)
                    {
                        return;
                    }

                    break;
                case InboundEvent.ExchangeEnded ended:
                    Assert.Equal((number, null), (ended.Exchange, ended.Error));
                    return;
            }
        }
    }

    protected static OutboundFrame.Message Message(string text) => new(Utf8(text), null, "notifications/test", []);

    protected static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>What is thrown at one who speaks or listens while the other goes.</summary>
    protected static bool IsGone(Exception failure) => failure is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException
        or System.Net.Sockets.SocketException or System.Net.WebSockets.WebSocketException or Akka.Streams.StreamDetachedException or Akka.Pattern.IllegalStateException
        || failure is AggregateException { InnerException: { } inner } && IsGone(inner);

    /// <summary>Goes on until one of the two is gone.</summary>
    protected static Task UntilGone(Func<Task> step) => Task.Run(async () =>
    {
        try
        {
            while (true)
            {
                await step();
            }
        }
        catch (Exception gone) when (IsGone(gone))
        {
            // What it was waiting for.
        }
    });

    /// <summary>The hub says these, again and again, until the connection is over.</summary>
    protected Task HubSpeaks(params OutboundFrame.Message[] frames)
    {
        var transport = Transport;
        return UntilGone(async () =>
        {
            foreach (var frame in frames)
            {
                // A sink may swallow what comes after the end.
                if (transport.Closed.IsCompleted)
                {
                    throw new OperationCanceledException();
                }

                // Nor does a queue answer whom it was taking from in that moment.
                await await Task.WhenAny(Say(frame), transport.Closed);
            }
        });
    }

    /// <summary>The rest of Inbound; a connection that is lost while it opens, or loses its only stream, may fail it.</summary>
    protected async Task<List<InboundEvent>> RestOrFailure()
    {
        try
        {
            return await Rest();
        }
        catch (HubException)
        {
            return [];
        }
    }
}
