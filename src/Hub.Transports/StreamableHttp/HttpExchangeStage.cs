using Akka.Streams;
using Akka.Streams.Stage;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;

namespace McpHub.Transports.StreamableHttp;

/// <summary>
/// The stage that runs all exchanges of a connection, however many at once: a slow one delays no other. It starts them in the order of its elements,
/// gives each its next step when the output took its frames, aborts them, and keeps the GET stream of a legacy session open.
/// </summary>
/// <param name="connection">What the exchanges share.</param>
/// <param name="capacity">Messages that may wait for the stage behind its <see cref="OutboundWriter"/>.</param>
internal sealed partial class HttpExchangeStage(HttpConnection connection, int capacity = 0) : GraphStageWithMaterializedValue<SinkShape<OutboundFrame>, OutboundWriter>
{
    // Requests are bounded by the session's admission; nothing else bounds notifications and responses to a server that does not answer.
    private const int MaxUnanswered = 256;

    private static readonly TimeSpan UnansweredLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstReconnect = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastReconnect = TimeSpan.FromSeconds(30);

    private readonly Inlet<OutboundFrame> _in = new("HttpExchanges.in");

    public override SinkShape<OutboundFrame> Shape => new(_in);

    public override ILogicAndMaterializedValue<OutboundWriter> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        connection.ClaimOutbound();
        var logic = new Logic(this, connection);
        return new LogicAndMaterializedValue<OutboundWriter>(logic, new Door(logic, capacity));
    }

#pragma warning disable CA1001 // An exchange is disposed when its end is reported.
    private sealed partial class Logic : TimerGraphStageLogic
