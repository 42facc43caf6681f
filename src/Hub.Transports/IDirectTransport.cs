using Akka;
using Akka.Streams.Dsl;

namespace McpHub.Transports;

/// <summary>
/// A transport whose stages take messages from their session, and hand it what the server says, on the thread on which these are at that moment.
/// The graphs are materialised, held back and ended as those of <see cref="ITransport"/> are; only the mailboxes of the graphs are not on the way of a call
/// (docs/decisions/0021-direct-stages.md).
/// </summary>
internal interface IDirectTransport : ITransport
{
    /// <summary><see cref="ITransport.Inbound"/>, but all events go to <paramref name="receiver"/>: the source itself emits nothing, and ends with the connection.</summary>
    Source<NotUsed, NotUsed> InboundTo(IFrameReceiver receiver);

    /// <summary><see cref="ITransport.Outbound"/>, with a door of its own; elements of the graph are taken too.</summary>
    /// <param name="capacity">Messages that may wait behind the door.</param>
    Sink<OutboundFrame, OutboundWriter> DirectOutbound(int capacity);
}

/// <summary>Takes what a server says. Thread-safe; a transport keeps the order of each of its streams.</summary>
internal interface IFrameReceiver
{
    /// <summary>Takes the events; false if there is no room, then none was taken.</summary>
    /// <param name="events">In order. The list is the caller's again after this.</param>
    /// <param name="isLast">Nothing follows on their stream, so that they cannot flood: they are always taken.</param>
    bool TryReceive(IReadOnlyList<InboundEvent> events, bool isLast);

    /// <summary>Takes the one message of an exchange together with the end of it: <see cref="InboundEvent.Frame"/> and <see cref="InboundEvent.ExchangeEnded"/> in one.</summary>
    void ReceiveAnswer(ReadOnlyMemory<byte> utf8, long exchange);

    /// <summary>Calls back once, when there may be room; on any thread. One waits at a time.</summary>
    void OnRoom(Action then);
}

/// <summary>The way from a session into its transport. For one writer.</summary>
internal abstract class OutboundWriter
{
    /// <summary>False if there is no room or the connection takes nothing more; then the frame was not taken.</summary>
    public abstract bool TryWrite(OutboundFrame frame);

    /// <summary>The polite end: what was written is still sent.</summary>
    public abstract void Complete();
}
