namespace McpHub.Transports.StreamableHttp;

/// <summary>Exchanges whose events found no room in the connection's output: each gets its turn in the order in which it came. For the one thread of the stage that runs them.</summary>
internal sealed class WaitingLine
{
    private readonly Queue<HttpExchange> _line = [];
    private readonly FrameOutput _output;
    private readonly Action _roomAgain;
    private readonly Action<HttpExchange> _goOn;

    /// <param name="output">Where the events go.</param>
    /// <param name="onStage">Makes of an action one that runs on the stage's thread.</param>
    /// <param name="goOn">What is next for an exchange whose events were taken.</param>
    public WaitingLine(FrameOutput output, Func<Action, Action> onStage, Action<HttpExchange> goOn) => (_output, _roomAgain, _goOn) = (output, onStage(Drain), goOn);

    /// <summary>An exchange has made a step.</summary>
    public void OnStepped(HttpExchange exchange)
    {
        if (exchange.Blocked is null)
        {
            _goOn(exchange);
            return;
        }

        _output.Congested = true;
        _line.Enqueue(exchange);
        if (_line.Count == 1)
        {
            Drain();
        }
    }

    private void Drain()
    {
        while (_line.TryPeek(out var first))
        {
            if (!_output.OfferInTurn(first.Blocked!, first.Ended))
            {
                _output.OnRoom(_roomAgain);
                return;
            }

            first.Blocked = null;
            _line.Dequeue();
            _goOn(first);
        }

        _output.Congested = false;
    }
}
