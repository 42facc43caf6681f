using System.Net;

namespace McpHub.Transports.StreamableHttp;

/// <summary>A message as the body of a request. Knows whether it may have left: HttpClient asks for the body only when it has a connection.</summary>
internal sealed class FrameContent(ReadOnlyMemory<byte> utf8) : HttpContent
{
    private volatile bool _sent;

    public bool Sent => _sent;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _sent = true;
        return stream.WriteAsync(utf8, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = utf8.Length;
        return true;
    }
}
