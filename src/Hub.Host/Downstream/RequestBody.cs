using System.Buffers;
using System.IO.Pipelines;

namespace McpHub.Host.Downstream;

/// <summary>Reads a body into one buffer of its own, which the envelope then points into.</summary>
internal static class RequestBody
{
    /// <summary>The whole body, or <c>null</c> if it is longer than <paramref name="limit"/>: then at most one read beyond the limit was taken.</summary>
    public static ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int limit) => request.ContentLength switch
    {
        null => ReadUnknownAsync(request.BodyReader, limit),
        var length when length > limit => new ValueTask<ReadOnlyMemory<byte>?>((ReadOnlyMemory<byte>?)null),
        var length => ReadExactlyAsync(request.BodyReader, (int)length),
    };

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadExactlyAsync(PipeReader reader, int length)
    {
        var body = GC.AllocateUninitializedArray<byte>(length);
        var filled = 0;
        while (true)
        {
            // Kestrel throws if the connection ends before the declared length, and never hands out more than it.
            var read = await reader.ReadAsync();
            read.Buffer.CopyTo(body.AsSpan(filled));
            filled += (int)read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || filled == length)
            {
                return body.AsMemory(0, filled);
            }
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadUnknownAsync(PipeReader reader, int limit)
    {
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await reader.ReadAsync();
            if (body.WrittenCount + read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            foreach (var segment in read.Buffer)
            {
                body.Write(segment.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return body.WrittenMemory;
            }
        }
    }
}
