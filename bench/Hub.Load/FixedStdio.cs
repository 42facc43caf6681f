using System.Buffers;

namespace McpHub.Load;

internal static class FixedStdio
{
    /// <summary>One thread: all lines of a read are answered by one write.</summary>
    public static void Run(bool modern)
    {
        var answers = new FixedAnswers(modern);
        using var input = Console.OpenStandardInput();
        using var output = Console.OpenStandardOutput();
        var pending = new ArrayBufferWriter<byte>(256 * 1024);
        var buffer = new byte[256 * 1024];
        var filled = 0;
        while (input.Read(buffer, filled, buffer.Length - filled) is > 0 and var count)
        {
            filled += count;
            var rest = buffer.AsSpan(0, filled);
            while (rest.IndexOf((byte)'\n') is >= 0 and var end)
            {
                if (answers.TryAnswer(rest[..end], pending))
                {
                    pending.Write("\n"u8);
                }

                rest = rest[(end + 1)..];
            }

            rest.CopyTo(buffer);
            filled = rest.Length;
            output.Write(pending.WrittenSpan);
            pending.ResetWrittenCount();
        }
    }
}
