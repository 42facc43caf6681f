namespace McpHub.Protocol.Wire;

/// <summary>Why a frame was refused: the JSON-RPC error to answer with, and the id if it could be read.</summary>
/// <param name="Code">-32700 for what is no JSON, -32600 for what is no JSON-RPC message, -32602 for a broken <c>params</c>.</param>
/// <param name="Message">What is wrong and at which byte.</param>
/// <param name="Id">The id's token, or empty if none could be read.</param>
public sealed record ScanError(int Code, string Message, ReadOnlyMemory<byte> Id);

/// <summary>The one strict pass over a frame (ARCHITECTURE 3, step 1). Nothing behind it parses the frame again.</summary>
public static class EnvelopeScanner
{
    /// <summary>Scans one frame.</summary>
    /// <returns>True with the envelope, or false with the error.</returns>
    public static bool TryScan(ReadOnlyMemory<byte> frame, ScanLimits limits, out Envelope envelope, out ScanError error)
    {
        throw new NotImplementedException();
    }
}
