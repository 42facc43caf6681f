using Akka.Streams;
using Akka.Streams.Stage;

namespace McpHub.Transports.Stdio;

/// <summary>The writing end of the connection: what comes as elements, or through the writer that it materialises to, goes to the server's standard input by a <see cref="LineWriter"/>.</summary>
/// <param name="transport">The connection.</param>
/// <param name="capacity">Messages that may wait for the write under way.</param>
internal sealed class StdioOutboundStage(StdioTransport transport, int capacity = StdioOutboundStage.MaxCollectedFrames) : GraphStageWithMaterializedValue<SinkShape<OutboundFrame>, OutboundWriter>
{
    internal const int MaxCollectedFrames = 128;

    private readonly Inlet<OutboundFrame> _in = new("StdioOutbound.in");

    public override SinkShape<OutboundFrame> Shape => new(_in);

    public override ILogicAndMaterializedValue<OutboundWriter> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var writer = new LineWriter(capacity);
        return new LogicAndMaterializedValue<OutboundWriter>(new Logic(this, transport, writer), writer);
    }

    private sealed class Logic : InGraphStageLogic
    {
        // When the connection is closed, what the owner had sent just before may still be on its way through the graph. An owner that completes the graph ends this wait.
        private static readonly TimeSpan _lastMessages = TimeSpan.FromMilliseconds(200);

        private readonly StdioOutboundStage _stage;
        private readonly StdioTransport _transport;
        private readonly LineWriter _writer;
        private readonly bool _ours;
        private Action _onSilence = null!;
        private IChildProcess? _child;
        private ITimer? _silence;

        public Logic(StdioOutboundStage stage, StdioTransport transport, LineWriter writer)
            : base(stage.Shape)
        {
            // Here and not in PreStart, which runs later: closing waits for a writer from the moment it is materialised.
            (_stage, _transport, _writer, _ours) = (stage, transport, writer, transport.TryTakeWriter());
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            _onSilence = GetAsyncCallback(_writer.Complete);
            var onStarted = GetAsyncCallback<Task<IChildProcess>>(OnStarted);
            var onClosing = GetAsyncCallback(AwaitSilence);
            var onEnding = GetAsyncCallback(CompleteStage);
            if (!_ours)
            {
                FailStage(_transport.UsedTwice());
                return;
            }

            _transport.Started.ContinueWith(onStarted, TaskScheduler.Default);
            _transport.Closing.ContinueWith(_ => onClosing(), TaskScheduler.Default);
            _transport.Ending.ContinueWith(_ => onEnding(), TaskScheduler.Default);
        }

        public override void OnPush()
        {
            _writer.TryWrite(Grab(_stage._in));
            if (_silence is not null)
            {
                AwaitSilence();
            }

            Continue();
        }

        public override void OnUpstreamFinish() => _writer.Complete();

        public override void OnUpstreamFailure(Exception e)
        {
            _ = _transport.ShutdownAsync(null);
            OnUpstreamFinish();
        }

        public override void PostStop()
        {
            _silence?.Dispose();
            _writer.Complete();
            if (_ours)
            {
                _transport.OutboundStopped();
            }
        }

        private void OnStarted(Task<IChildProcess> started)
        {
            if (started.IsFaulted)
            {
                FailStage(started.Exception.InnerException ?? started.Exception);
                return;
            }

            _child = started.Result;
            _writer.Start(_child.Stdin, GetAsyncCallback(Continue), GetAsyncCallback<Exception?>(OnWriterEnd));
            Continue();
        }

        private void Continue()
        {
            if (_child is not null && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in) && _writer.HasRoom())
            {
                Pull(_stage._in);
            }
        }

        private void AwaitSilence()
        {
            _silence?.Dispose();
            var onSilence = _onSilence;
            _silence = _transport.Time.CreateTimer(_ => onSilence(), null, _lastMessages, Timeout.InfiniteTimeSpan);
        }

        private void OnWriterEnd(Exception? failure)
        {
            if (failure is not null)
            {
                _transport.WriteFailed(failure);
            }
            else
            {
                _transport.CloseInput(_child!);
            }

            CompleteStage();
        }
    }
}
