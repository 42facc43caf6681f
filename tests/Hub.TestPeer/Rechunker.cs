namespace McpHub.Faults;

/// <summary>
/// Passes bytes on in pieces that have nothing to do with those in which they came, as a network does. The tests compile this file too, for what they reach
/// over a socket.
/// </summary>
internal static class Rechunker
{
    /// <summary>The seed of one byte at a time.</summary>
    public const int SingleBytes = 0;

    private const int LargestPiece = 300;

    /// <summary>Copies to the end of <paramref name="from"/>.</summary>
    /// <param name="from">Where the bytes come from.</param>
    /// <param name="to">Where they go, each piece by itself.</param>
    /// <param name="seed">Decides where the cuts are.</param>
    public static async Task CopyAsync(Stream from, Stream to, int seed)
    {
        var random = new Random(seed);
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer) is var count and > 0)
        {
            for (var at = 0; at < count;)
            {
                // Mostly small ones: the cuts that hurt are inside a character, a number or a line end.
                var length = seed == SingleBytes || random.Next(4) == 0 ? 1 : Math.Min(count - at, random.Next(1, LargestPiece));
                await to.WriteAsync(buffer.AsMemory(at, length));
                await to.FlushAsync();
                at += length;
            }
        }
    }
}
