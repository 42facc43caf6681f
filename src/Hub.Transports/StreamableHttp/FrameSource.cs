using System.Runtime.CompilerServices;
using Akka.Streams;
using Akka.Streams.Stage;

namespace McpHub.Transports.StreamableHttp;

/// <summary>The reading end of <see cref="FrameOutput"/>. What has gathered there while the reader was busy leaves as one batch.</summary>
internal sealed class FrameSource(HttpConnection connection) : GraphStage<SourceShape<FrameBatch>>
{
    // A batch costs the session one message whatever it holds; the bound keeps one from holding the session for long.
    private const int MaxBatch = 128;

    private readonly Outlet<FrameBatch> _out = new("HttpFrames.out");

    public override SourceShape<FrameBatch> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes)
    {
        connection.ClaimInbound();
        return new Logic(this, connection);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly FrameSource _stage;
        private readonly HttpConnection _connection;
        private readonly Action _signal;
        private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _waiter;

        public Logic(FrameSource stage, HttpConnection connection)
            : base(stage.Shape)
        {
            (_stage, _connection) = (stage, connection);
            _signal = GetAsyncCallback(Readable);
            SetHandler(stage._out, this);
        }

        public override void OnPull()
        {
            if (_connection.Output.Reader.TryRead(out var batch))
            {
                Push(_stage._out, Gather(batch));
                return;
            }

#pragma warning disable CA2012 // Awaited by hand: the continuation is the async callback itself, without a task between.
            _waiter = _connection.Output.Reader.WaitToReadAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (_waiter.IsCompleted)
            {
                Readable();
            }
            else
            {
                _waiter.UnsafeOnCompleted(_signal);
            }
        }

        // A connection whose frames nobody reads is of no use.
        public override void PostStop() => _connection.Stopped();

        private void Readable()
        {
            try
            {
                if (_waiter.GetResult())
                {
                    OnPull();
                }
                else
                {
                    CompleteStage();
                }
            }
            catch (HubException lost)
            {
                FailStage(lost);
            }
        }

        private FrameBatch Gather(FrameBatch first)
        {
            var reader = _connection.Output.Reader;
            if (!reader.TryRead(out var next))
            {
                return first;
            }

            List<InboundEvent> events = [.. first.Events];
            do
            {
                events.AddRange(next.Events);
            }
            while (events.Count < MaxBatch && reader.TryRead(out next));
            return new FrameBatch(events);
        }
    }
}
