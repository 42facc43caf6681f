using System.Buffers;

namespace McpHub.Transports.Stdio;

/// <summary>One message is one line. A line break in JSON text can only stand between tokens, so it is left out; inside strings it is an escape.</summary>
internal static class LineBreaks
{
    public static void CopyWithout(ReadOnlySpan<byte> message, IBufferWriter<byte> to)
    {
        while (message.IndexOfAny((byte)'\r', (byte)'\n') is var at and >= 0)
        {
            to.Write(message[..at]);
            message = message[(at + 1)..];
        }

        to.Write(message);
    }
}
