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

    /// <summary>What the server says, in batches, in order. Fails with <see cref="HubException"/> if the connection cannot be started or breaks.</summary>
    Source<FrameBatch, NotUsed> Inbound { get; }

    /// <summary>What the hub says. Completing it is the polite end of the connection's write side.</summary>
    Sink<OutboundFrame, NotUsed> Outbound { get; }

    /// <summary>Completes, and never fails, when the connection is gone: process reaped, requests ended.</summary>
    Task<TransportClosed> Closed { get; }
}

/// <summary>Why a connection ended.</summary>
/// <param name="Error">What went wrong; <c>null</c> if it was closed on purpose.</param>
public sealed record TransportClosed(HubError? Error)
{
    /// <summary>Exit code of the server process; 128 + signal number if a signal ended it; <c>null</c> if there is no process or the code is unknown.</summary>
    public int? ExitCode { get; init; }

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
public abstract record OutboundFrame
{
    private protected OutboundFrame()
    {
    }

    /// <summary>One JSON-RPC message.</summary>
    /// <param name="Utf8">The message, without framing.</param>
    /// <param name="Exchange">The hub's request id for requests; <c>null</c> for notifications and responses.</param>
    /// <param name="Method">The method; <c>null</c> for responses.</param>
    /// <param name="Headers">HTTP: the protocol headers that the session computed (<c>MCP-Protocol-Version</c>, <c>Mcp-Method</c>, <c>Mcp-Name</c>, <c>Mcp-Param-*</c>).</param>
    public sealed record Message(ReadOnlyMemory<byte> Utf8, long? Exchange, string? Method, IReadOnlyList<KeyValuePair<string, string>> Headers) : OutboundFrame;

    /// <summary>HTTP: give up an exchange and close its response. A channel ignores it.</summary>
    /// <param name="Exchange">The request.</param>
    public sealed record Abort(long Exchange) : OutboundFrame;
}
