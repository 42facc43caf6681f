using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace McpHub.Actors.Routing;

/// <summary>
/// The cursor of a list that the hub serves: list, kind and offset under a MAC with a key of this process, so that a cursor that was made up, changed, or given out
/// for other content is told from a good one (contract 3.14).
/// </summary>
internal static class ListCursor
{
    private const int PayloadLength = sizeof(long) + 1 + sizeof(int);
    private const int MacLength = 16;

    private static readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public static string Seal(long listId, ComponentKind kind, int offset)
    {
        Span<byte> sealedBytes = stackalloc byte[PayloadLength + MacLength];
        BinaryPrimitives.WriteInt64LittleEndian(sealedBytes, listId);
        sealedBytes[sizeof(long)] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(sealedBytes[(sizeof(long) + 1)..], offset);
        Mac(sealedBytes[..PayloadLength], sealedBytes[PayloadLength..]);
        return Base64Url.EncodeToString(sealedBytes);
    }

    /// <returns>The offset, or -1 if this is no cursor of that list.</returns>
    public static int Open(string cursor, long listId, ComponentKind kind)
    {
        Span<byte> opened = stackalloc byte[PayloadLength + MacLength];
        if (cursor.Length != Base64Url.GetEncodedLength(opened.Length) || Base64Url.DecodeFromChars(cursor, opened, out _, out var length) != OperationStatus.Done || length != opened.Length)
        {
            return -1;
        }

        Span<byte> mac = stackalloc byte[MacLength];
        Mac(opened[..PayloadLength], mac);
        var isOurs = CryptographicOperations.FixedTimeEquals(mac, opened[PayloadLength..])
            && BinaryPrimitives.ReadInt64LittleEndian(opened) == listId
            && opened[sizeof(long)] == (byte)kind;
        return isOurs ? BinaryPrimitives.ReadInt32LittleEndian(opened[(sizeof(long) + 1)..]) : -1;
    }

    private static void Mac(ReadOnlySpan<byte> payload, Span<byte> mac)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, payload, hash);
        hash[..MacLength].CopyTo(mac);
    }
}
