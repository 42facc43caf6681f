using Akka.Actor;
using McpHub.Transports;

namespace McpHub.Actors.Sessions;

/// <summary>
/// The way from a connection's stages to its session: what came is scanned and told on the thread that read it. A credit for each batch that the session
/// has not handled yet takes the place of the graph's demand: without one the stage stops reading. Thread-safe.
/// </summary>
/// <param name="owner">The connection's owner.</param>
/// <param name="session">The session.</param>
/// <param name="credits">Batches that may be under way.</param>
internal sealed class SessionInlet(IActorRef owner, IActorRef session, int credits) : IFrameReceiver
{
    private int _credits = credits;
    private Action? _awaitsRoom;

    public bool TryReceive(IReadOnlyList<InboundEvent> events, bool isLast)
    {
        if (!TryTakeCredit(isLast))
        {
            return false;
        }

        session.Tell(new TransportOwner.FramesRead(owner, ScannedEvent.Scan(events), this), ActorRefs.NoSender);
        return true;
    }

    public void ReceiveAnswer(ReadOnlyMemory<byte> utf8, long exchange)
    {
        // Without a credit: there is one for each request at most, and those are counted.
        ScannedEvent.Scan(utf8, out var message, out var fault);
        session.Tell(new TransportOwner.AnswerRead(owner, exchange, utf8, message, fault), ActorRefs.NoSender);
    }

    /// <summary>The session has handled a batch.</summary>
    public void GiveBack()
    {
        if (Interlocked.Increment(ref _credits) > 0)
        {
            Wake();
        }
    }

    public void OnRoom(Action then)
    {
        Interlocked.Exchange(ref _awaitsRoom, then);
        if (Volatile.Read(ref _credits) > 0)
        {
            Wake();
        }
    }

    private bool TryTakeCredit(bool evenWithout)
    {
        for (var seen = Volatile.Read(ref _credits); seen > 0 || evenWithout;)
        {
            var before = Interlocked.CompareExchange(ref _credits, seen - 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    private void Wake() => Interlocked.Exchange(ref _awaitsRoom, null)?.Invoke();
}
