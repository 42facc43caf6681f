using System.Threading.Channels;
using Akka;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;

namespace McpHub.Samples;

/// <summary>
/// A connection to a server in the same process. What each transport must do: start once; keep the order of messages; hold back whoever is faster than the other
/// side, in both directions; say why it ended; and let itself be disposed at any time.
/// </summary>
public sealed class InMemoryTransport : ITransport
{
    private const int Capacity = 64;

    private readonly Channel<FrameBatch> _toHub = Channel.CreateBounded<FrameBatch>(Capacity);
    private readonly Channel<ReadOnlyMemory<byte>> _toServer = Channel.CreateBounded<ReadOnlyMemory<byte>>(Capacity);
    private readonly TaskCompletionSource<TransportClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _uses;

    /// <summary>One ordered channel in each direction: the hub probes and cancels as it does over stdio.</summary>
    public TransportKind Kind => TransportKind.Channel;

    /// <summary>Messages count as written only once <see cref="OutboundFrame.Message.TryBegin"/> was called below; before that the hub may take them back.</summary>
    public bool ConfirmsWrites => true;

    public Source<FrameBatch, NotUsed> Inbound => Source.Lazily(() => Interlocked.Increment(ref _uses) == 1
        ? ChannelSource.FromReader(_toHub.Reader)
        : throw new InvalidOperationException("a transport is one connection")).MapMaterializedValue(_ => NotUsed.Instance);

    public Sink<OutboundFrame, NotUsed> Outbound => Flow.Create<OutboundFrame>()
        .SelectAsync(1, WriteAsync)
        .To(Sink.OnComplete<NotUsed>(() => _toServer.Writer.TryComplete(), _ => _toServer.Writer.TryComplete()));

    public Task<TransportClosed> Closed => _closed.Task;

    /// <summary>For the server: what the hub says. Completes when it says no more.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> FromHub => _toServer.Reader;

    /// <summary>For the server: says one JSON-RPC message, as soon as there is room. The bytes must not change afterwards.</summary>
    public ValueTask SayAsync(ReadOnlyMemory<byte> utf8) => _toHub.Writer.WriteAsync(FrameBatch.Of(new InboundEvent.Frame(utf8)));

    /// <summary>For the server: ends the connection.</summary>
    /// <param name="reason">What went wrong; <c>null</c> if it has just done its work.</param>
    public void HangUp(string? reason = null)
    {
        _closed.TrySetResult(new TransportClosed(reason is null ? null : HubErrors.ConnectionLost.With(("reason", reason))));
        _toHub.Writer.TryComplete();
        _toServer.Writer.TryComplete();
    }

    public ValueTask DisposeAsync()
    {
        HangUp();
        return default;
    }

    private async Task<NotUsed> WriteAsync(OutboundFrame frame)
    {
        // First the room, then the promise to write: what waits for room can still be taken back.
        if (frame is OutboundFrame.Message message && await _toServer.Writer.WaitToWriteAsync() && message.TryBegin())
        {
            _toServer.Writer.TryWrite(message.Utf8);
        }

        return NotUsed.Instance;
    }
}
