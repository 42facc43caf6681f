using Akka;
using Akka.Streams.Dsl;

namespace McpHub.Transports.StreamableHttp;

internal sealed class StreamableHttpTransport(StreamableHttpParameters server) : ITransport
{
    public TransportKind Kind => TransportKind.Http;

    public Source<FrameBatch, NotUsed> Inbound => throw new NotImplementedException(server.Url.OriginalString);

    public Sink<OutboundFrame, NotUsed> Outbound => throw new NotImplementedException();

    public Task<TransportClosed> Closed => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
