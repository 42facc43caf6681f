using System.Net;

namespace McpHub.Transports.StreamableHttp;

/// <summary>A message as the JSON body of a request. Knows whether it may have left: HttpClient asks for the body only when it has a connection.</summary>
internal sealed class FrameContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _utf8;
    private volatile bool _sent;

    public FrameContent(ReadOnlyMemory<byte> utf8)
    {
        _utf8 = utf8;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    public bool Sent => _sent;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _sent = true;
        return stream.WriteAsync(_utf8, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _utf8.Length;
        return true;
    }
}
