using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Akka.Streams;
using Akka.Streams.Stage;
using Socket = System.Net.WebSockets.WebSocket;

namespace McpHub.Transports.WebSocket;

/// <summary>
/// Writes one text message per frame, one after the other, on the socket itself: the library's own sending loses messages silently while the socket is down. No write ever
/// gets a call's token: a cancelled write ends the connection.
/// </summary>
internal sealed class WebSocketOutboundStage(WebSocketTransport transport) : GraphStage<SinkShape<OutboundFrame>>
{
    private readonly Inlet<OutboundFrame> _in = new("WebSocketOutbound.in");

    public override SinkShape<OutboundFrame> Shape => new(_in);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, transport);

    private sealed class Logic : InGraphStageLogic
    {
        private readonly WebSocketOutboundStage _stage;
        private readonly WebSocketTransport _transport;
        private readonly bool _ours;
        private readonly Action _written;
        private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _write;
        private Socket? _socket;
        private bool _busy;
        private bool _inputOver;

        public Logic(WebSocketOutboundStage stage, WebSocketTransport transport)
            : base(stage.Shape)
        {
            // Here and not in PreStart, which runs later: closing waits for a writer from the moment it is materialised.
            (_stage, _transport, _ours) = (stage, transport, transport.TryTakeWriter());
            _written = GetAsyncCallback(OnWritten);
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            if (!_ours)
            {
                FailStage(_transport.UsedTwice());
                return;
            }

            var onStarted = GetAsyncCallback<Task<Socket>>(OnStarted);
            var onEnding = GetAsyncCallback(CompleteStage);
            _transport.Started.ContinueWith(onStarted, TaskScheduler.Default);
            _transport.Ending.ContinueWith(_ => onEnding(), TaskScheduler.Default);
        }

        public override void OnPush()
        {
            if (Grab(_stage._in) is OutboundFrame.Message message && message.TryBegin())
            {
                _busy = true;
#pragma warning disable CA2012 // Awaited by hand: the continuation is the async callback itself, without a task between.
                _write = _socket!.SendAsync(message.Utf8, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
                if (_write.IsCompleted)
                {
                    OnWritten();
                }
                else
                {
                    _write.UnsafeOnCompleted(_written);
                }
            }
            else
            {
                GoOn();
            }
        }

        public override void OnUpstreamFinish()
        {
            _inputOver = true;
            GoOn();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _transport.Stopped();
            OnUpstreamFinish();
        }

        public override void PostStop()
        {
            if (_ours)
            {
                _transport.OutboundStopped();
            }
        }

        private void OnStarted(Task<Socket> started)
        {
            if (started.IsFaulted)
            {
                FailStage(started.Exception.InnerException ?? started.Exception);
                return;
            }

            _socket = started.Result;
            GoOn();
        }

        private void OnWritten()
        {
            _busy = false;
            try
            {
                _write.GetResult();
                GoOn();
            }
            catch (Exception failure)
            {
                _transport.WriteFailed(failure);
                CompleteStage();
            }
        }

        private void GoOn()
        {
            if (_busy || _socket is null)
            {
                return;
            }

            if (_inputOver)
            {
                _transport.CloseOutput(_socket);
                CompleteStage();
            }
            else if (!HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }
    }
}