#pragma warning restore CA1001
    {
        private const string GetTimer = "get";
        private const string SweepTimer = "sweep";

        private readonly HttpExchangeStage _stage;
        private readonly HttpConnection _connection;
        private readonly Action<HttpExchange> _report;
        private readonly Action _reportIdle;
        private readonly Lock _gate = new();
        private readonly Dictionary<long, PostExchange> _requests = [];    // guarded by the gate, as _ending is while it is being set
        private readonly HashSet<PostExchange> _unanswered = [];    // notifications and responses
        private GetExchange? _get;
        private string? _lastEventId;
        private TimeSpan _serverRetry;
        private int _getTries;
        private bool _getWanted;
        private string? _getSession;
        private bool _ending;

        public Logic(HttpExchangeStage stage, HttpConnection connection)
            : base(stage.Shape)
        {
            (_stage, _connection) = (stage, connection);
            _report = GetAsyncCallback<HttpExchange>(new WaitingLine(connection.Output, GetAsyncCallback, GoOn).OnStepped);
            _reportIdle = GetAsyncCallback(StopIfIdle);
            _enter = GetAsyncCallback<OutboundFrame>(OnEnter);
            _complete = GetAsyncCallback(OnComplete);
            SetHandler(stage._in, OnPush, OnOutboundEnd, _ => OnClose());
        }

        public override void PreStart()
        {
            SetKeepGoing(enabled: true);    // exchanges outlive the elements
            _connection.StageRuns(GetAsyncCallback(OnClose));
            Pull(_stage._in);
        }

        public override void PostStop()
        {
            AbortAll("the connection was closed");
            _connection.StageStopped(lost: null);
        }

        protected override void OnTimer(object timerKey)
        {
            if (timerKey is GetTimer)
            {
                OpenGet();
                return;
            }

            if (timerKey is HttpExchange resumed)
            {
                resumed.Step();
                return;
            }

            foreach (var late in _unanswered.Where(post => _connection.Time.GetElapsedTime(post.Started) >= UnansweredLimit))
            {
                late.Abort("the server did not answer");
            }
        }

        private void OnPush()
        {
            Take(Grab(_stage._in));
            TakeMore();
        }

        private void Take(OutboundFrame frame)
        {
            switch (frame)
            {
                // What was on its way when the connection was closed is not begun: nobody would abort it.
                case OutboundFrame.Message message when !_ending:
                    Post(message);
                    break;
                case OutboundFrame.Abort abort when Find(abort.Exchange) is { } running:
                    running.Abort();
                    StepIfWaiting(running);
                    break;
            }
        }

        private PostExchange? Find(long number)
        {
            lock (_gate)
            {
                return _requests.GetValueOrDefault(number);
            }
        }

        private void TakeMore()
        {
            TakeWaiting();
            if (_unanswered.Count < MaxUnanswered && !_ending && !HasBeenPulled(_stage._in) && !IsClosed(_stage._in))
            {
                Pull(_stage._in);
            }
        }

        private void Post(OutboundFrame.Message message)
        {
            if (message.Method == MethodNames.Initialized)
            {
                _connection.ProtocolVersion = message.Headers.FirstOrDefault(header => header.Key.Equals(HttpHeaderNames.ProtocolVersion, StringComparison.OrdinalIgnoreCase)).Value;
                if (_getWanted && _connection.SessionId != _getSession)
                {
                    // The stream of the old session is of no use any more, nor is where it stood.
                    (_getWanted, _lastEventId) = (false, null);
                    CancelTimer(GetTimer);
                    _get?.Abort();
                }
            }

            if (message.Exchange is not null)
            {
                TryBegin(message);
                return;
            }

            if (!message.TryBegin())
            {
                return;
            }

            var exchange = new PostExchange(_connection, message, Stepped);
            _unanswered.Add(exchange);
            if (!IsTimerActive(SweepTimer))
            {
                ScheduleRepeatedly(SweepTimer, UnansweredLimit / 6);
            }

            exchange.Step();
        }

        private void GoOn(HttpExchange exchange)
        {
            if (exchange.ResumeAfter is { } wait && !_ending)
            {
                ScheduleOnce(exchange, wait);
                return;
            }

            if (!exchange.Ended)
            {
                exchange.Step();
                return;
            }

            if (exchange is PostExchange post)
            {
                OnPostEnded(post);
            }
            else
            {
                exchange.Dispose();
                OnGetEnded((GetExchange)exchange);
            }

            StopIfIdle();
        }

        private void OnPostEnded(PostExchange post)
        {
            if (post.Message.Exchange is not null)
            {
                Remove(post);
            }
            else
            {
                post.Dispose();
                _unanswered.Remove(post);
                if (_unanswered.Count == 0)
                {
                    CancelTimer(SweepTimer);
                }

                if (post is { Accepted: true, Message.Method: MethodNames.Initialized } && !_getWanted)
                {
                    (_getWanted, _getSession) = (true, _connection.SessionId);
                    OpenGet();
                }

                TakeMore();
            }
        }

        private void OpenGet()
        {
            if (!_ending)
            {
                _get = new GetExchange(_connection, _lastEventId, Stepped);
                _get.Step();
            }
        }

        private void OnGetEnded(GetExchange ended)
        {
            if (_get == ended)
            {
                _get = null;
            }

            if (ended.NotOffered || _ending || !_getWanted || _get is not null)
            {
                return;
            }

            _lastEventId = ended.LastEventId;
            _serverRetry = ended.Retry ?? _serverRetry;
            if (ended.Productive || _connection.Time.GetElapsedTime(ended.Started) >= LastReconnect)
            {
                _getTries = 0;
            }

            // Contract 2, 3-20: the server's wish or a doubling wait, at most 30 s; the GET stream is never given up.
            var wait = FirstReconnect * Math.Pow(2, Math.Min(_getTries++, 6));
            wait = wait > _serverRetry ? wait : _serverRetry;
            ScheduleOnce(GetTimer, wait < LastReconnect ? wait : LastReconnect);
        }

        // The polite end: what was asked is still answered.
        private void OnOutboundEnd()
        {
            SetEnding();
            StopIfIdle();
        }

        private void OnClose()
        {
            EndExchanges("the connection was closed");
            StopIfIdle();
        }

        private void EndExchanges(string reason)
        {
            SetEnding();
            AbortAll(reason);
        }

        private void SetEnding()
        {
            lock (_gate)
            {
                _ending = true;
            }

            CancelTimer(GetTimer);
        }

        private void AbortAll(string reason)
        {
            PostExchange[] running;
            lock (_gate)
            {
                running = [.. _requests.Values, .. _unanswered];
            }

            foreach (var exchange in running)
            {
                exchange.Abort(reason);
                StepIfWaiting(exchange);
            }

            _get?.Abort();
        }

        // One that waits to go on with its response has no step running that could see the abort.
        private void StepIfWaiting(HttpExchange exchange)
        {
            if (IsTimerActive(exchange))
            {
                CancelTimer(exchange);
                exchange.Step();
            }
        }

        private void StopIfIdle()
        {
            lock (_gate)
            {
                if (!_ending || _requests.Count + _unanswered.Count > 0)
                {
                    return;
                }
            }

            if (_get is { } get)
            {
                get.Abort();
            }
            else
            {
                CompleteStage();
            }
        }
    }
}
