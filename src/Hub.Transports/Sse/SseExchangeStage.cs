using System.Globalization;
using Akka.Streams;
using Akka.Streams.Stage;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Sse;

/// <summary>
/// The stage that runs a connection: opens the stream of events, waits for the endpoint, then posts each message, many at once. The end of the stream is the end of the
/// connection: this revision has no resumption.
/// </summary>
internal sealed class SseExchangeStage(HttpConnection connection, SseServerParameters server) : GraphStage<SinkShape<OutboundFrame>>
{
    // Requests are bounded by the session's admission; nothing else bounds messages to a server that does not answer its POSTs.
    private const int MaxPosts = 256;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MessageLimit = TimeSpan.FromSeconds(30);

    // As long as a call may last: a server may answer the POST only when it has answered the call.
    private static readonly TimeSpan RequestLimit = TimeSpan.FromMinutes(10);

    private readonly Inlet<OutboundFrame> _in = new("SseExchanges.in");

    public override SinkShape<OutboundFrame> Shape => new(_in);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes)
    {
        connection.ClaimOutbound();
        return new Logic(this, connection, server);
    }

#pragma warning disable CA1001 // An exchange is disposed when its end is reported.
    private sealed class Logic : TimerGraphStageLogic
#pragma warning restore CA1001
    {
        private const string EndpointTimer = "endpoint";
        private const string SweepTimer = "sweep";

        private readonly SseExchangeStage _stage;
        private readonly HttpConnection _connection;
        private readonly SseServerParameters _server;
        private readonly Action<HttpExchange> _stepped;
        private readonly HashSet<SsePostExchange> _posts = [];
        private SseStreamExchange? _stream;
        private SsePostExchange? _initialized;
        private Uri? _endpoint;
        private HubError? _lost;
        private bool _closing;

        public Logic(SseExchangeStage stage, HttpConnection connection, SseServerParameters server)
            : base(stage.Shape)
        {
            (_stage, _connection, _server) = (stage, connection, server);
            _stepped = GetAsyncCallback<HttpExchange>(new WaitingLine(connection.Output, GetAsyncCallback, GoOn).OnStepped);
            // The owner may have ended its side and still wait for answers: they come on the stream.
            SetHandler(stage._in, OnPush, () => { }, _ => OnClose());
        }

        public override void PreStart()
        {
            SetKeepGoing(enabled: true);
            _connection.StageRuns(GetAsyncCallback(OnClose));
            ScheduleOnce(EndpointTimer, _server.EndpointTimeout);
            _stream = new SseStreamExchange(_connection, _server, _stepped, GetAsyncCallback<Uri>(OnEndpoint));
            _stream.Step();
        }

        public override void PostStop()
        {
            AbortAll();
            _connection.StageStopped(_lost);
        }

        protected override void OnTimer(object timerKey)
        {
            if (timerKey is EndpointTimer)
            {
                Lose(HttpFailures.Make(_server.Name, HubErrors.ConnectFailed, Delivery.NotSent,
                    ("reason", string.Create(CultureInfo.InvariantCulture, $"the server named no endpoint within {_server.EndpointTimeout.TotalSeconds} s"))));
                return;
            }

            if (_server.ReadTimeout != Timeout.InfiniteTimeSpan && _stream?.Silence >= _server.ReadTimeout)
            {
                Lose(HttpFailures.Make(_server.Name, HubErrors.ConnectionLost, Delivery.NotSent,
                    ("reason", string.Create(CultureInfo.InvariantCulture, $"nothing came on the event stream for {_server.ReadTimeout.TotalSeconds} s"))));
                return;
            }

            foreach (var late in _posts.Where(post => _connection.Time.GetElapsedTime(post.Started) >= (post.Message.Exchange is null ? MessageLimit : RequestLimit)))
            {
                late.Abort();
            }
        }

        private void OnEndpoint(Uri endpoint)
        {
            _endpoint = endpoint;
            CancelTimer(EndpointTimer);
            ScheduleRepeatedly(SweepTimer, _server.ReadTimeout < SweepInterval && _server.ReadTimeout > TimeSpan.Zero ? _server.ReadTimeout : SweepInterval);
            GoOn();
        }

        private void OnPush()
        {
            // What was on its way when the connection was closed is not begun: nobody would abort it.
            if (Grab(_stage._in) is OutboundFrame.Message message && !_closing && message.TryBegin())
            {
                var post = new SsePostExchange(_connection, _endpoint!, message, _stepped);
                _posts.Add(post);
                if (message.Method == MethodNames.Initialized)
                {
                    // The rest may overtake each other, but nothing the handshake (contract 2, 2-9).
                    _initialized = post;
                }

                post.Step();
            }

            GoOn();
        }

        private void GoOn()
        {
            if (_endpoint is not null && _initialized is null && _posts.Count < MaxPosts && !_closing && !HasBeenPulled(_stage._in) && !IsClosed(_stage._in))
            {
                Pull(_stage._in);
            }
        }

        private void GoOn(HttpExchange exchange)
        {
            if (!exchange.Ended)
            {
                exchange.Step();
                return;
            }

            exchange.Dispose();
            if (exchange is SsePostExchange post)
            {
                _posts.Remove(post);
                _initialized = post == _initialized ? null : _initialized;
                GoOn();
            }
            else
            {
                var failure = ((SseStreamExchange)exchange).Failure;
                _stream = null;
                _closing = true;
                _lost ??= failure;
                AbortAll();
            }

            StopIfIdle();
        }

        private void Lose(HubError error)
        {
            _lost ??= error;
            OnClose();
        }

        private void OnClose()
        {
            _closing = true;
            AbortAll();
            StopIfIdle();
        }

        private void AbortAll()
        {
            foreach (var post in _posts)
            {
                post.Abort();
            }

            _stream?.Abort();
        }

        private void StopIfIdle()
        {
            if (_closing && _stream is null && _posts.Count == 0)
            {
                CompleteStage();
            }
        }
    }
}
