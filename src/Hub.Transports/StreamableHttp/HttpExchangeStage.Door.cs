namespace McpHub.Transports.StreamableHttp;

/// <summary>
/// What goes on without the stage's mailbox: a request begins on the thread of the session that asks it, and one that ended as requests do is put away
/// on the thread that read its answer. All else passes through the mailbox, and nothing overtakes what is on its way there.
/// </summary>
internal sealed partial class HttpExchangeStage
{
    private sealed class Door(Logic logic, int capacity) : OutboundWriter
    {
        public override bool TryWrite(OutboundFrame frame)
        {
            if (frame is OutboundFrame.Message { Exchange: not null } request && logic.Waiting == 0)
            {
                return logic.TryBegin(request);
            }

            return logic.TryEnter(frame, capacity);
        }

        public override void Complete() => logic.Complete();
    }

    private sealed partial class Logic
    {
        private readonly Action<OutboundFrame> _enter;
        private readonly Action _complete;
        private readonly Queue<OutboundFrame> _entered = [];
        private int _waiting;
        private bool _completed;

        /// <summary>Frames that were written and not taken by the stage yet.</summary>
        public int Waiting => Volatile.Read(ref _waiting);

        public bool TryEnter(OutboundFrame frame, int capacity)
        {
            if (Interlocked.Increment(ref _waiting) > capacity)
            {
                Interlocked.Decrement(ref _waiting);
                return false;
            }

            _enter(frame);
            return true;
        }

        public void Complete() => _complete();

        /// <summary>Any thread: begins a request at once, without the stage's mailbox. False if the connection begins nothing more.</summary>
        public bool TryBegin(OutboundFrame.Message request)
        {
            PostExchange exchange;
            lock (_gate)
            {
                if (_ending)
                {
                    return false;
                }

                if (!request.TryBegin())
                {
                    return true;
                }

                exchange = new PostExchange(_connection, request, Stepped);
                // One that has said its end may stand there still: it is sent again as soon as the session hears of that end.
                _requests[request.Exchange!.Value] = exchange;
            }

            exchange.Step();
            return true;
        }

        private void OnEnter(OutboundFrame frame)
        {
            _entered.Enqueue(frame);
            TakeWaiting();
        }

        private void OnComplete()
        {
            _completed = true;
            TakeWaiting();
        }

        private void TakeWaiting()
        {
            while (_unanswered.Count < MaxUnanswered && !_ending && _entered.TryDequeue(out var frame))
            {
                Take(frame);
                Interlocked.Decrement(ref _waiting);    // only now may the next one go past the mailbox
            }

            if (_completed && _entered.Count == 0 && !_ending)
            {
                OnOutboundEnd();
            }
        }

        // Any thread. A request that ended as requests do needs nothing more of the stage, which would cost it a message per call.
        private void Stepped(HttpExchange exchange)
        {
            if (exchange is not PostExchange { Ended: true, Blocked: null, Message.Exchange: not null } post)
            {
                _report(exchange);
            }
            else if (Remove(post))
            {
                _reportIdle();
            }
        }

        // Whether the stage may have waited for it.
        private bool Remove(PostExchange ended)
        {
            ended.Dispose();
            var number = ended.Message.Exchange!.Value;
            lock (_gate)
            {
                if (_requests.GetValueOrDefault(number) == ended)
                {
                    _requests.Remove(number);
                }

                return _ending;
            }
        }
    }
}
