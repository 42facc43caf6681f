using Akka;
using Akka.Streams;
using Akka.Streams.Stage;

namespace McpHub.Transports.StreamableHttp;

/// <summary>The reading end of a connection whose frames go to a receiver as they come: it stands for the connection's life, and emits nothing.</summary>
internal sealed class DirectFrames(IFrameOrigin origin, IFrameReceiver receiver) : GraphStage<SourceShape<NotUsed>>
{
    private readonly Outlet<NotUsed> _out = new("DirectFrames.out");

    public override SourceShape<NotUsed> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes)
    {
        origin.ClaimInbound();
        origin.Output.SendTo(receiver);
        return new Logic(this, origin);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly IFrameOrigin _origin;

        public Logic(DirectFrames stage, IFrameOrigin origin)
            : base(stage.Shape)
        {
            _origin = origin;
            SetHandler(stage._out, this);
        }

        public override void PreStart() => _origin.Output.Reader.Completion.ContinueWith(
            GetAsyncCallback<Task>(OnEnd), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        public override void OnPull()
        {
            // What comes is with the receiver already.
        }

        public override void PostStop() => _origin.Stopped();

        private void OnEnd(Task ended)
        {
            if (ended.Exception?.InnerException is { } lost)
            {
                FailStage(lost);
            }
            else
            {
                CompleteStage();
            }
        }
    }
}
