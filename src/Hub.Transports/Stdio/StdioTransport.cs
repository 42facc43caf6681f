using Akka;
using Akka.Streams.Dsl;

namespace McpHub.Transports.Stdio;

internal sealed class StdioTransport(StdioServerParameters server) : ITransport
{
    public TransportKind Kind => TransportKind.Channel;

    public Source<FrameBatch, NotUsed> Inbound => throw new NotImplementedException(server.Command);

    public Sink<OutboundFrame, NotUsed> Outbound => throw new NotImplementedException();

    public Task<TransportClosed> Closed => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
