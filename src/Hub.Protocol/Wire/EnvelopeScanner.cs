using System.Text.Unicode;
using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Wire;

/// <summary>Why a frame was refused: the JSON-RPC error to answer with, and the id if it could be read.</summary>
/// <param name="Code">-32700 for what is no JSON, -32600 for what is no JSON-RPC message or exceeds a limit, -32602 for a broken <c>params</c>.</param>
/// <param name="Message">What is wrong and at which byte.</param>
/// <param name="Id">The id's token, or empty if none could be read.</param>
public sealed record ScanError(int Code, string Message, ReadOnlyMemory<byte> Id);

/// <summary>
/// The one strict pass over a frame (ARCHITECTURE 3, step 1). Nothing behind it parses the frame again.
/// <para>
/// Refused with -32700: invalid UTF-8, a byte order mark (a stream's framing drops the one it may start with), anything that is not
/// exactly one JSON text. It outranks every other fault but an exceeded limit, which ends the scan, and gives no id (JSON-RPC 2.0, section 5).
/// </para>
/// <para>
/// Refused with -32600: a batch or any other root than an object; an exceeded limit; <c>jsonrpc</c> other than <c>"2.0"</c>; an id that is
/// neither a string nor an integer (<c>null</c> passes on errors); not exactly one of <c>method</c>, <c>result</c>, <c>error</c>; a result
/// that is no object, an error without an integer <c>code</c>; a duplicate member in the envelope, <c>result</c>, <c>result._meta</c> or <c>error</c>.
/// </para>
/// <para>
/// Refused with -32602: <c>params</c> or <c>params._meta</c> that is no object; a duplicate member in <c>params</c>, <c>_meta</c>, <c>ref</c> or the
/// top level of <c>arguments</c>; an escaped lone surrogate or NUL in a name, URI, cursor or token.
/// </para>
/// </summary>
public static class EnvelopeScanner
{
    /// <summary>Scans one frame.</summary>
    /// <returns>True with the envelope, or false with the error.</returns>
    public static bool TryScan(ReadOnlyMemory<byte> frame, ScanLimits limits, out Envelope envelope, out ScanError error)
    {
        (envelope, error) = (null!, null!);
        if (frame.Length > limits.MaxBytes)
        {
            error = new ScanError(RpcErrorCodes.InvalidRequest, $"message has {frame.Length} bytes, at most {limits.MaxBytes} are allowed", default);
            return false;
        }

        if (frame.Span.StartsWith("\uFEFF"u8))
        {
            error = new ScanError(RpcErrorCodes.ParseError, "message starts with a byte order mark at byte 0 (RFC 8259, section 8.1)", default);
            return false;
        }

        // The tokens are found without looking at what is not ASCII.
        if (!Utf8.IsValid(frame.Span))
        {
            error = new ScanError(RpcErrorCodes.ParseError, $"message is not valid UTF-8 at byte {FirstInvalid(frame.Span)}", default);
            return false;
        }

        // One level more than allowed, so that the limit is told from a syntax error.
        Span<int> memberCounts = limits.MaxDepth <= 126 ? stackalloc int[limits.MaxDepth + 2] : new int[limits.MaxDepth + 2];
        Span<bool> containers = limits.MaxDepth <= 126 ? stackalloc bool[limits.MaxDepth + 1] : new bool[limits.MaxDepth + 1];
        var scan = new EnvelopeScan(frame, limits, containers, memberCounts, stackalloc Member[24], stackalloc MemberNames.Entry[24]);
        try
        {
            return scan.Run(out envelope, out error);
        }
        finally
        {
            scan.Dispose();
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> frame)
    {
        var rest = frame;
        while (System.Text.Rune.DecodeFromUtf8(rest, out _, out var used) == System.Buffers.OperationStatus.Done)
        {
            rest = rest[used..];
        }

        return frame.Length - rest.Length;
    }
}
