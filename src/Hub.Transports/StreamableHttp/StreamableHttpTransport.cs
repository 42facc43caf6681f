using Akka;
using Akka.Streams.Dsl;

namespace McpHub.Transports.StreamableHttp;

/// <summary>Streamable HTTP of both eras: each message is one POST, and the messages of all responses come in on one stream.</summary>
internal sealed class StreamableHttpTransport : IDirectTransport
{
    private readonly HttpConnection _connection;

    public StreamableHttpTransport(StreamableHttpParameters server, TimeProvider? time = null)
    {
        server.Validate();
        _connection = new HttpConnection(server, time ?? TimeProvider.System);
        Inbound = Source.FromGraph(new FrameSource(_connection));
        Outbound = Sink.FromGraph(new HttpExchangeStage(_connection)).MapMaterializedValue(_ => NotUsed.Instance);
    }

    public TransportKind Kind => TransportKind.Http;

    public bool ConfirmsWrites => true;

    public Source<FrameBatch, NotUsed> Inbound { get; }

    public Sink<OutboundFrame, NotUsed> Outbound { get; }

    public Task<TransportClosed> Closed => _connection.Closed;

    public Source<NotUsed, NotUsed> InboundTo(IFrameReceiver receiver) => Source.FromGraph(new DirectFrames(_connection, receiver));

    public Sink<OutboundFrame, OutboundWriter> DirectOutbound(int capacity) => Sink.FromGraph(new HttpExchangeStage(_connection, capacity));

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
