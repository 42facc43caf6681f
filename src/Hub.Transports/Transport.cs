using Akka;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;

namespace McpHub;

/// <summary>How a transport carries messages; decides era probe, cancellation and demultiplexing, never a translation.</summary>
public enum TransportKind
{
    /// <summary>One ordered channel in each direction: stdio, WebSocket, in memory.</summary>
    Channel,

    /// <summary>One exchange per message: Streamable HTTP.</summary>
    Http,
}

/// <summary>
/// One connection to a server, as the two ends of Akka.Streams graphs. It starts when <see cref="Inbound"/> is materialised for the first time;
/// a second materialisation fails with <see cref="InvalidOperationException"/>. The session that uses it disposes it.
/// A transport of your own implements this interface.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Channel or HTTP.</summary>
    TransportKind Kind { get; }

    /// <summary>What the server says, in batches, in order. Fails with <see cref="HubException"/> if the connection cannot be started;
    /// when it ends later it completes, and <see cref="Closed"/> says why.</summary>
    Source<FrameBatch, NotUsed> Inbound { get; }

    /// <summary>What the hub says. Completing it is the polite end of the connection's write side.</summary>
    Sink<OutboundFrame, NotUsed> Outbound { get; }

    /// <summary>
    /// Whether this transport calls <see cref="OutboundFrame.Message.TryBegin"/> itself, right before it writes. If false, a message counts as written once it was
    /// handed over, so that what could have been sent is never sent twice.
    /// </summary>
    bool ConfirmsWrites => false;

    /// <summary>Completes, and never fails, when the connection is gone: process reaped, requests ended.</summary>
    Task<TransportClosed> Closed { get; }
}

/// <summary>Why a connection ended.</summary>
/// <param name="Error">What went wrong; <c>null</c> if it was closed on purpose.</param>
public sealed record TransportClosed(HubError? Error)
{
    /// <summary>Exit code of the server process; 128 + signal number if a signal ended it; <c>null</c> if there is no process or the code is unknown.</summary>
    public int? ExitCode { get; init; }

    /// <summary>WebSocket: the code with which the server closed; <c>null</c> if it did not.</summary>
    public int? CloseCode { get; init; }

    /// <summary>The last lines the server process wrote to standard error, at most 10.</summary>
    public IReadOnlyList<string> StderrTail { get; init; } = [];
}

/// <summary>Several events of a connection, in the order in which they happened.</summary>
/// <param name="Events">The events, at least one.</param>
public sealed record FrameBatch(IReadOnlyList<InboundEvent> Events)
{
    /// <summary>A batch of one event.</summary>
    public static FrameBatch Of(InboundEvent single) => new([single]);
}

/// <summary>What a transport reports of its peer.</summary>
public abstract record InboundEvent
{
    private protected InboundEvent()
    {
    }

    /// <summary>One JSON-RPC message, without its framing, not scanned yet.</summary>
    /// <param name="Utf8">The bytes. They are never changed or reused after this.</param>
    /// <param name="Exchange">HTTP: the request on whose response stream it came; <c>null</c> on the GET stream and on channels.</param>
    public sealed record Frame(ReadOnlyMemory<byte> Utf8, long? Exchange = null) : InboundEvent;

    /// <summary>Something that is no message: stray text on standard output, a line that is too long, a broken SSE event. The connection goes on.</summary>
    /// <param name="Error">What is wrong.</param>
    /// <param name="Exchange">HTTP: the request on whose response stream it came.</param>
    /// <param name="Excerpt">The first characters of it, control characters removed.</param>
    public sealed record Rejected(HubError Error, long? Exchange = null, string Excerpt = "") : InboundEvent;

    /// <summary>HTTP: the response of an exchange ended; nothing more comes for it. Sent exactly once for each message that had an exchange number.</summary>
    /// <param name="Exchange">The request.</param>
    /// <param name="Error">Why no answer came on it; <c>null</c> if the response was complete.</param>
    public sealed record ExchangeEnded(long Exchange, HubError? Error) : InboundEvent;
}

/// <summary>What the hub hands to a transport.</summary>
public abstract class OutboundFrame
{
    private protected OutboundFrame()
    {
    }

    /// <summary>One JSON-RPC message.</summary>
    /// <param name="utf8">The message, without framing.</param>
    /// <param name="exchange">The hub's request id for requests; <c>null</c> for notifications and responses.</param>
    /// <param name="method">The method; <c>null</c> for responses.</param>
    /// <param name="headers">HTTP: the protocol headers that the session computed (<c>MCP-Protocol-Version</c>, <c>Mcp-Method</c>, <c>Mcp-Name</c>, <c>Mcp-Param-*</c>).</param>
    public sealed class Message(ReadOnlyMemory<byte> utf8, long? exchange, string? method, IReadOnlyList<KeyValuePair<string, string>> headers) : OutboundFrame
    {
        private const int Waiting = 0;
        private const int Begun = 1;
        private const int Withdrawn = 2;

        private ReadOnlyMemory<byte> _utf8 = utf8;
        private int _state;

        /// <summary>The message, without framing. Empty once it was withdrawn: a queue that still holds it must not hold its bytes.</summary>
        public ReadOnlyMemory<byte> Utf8 => _utf8;

        /// <summary>The hub's request id for requests; <c>null</c> for notifications and responses.</summary>
        public long? Exchange => exchange;

        /// <summary>The method; <c>null</c> for responses.</summary>
        public string? Method => method;

        /// <summary>HTTP: protocol headers for this message.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Headers => headers;

        /// <summary>True once a transport may have written a part of it.</summary>
        public bool HasBegun => Volatile.Read(ref _state) == Begun;

        /// <summary>True once the session took it back.</summary>
        internal bool IsWithdrawn => Volatile.Read(ref _state) == Withdrawn;

        /// <summary>Transport: call right before the first byte is written. False: the message was withdrawn and must not be written.</summary>
        public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) != Withdrawn;

        /// <summary>Session: takes a message back that was not written yet. True: it never will be.</summary>
        public bool TryWithdraw()
        {
            var before = Interlocked.CompareExchange(ref _state, Withdrawn, Waiting);
            if (before == Waiting)
            {
                _utf8 = default;
            }

            return before != Begun;
        }
    }

    /// <summary>HTTP: give up an exchange and close its response. A channel ignores it.</summary>
    /// <param name="exchange">The request.</param>
    public sealed class Abort(long exchange) : OutboundFrame
    {
        /// <summary>The request.</summary>
        public long Exchange => exchange;
    }
}
