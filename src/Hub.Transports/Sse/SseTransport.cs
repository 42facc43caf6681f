using Akka;
using Akka.Streams.Dsl;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Sse;

/// <summary>HTTP+SSE of revision 2024-11-05: a stream of events in, a POST for each message out. What comes in is one ordered channel.</summary>
internal sealed class SseTransport : ITransport
{
    private readonly HttpConnection _connection;

    public SseTransport(SseServerParameters server, TimeProvider? time = null)
    {
        server.Validate();
        _connection = new HttpConnection(server, time ?? TimeProvider.System);
        Inbound = Source.FromGraph(new FrameSource(_connection));
        Outbound = Sink.FromGraph(new SseExchangeStage(_connection, server));
    }

    public TransportKind Kind => TransportKind.Channel;

    public bool ConfirmsWrites => true;

    public Source<FrameBatch, NotUsed> Inbound { get; }

    public Sink<OutboundFrame, NotUsed> Outbound { get; }

    public Task<TransportClosed> Closed => _connection.Closed;

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
