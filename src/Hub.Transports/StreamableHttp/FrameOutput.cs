using System.Threading.Channels;

namespace McpHub.Transports.StreamableHttp;

/// <summary>
/// Behind a connection's Inbound: every exchange and the GET stream write into it, from any thread. It is one bounded channel, or, once somebody
/// receives directly, only the way there.
/// </summary>
/// <param name="capacity">Batches that the channel holds.</param>
internal sealed class FrameOutput(int capacity = FrameOutput.Capacity)
{
    /// <summary>Batches that wait for the reader before exchanges stop reading their responses.</summary>
    public const int Capacity = 64;

    // A continuation on either side is only a message to a stage: running it on the other's thread saves a hand-off.
    private readonly Channel<FrameBatch> _channel = Channel.CreateBounded<FrameBatch>(
        new BoundedChannelOptions(capacity) { SingleReader = true, AllowSynchronousContinuations = true });

    private IFrameReceiver? _receiver;
    private Action? _awaitsRoom;
    private volatile bool _congested;
    private volatile bool _closed;

    public ChannelReader<FrameBatch> Reader => _channel.Reader;

    /// <summary>Set while exchanges wait in line, so that a newcomer does not overtake them.</summary>
    public bool Congested
    {
        get => _congested;
        set => _congested = value;
    }

    /// <summary>From now on nothing goes through the channel. Before the first exchange.</summary>
    public void SendTo(IFrameReceiver receiver) => _receiver = receiver;

    /// <summary>Whether the events were taken; after the end they are, to nowhere.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="isLast">Nothing follows on their stream.</param>
    public bool Offer(FrameBatch batch, bool isLast = false) => _closed || ((!_congested || (isLast && _receiver is not null)) && Put(batch, isLast));

    /// <summary>As <see cref="Offer"/>, for those in line.</summary>
    public bool OfferInTurn(FrameBatch batch, bool isLast = false) => _closed || Put(batch, isLast);

    /// <summary>The one message of an exchange with the end of it; false if this is to be offered as events.</summary>
    public bool TryAnswer(ReadOnlyMemory<byte> utf8, long exchange)
    {
        if (_receiver is null)
        {
            return false;
        }

        if (!_closed)
        {
            _receiver.ReceiveAnswer(utf8, exchange);
        }

        return true;
    }

    /// <summary>Calls back once, when there may be room or the output has ended.</summary>
    public void OnRoom(Action then)
    {
        if (_receiver is not null)
        {
            _awaitsRoom = then;
            _receiver.OnRoom(Wake);
            if (_closed)
            {
                Wake();
            }

            return;
        }

        _channel.Writer.WaitToWriteAsync().AsTask().ContinueWith(
            (waited, _) => { _ = waited.Exception; then(); }, null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public void Complete(HubException? error = null)
    {
        _closed = true;
        _channel.Writer.TryComplete(error);
        Wake();
    }

    private void Wake() => Interlocked.Exchange(ref _awaitsRoom, null)?.Invoke();

    private bool Put(FrameBatch batch, bool isLast) => _receiver?.TryReceive(batch.Events, isLast) ?? _channel.Writer.TryWrite(batch);
}
