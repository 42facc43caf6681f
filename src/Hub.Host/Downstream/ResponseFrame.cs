namespace McpHub.Host.Downstream;

/// <summary>
/// The envelope of a response in pieces (JSON-RPC 2.0, section 5): a relayed result goes from its server's frame to the socket without being joined to it first.
/// </summary>
internal static class ResponseFrame
{
    public static ReadOnlySpan<byte> Head => "{\"jsonrpc\":\"2.0\",\"id\":"u8;

    public static ReadOnlySpan<byte> Member(bool isError) => isError ? ",\"error\":"u8 : ",\"result\":"u8;

    /// <summary>The id's token; <c>null</c> if the request's could not be read.</summary>
    public static ReadOnlySpan<byte> Id(ReadOnlySpan<byte> id) => id.IsEmpty ? "null"u8 : id;

    public static long Length(ReadOnlySpan<byte> id, bool isError, long part) => Head.Length + Id(id).Length + Member(isError).Length + part + 1;
}
