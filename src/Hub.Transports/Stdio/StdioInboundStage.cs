using Akka.Streams;
using Akka.Streams.Stage;
using McpHub.Transports.Framing;

namespace McpHub.Transports.Stdio;

/// <summary>Reads a server's standard output: one read per demand, one batch of all lines that the read completed. Without demand nothing is read, so a flood stops in the pipe.</summary>
/// <param name="transport">The connection.</param>
/// <param name="receiver">Who takes the batches instead of the stage's outlet: then reading goes on without the stage's mailbox as long as they are taken.</param>
internal sealed class StdioInboundStage(StdioTransport transport, IFrameReceiver? receiver = null) : GraphStage<SourceShape<FrameBatch>>
{
    /// <summary>What the pipe holds and one read takes: a large line comes in one piece, and the server need not wait for its reader in the middle.</summary>
    public const int PipeBytes = 256 * 1024;

    private readonly Outlet<FrameBatch> _out = new("StdioInbound.out");

    public override SourceShape<FrameBatch> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, transport, receiver);

    private sealed class Logic : OutGraphStageLogic
    {
        // A pipe holds 256 KiB unless the server enlarged it, at most 1 MiB without privileges: a server that is gone cannot have left more.
        private const int LastWordsBytes = 1024 * 1024;

        // Most servers of a hub are idle or say little: the first read that fills this gets them the large one.
        private const int FirstBuffer = 4096;

        private readonly StdioInboundStage _stage;
        private readonly StdioTransport _transport;
        private readonly IFrameReceiver? _receiver;
        private readonly LineFraming _lines;
        private byte[] _buffer = new byte[FirstBuffer];
        private IChildProcess? _child;
        private ITimer? _silence;
        private Action<(int Count, Exception? Failure)> _onRead = null!;
        private Action _onSilence = null!;
        private List<InboundEvent>? _refused;    // by the receiver, which had no room
        private Action<List<InboundEvent>> _onRefused = null!;
        private Action _onRoom = null!;
        private bool _reading;
        private volatile bool _discarding;
        private volatile bool _ending;
        private bool _finished;
        private bool _ours;
        private int _lastWords = LastWordsBytes;

        public Logic(StdioInboundStage stage, StdioTransport transport, IFrameReceiver? receiver)
            : base(stage.Shape)
        {
            (_stage, _transport, _receiver, _lines) = (stage, transport, receiver, new LineFraming(transport.MaxLineBytes));
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            _onRead = GetAsyncCallback<(int Count, Exception? Failure)>(OnRead);
            _onSilence = GetAsyncCallback(OnSilence);
            _onRefused = GetAsyncCallback<List<InboundEvent>>(OnRefused);
            _onRoom = GetAsyncCallback(OfferAgain);
            var onStarted = GetAsyncCallback<Task<IChildProcess>>(OnStarted);
            var onClosing = GetAsyncCallback<bool>(OnClosing);
            var onEnding = GetAsyncCallback(OnEnding);
            _ours = _transport.TryOpen();
            if (!_ours)
            {
                _finished = true;
                FailStage(_transport.UsedTwice());
                return;
            }

            _transport.Started.ContinueWith(onStarted, TaskScheduler.Default);
            _transport.Closing.ContinueWith(closing => onClosing(closing.Result), TaskScheduler.Default);
            _transport.Ending.ContinueWith(_ => onEnding(), TaskScheduler.Default);
        }

        public override void OnPull()
        {
            if (_receiver is null)
            {
                Read();
            }
        }

        // The process must still be able to write until it has ended, so it is read on, into nothing.
        public override void OnDownstreamFinish(Exception cause)
        {
            SetKeepGoing(true);
            _discarding = true;
            _ = _transport.ShutdownAsync(null);
            Read();
        }

        public override void PostStop()
        {
            _silence?.Dispose();
            if (_ours)
            {
                _child?.Stdout.Dispose();
                _transport.InboundStopped(_finished);
            }
        }

        private void OnStarted(Task<IChildProcess> started)
        {
            if (started.IsFaulted)
            {
                _finished = true;
                FailStage(started.Exception.InnerException ?? started.Exception);
                return;
            }

            _child = started.Result;
            if (IsWanted)
            {
                Read();
            }
        }

        // What a server says after the owner closed is for nobody; but if the connection broke, all it still said is passed on as it is asked for.
        private void OnClosing(bool onPurpose)
        {
            if (onPurpose)
            {
                _discarding = true;
                Read();
            }
        }

        private void OnEnding()
        {
            _ending = true;
            if (_reading)
            {
                AwaitSilence();
            }
        }

        private bool IsWanted => _discarding || _receiver is not null || IsAvailable(_stage._out);

        private void Read()
        {
            if (_reading || _finished || _child is null || (_refused is not null && !_discarding))
            {
                return;
            }

            _reading = true;
            if (_ending)
            {
                AwaitSilence();
            }

            _ = ReadAsync(_child.Stdout);
        }

        private async Task ReadAsync(Stream stdout)
        {
            try
            {
                int count;
                while ((count = await stdout.ReadAsync(_buffer).ConfigureAwait(false)) > 0 && _receiver is not null && !_ending && !_discarding)
                {
                    var events = Frames(count);
                    if (events.Count > 0 && !_receiver.TryReceive(events, isLast: false))
                    {
                        _onRefused(events);
                        return;
                    }
                }

                _onRead((count, null));
            }
            catch (Exception failure)
            {
                // Whatever it is: nobody reads on after it.
                _onRead((0, failure));
            }
        }

        private List<InboundEvent> Frames(int count)
        {
            var events = new List<InboundEvent>();
            _lines.Append(_buffer.AsSpan(0, count), events);
            if (count == FirstBuffer && _buffer.Length == FirstBuffer)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(PipeBytes);
            }

            return events;
        }

        private void OnRead((int Count, Exception? Failure) read)
        {
            _reading = false;
            _silence?.Dispose();
            if (_finished)
            {
                return;
            }

            if (read.Count == 0)
            {
                Finish(read.Failure is null ? "it closed its standard output" : $"reading its standard output failed: {read.Failure.Message}");
                return;
            }

            var events = Frames(read.Count);
            if (events.Count > 0 && !_discarding && _receiver?.TryReceive(events, isLast: false) == false)
            {
                OnRefused(events);
            }
            else if (events.Count > 0 && IsAvailable(_stage._out) && _receiver is null)
            {
                Push(_stage._out, new FrameBatch(events));
            }

            _lastWords -= _ending ? read.Count : 0;
            if (_lastWords <= 0)
            {
                Finish("a process outside its group kept writing to its standard output");
            }
            else if (IsWanted)
            {
                Read(); // A batch that was not pushed had nobody to go to: the owner closes the connection.
            }
        }

        private void OnRefused(List<InboundEvent> events)
        {
            (_reading, _refused) = (false, events);
            if (_discarding)
            {
                Read();
            }
            else
            {
                _receiver!.OnRoom(_onRoom);
            }
        }

        private void OfferAgain()
        {
            if (_refused is null || _finished)
            {
                return;
            }

            if (!_discarding && !_receiver!.TryReceive(_refused, isLast: false))
            {
                _receiver.OnRoom(_onRoom);
                return;
            }

            _refused = null;
            Read();
        }

        private void AwaitSilence()
        {
            _silence?.Dispose();
            var onSilence = _onSilence;
            _silence = _transport.Time.CreateTimer(_ => onSilence(), null, StdioTransport.LastWords, Timeout.InfiniteTimeSpan);
        }

        private void OnSilence()
        {
            if (_reading && !_finished)
            {
                Finish("it can't be written to and says nothing more");
            }
        }

        private void Finish(string how)
        {
            _finished = true;
            _ = _transport.OutputEndedAsync(_child!, how);
            var events = new List<InboundEvent>();
            _lines.End(events);
            if (_receiver is not null)
            {
                if (events.Count > 0 && !_discarding)
                {
                    _receiver.TryReceive(events, isLast: true);
                }

                CompleteStage();
            }
            else if (events.Count > 0 && !IsClosed(_stage._out))
            {
                Emit(_stage._out, new FrameBatch(events), CompleteStage);
            }
            else
            {
                CompleteStage();
            }
        }
    }
}
