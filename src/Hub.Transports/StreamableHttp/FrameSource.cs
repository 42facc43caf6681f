using System.Runtime.CompilerServices;
using Akka.Streams;
using Akka.Streams.Stage;

namespace McpHub.Transports.StreamableHttp;

/// <summary>A connection whose frames go through a <see cref="FrameOutput"/>.</summary>
internal interface IFrameOrigin
{
    FrameOutput Output { get; }

    /// <summary>The reader is materialised: throws if it was before.</summary>
    void ClaimInbound();

    /// <summary>The reader has ended.</summary>
    void Stopped();
}

/// <summary>The reading end of <see cref="FrameOutput"/>. What has gathered there while the reader was busy leaves as one batch.</summary>
internal sealed class FrameSource(IFrameOrigin origin) : GraphStage<SourceShape<FrameBatch>>
{
    // A batch costs the session one message whatever it holds; the bound keeps one from holding the session for long.
    private const int MaxBatch = 128;

    private readonly Outlet<FrameBatch> _out = new("HttpFrames.out");

    public override SourceShape<FrameBatch> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes)
    {
        origin.ClaimInbound();
        return new Logic(this, origin);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly FrameSource _stage;
        private readonly IFrameOrigin _origin;
        private readonly Action _signal;
        private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _waiter;

        public Logic(FrameSource stage, IFrameOrigin origin)
            : base(stage.Shape)
        {
            (_stage, _origin) = (stage, origin);
            _signal = GetAsyncCallback(Readable);
            SetHandler(stage._out, this);
        }

        public override void OnPull()
        {
            if (_origin.Output.Reader.TryRead(out var batch))
            {
                Push(_stage._out, Gather(batch));
                return;
            }

#pragma warning disable CA2012 // Awaited by hand: the continuation is the async callback itself, without a task between.
            _waiter = _origin.Output.Reader.WaitToReadAsync().ConfigureAwait(false).GetAwaiter();
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
        public override void PostStop() => _origin.Stopped();

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
            var reader = _origin.Output.Reader;
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
