using System.Buffers;
using Akka.Streams;
using Akka.Streams.Stage;
using McpHub.Protocol.Wire;

namespace McpHub.Transports.Stdio;

/// <summary>
/// Writes to a server's standard input: whole lines only, and while one write is under way the next one is collected, so that many small messages cost one write.
/// No write ever gets a call's token: a cancelled write can leave half a line.
/// </summary>
internal sealed class StdioOutboundStage(StdioTransport transport) : GraphStage<SinkShape<OutboundFrame>>
{
    /// <summary>How much one write may collect. With the write under way it is all that is held for a server that has stopped reading.</summary>
    internal const int MaxCollectedFrames = 128;

    /// <inheritdoc cref="MaxCollectedFrames"/>
    internal const int MaxCollectedBytes = 1024 * 1024;

    /// <summary>
    /// Where a write takes no further message: what a pipe holds by default. More would only wait in it, and a message in a write can't be taken back
    /// when the server has stopped reading.
    /// </summary>
    internal const int WriteBytes = 64 * 1024;

    private readonly Inlet<OutboundFrame> _in = new("StdioOutbound.in");

    public override SinkShape<OutboundFrame> Shape => new(_in);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, transport);

    private sealed class Logic : InGraphStageLogic
    {
        // When the connection is closed, what the owner had sent just before may still be on its way through the graph. An owner that completes the graph ends this wait.
        private static readonly TimeSpan _lastMessages = TimeSpan.FromMilliseconds(200);

        private readonly StdioOutboundStage _stage;
        private readonly StdioTransport _transport;
        private readonly bool _ours;
        private readonly List<OutboundFrame.Message> _collected = [];
        private ArrayBufferWriter<byte> _lines = new();
        private Action<Exception?> _onWritten = null!;
        private Action _onSilence = null!;
        private IChildProcess? _child;
        private ITimer? _silence;
        private long _collectedBytes;
        private bool _busy;
        private bool _inputOver;

        public Logic(StdioOutboundStage stage, StdioTransport transport)
            : base(stage.Shape)
        {
            // Here and not in PreStart, which runs later: closing waits for a writer from the moment it is materialised.
            (_stage, _transport, _ours) = (stage, transport, transport.TryTakeWriter());
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            _onWritten = GetAsyncCallback<Exception?>(OnWritten);
            _onSilence = GetAsyncCallback(OnSilence);
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
            if (Grab(_stage._in) is OutboundFrame.Message message)
            {
                _collected.Add(message);
                _collectedBytes += message.Utf8.Length;
                Write();
            }

            if (_silence is not null)
            {
                AwaitSilence();
            }

            Continue();
        }

        public override void OnUpstreamFinish()
        {
            _inputOver = true;
            CompleteIfDone();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _ = _transport.ShutdownAsync(null);
            OnUpstreamFinish();
        }

        public override void PostStop()
        {
            _silence?.Dispose();
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
            Continue();
            CompleteIfDone();
        }

        private void Write()
        {
            if (_busy || _collected.Count == 0)
            {
                return;
            }

            var taken = 0;
            while (taken < _collected.Count && (taken == 0 || _lines.WrittenCount + _collected[taken].Utf8.Length < WriteBytes))
            {
                var message = _collected[taken++];
                _collectedBytes -= message.Utf8.Length;
                if (message.TryBegin())
                {
                    _lines.Write(LineBreaks.Remove(message.Utf8).Span);
                    _lines.Write("\n"u8);
                }
            }

            _collected.RemoveRange(0, taken);
            if (_lines.WrittenCount > 0)
            {
                _busy = true;
                _ = WriteAsync(_child!.Stdin, _lines.WrittenMemory);
            }
        }

        private async Task WriteAsync(Stream stdin, ReadOnlyMemory<byte> lines)
        {
            try
            {
                await stdin.WriteAsync(lines, CancellationToken.None).ConfigureAwait(false);
                await stdin.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                _onWritten(null);
            }
            catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
            {
                _onWritten(failure);
            }
        }

        private void OnWritten(Exception? failure)
        {
            _busy = false;
            if (failure is not null)
            {
                _transport.WriteFailed(failure);
                CompleteStage();
                return;
            }

            // One huge message must not keep its buffer for the life of the connection.
            if (_lines.Capacity > 2 * MaxCollectedBytes)
            {
                _lines = new ArrayBufferWriter<byte>();
            }
            else
            {
                _lines.ResetWrittenCount();
            }

            Write();
            Continue();
            CompleteIfDone();
        }

        private void Continue()
        {
            if (_child is not null && _collected.Count < MaxCollectedFrames && _collectedBytes < MaxCollectedBytes && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
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

        private void OnSilence()
        {
            _inputOver = true;
            CompleteIfDone();
        }

        private void CompleteIfDone()
        {
            if (_inputOver && _child is not null && !_busy && _collected.Count == 0)
            {
                _transport.CloseInput(_child);
                CompleteStage();
            }
        }
    }
}
