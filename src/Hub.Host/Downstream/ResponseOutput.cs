using System.Buffers;
using System.IO.Pipelines;

namespace McpHub.Host.Downstream;

/// <summary>
/// Writes a response and lets go of a client that stops reading: a flush that stalls for <see cref="DownstreamLimits.WriteStall"/> disconnects it.
/// What is large goes in pieces, so that a slow but reading client is not taken for a stalled one. One exchange, one writer.
/// </summary>
internal readonly struct ResponseOutput(HttpContext context, DownstreamLimits limits, TimeProvider time)
{
    /// <summary>What a connection may hold before a flush waits for the client: an answer of 64 KiB and its headers go in one write.</summary>
    public const int Buffer = 256 * 1024;

    /// <summary>What is written between two flushes.</summary>
    public const int Piece = Buffer / 2;

    private readonly PipeWriter _pipe = context.Response.BodyWriter;

    public void Write(ReadOnlySpan<byte> bytes) => _pipe.Write(bytes);

    /// <summary>Writes what may be large. False if the client is gone.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > Piece)
        {
            _pipe.Write(bytes.Span[..Piece]);
            bytes = bytes[Piece..];
            if (!await FlushAsync())
            {
                return false;
            }
        }

        _pipe.Write(bytes.Span);
        return true;
    }

    /// <summary>Sends what was written. False if the client is gone.</summary>
    public ValueTask<bool> FlushAsync()
    {
        var flush = _pipe.FlushAsync();
        return flush.IsCompletedSuccessfully ? new ValueTask<bool>(IsOpen(flush.Result)) : StalledAsync(flush, context, limits, time);
    }

    private static async ValueTask<bool> StalledAsync(ValueTask<FlushResult> flush, HttpContext context, DownstreamLimits limits, TimeProvider time)
    {
        await using var timer = time.CreateTimer(static state => ((HttpContext)state!).Abort(), context, limits.WriteStall, Timeout.InfiniteTimeSpan);
        return IsOpen(await flush) && !context.RequestAborted.IsCancellationRequested;
    }

    private static bool IsOpen(FlushResult result) => !result.IsCompleted && !result.IsCanceled;
}
