using System.Threading.Channels;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;

namespace McpHub.Transports.Tests;

/// <summary>A direct transport behind the interface of every other one, so that whatever holds for the one way through its stages is shown for the other too.</summary>
internal sealed class DirectStages(IDirectTransport direct) : ITransport
{
    private readonly Receiver _receiver = new();

    public TransportKind Kind => direct.Kind;

    public bool ConfirmsWrites => direct.ConfirmsWrites;

    public Source<FrameBatch, NotUsed> Inbound => direct.InboundTo(_receiver)
        .WatchTermination((materialized, ended) =>
        {
            _ = ended.ContinueWith(end => _receiver.End(end.Exception?.GetBaseException()), TaskScheduler.Default);
            return materialized;
        })
        .Select(_ => FrameBatch.Of(null!))
        .RecoverWithRetries(_ => Source.Empty<FrameBatch>(), 1)
        .Merge(Source.UnfoldAsync(0, _ => _receiver.NextAsync()).SelectError(failure => failure.GetBaseException()));

    public Sink<OutboundFrame, NotUsed> Outbound
    {
        get
        {
            var writer = new TaskCompletionSource<OutboundWriter>();
            return Flow.Create<OutboundFrame>()
                .SelectAsync(1, async frame =>
                {
                    while (!(await writer.Task).TryWrite(frame) && !direct.Closed.IsCompleted)
                    {
                        await Task.Delay(1);    // nobody tells of room: a session looks again with its next event
                    }

                    return frame;
                })
                .Where(_ => false)
                .ToMaterialized(direct.DirectOutbound(128), Keep.Right)
                .MapMaterializedValue(materialized =>
                {
                    writer.TrySetResult(materialized);
                    return NotUsed.Instance;
                });
        }
    }

    public Task<TransportClosed> Closed => direct.Closed;

    public ValueTask DisposeAsync() => direct.DisposeAsync();

    /// <summary>A session that handles what it was told one by one, when the test asks for it.</summary>
    private sealed class Receiver : IFrameReceiver
    {
        private const int Credits = 2;

        private readonly Channel<FrameBatch> _told = Channel.CreateUnbounded<FrameBatch>();
        private readonly Lock _gate = new();
        private int _credits = Credits;
        private Action? _awaitsRoom;

        public bool TryReceive(IReadOnlyList<InboundEvent> events, bool isLast)
        {
            lock (_gate)
            {
                if (_credits <= 0 && !isLast)
                {
                    return false;
                }

                _credits--;
            }

            Assert.NotEmpty(events);
            _told.Writer.TryWrite(new FrameBatch([.. events]));
            return true;
        }

        public void ReceiveAnswer(ReadOnlyMemory<byte> utf8, long exchange)
        {
            lock (_gate)
            {
                _credits--;
            }

            _told.Writer.TryWrite(new FrameBatch([new InboundEvent.Frame(utf8, exchange), new InboundEvent.ExchangeEnded(exchange, null)]));
        }

        public void OnRoom(Action then)
        {
            lock (_gate)
            {
                Assert.Null(_awaitsRoom);
                if (_credits <= 0)
                {
                    _awaitsRoom = then;
                    return;
                }
            }

            then();
        }

        public async Task<Option<(int, FrameBatch)>> NextAsync()
        {
            if (!await _told.Reader.WaitToReadAsync() || !_told.Reader.TryRead(out var batch))
            {
                return Option<(int, FrameBatch)>.None;
            }

            Action? then = null;
            lock (_gate)
            {
                if (++_credits > 0)
                {
                    (then, _awaitsRoom) = (_awaitsRoom, null);
                }
            }

            then?.Invoke();
            return (0, batch);
        }

        public void End(Exception? failure) => _told.Writer.TryComplete(failure);
    }
}
