using System.Threading.Channels;

namespace McpHub.Transports.StreamableHttp;

/// <summary>The one bounded channel behind a connection's Inbound. Every exchange and the GET stream write into it, from any thread.</summary>
/// <param name="capacity">Batches that it holds.</param>
internal sealed class FrameOutput(int capacity = FrameOutput.Capacity)
{
    /// <summary>Batches that wait for the reader before exchanges stop reading their responses.</summary>
    public const int Capacity = 64;

    // A continuation on either side is only a message to a stage: running it on the other's thread saves a hand-off.
    private readonly Channel<FrameBatch> _channel = Channel.CreateBounded<FrameBatch>(
        new BoundedChannelOptions(capacity) { SingleReader = true, AllowSynchronousContinuations = true });

    private volatile bool _congested;
    private volatile bool _closed;

    public ChannelReader<FrameBatch> Reader => _channel.Reader;

    /// <summary>Set while exchanges wait in line, so that a newcomer does not overtake them.</summary>
    public bool Congested
    {
        get => _congested;
        set => _congested = value;
    }

    /// <summary>Whether the batch was taken; after the end it is, to nowhere.</summary>
    public bool Offer(FrameBatch batch) => _closed || (!_congested && _channel.Writer.TryWrite(batch));

    /// <summary>As <see cref="Offer"/>, for those in line.</summary>
    public bool OfferInTurn(FrameBatch batch) => _closed || _channel.Writer.TryWrite(batch);

    /// <summary>Calls back once, when there may be room or the output has ended.</summary>
    public void OnRoom(Action then) => _channel.Writer.WaitToWriteAsync().AsTask().ContinueWith(
        (waited, _) => { _ = waited.Exception; then(); }, null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    public void Complete(HubException? error = null)
    {
        _closed = true;
        _channel.Writer.TryComplete(error);
    }
}
