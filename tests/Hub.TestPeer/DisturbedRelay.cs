namespace McpHub.Faults;

/// <summary>What a network, a proxy or a dying machine does to one connection.</summary>
internal enum Disturbance
{
    /// <summary>Each piece comes some milliseconds late; then the connection is reset.</summary>
    Latency,

    /// <summary>Each byte comes by itself; then the connection is reset.</summary>
    Slices,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>One direction is closed in order; the other one stays.</summary>
    HalfOpen,

    /// <summary>Both directions swallow everything; the connection is reset after <see cref="DisturbedRelay.Darkness"/>.</summary>
    BlackHole,

    /// <summary>One byte is another one: 0xFF, which is valid in no text that either side sends; some pieces later the connection is reset.</summary>
    CorruptByte,
}

/// <summary>
/// One connection between a hub and its server, with what befalls it. Which disturbance, after how many bytes, in which direction: the seed decides, and seeds
/// that follow each other give each disturbance its turn. The tests compile this file too, for their proxy over sockets.
/// </summary>
internal sealed class DisturbedRelay : IDisposable
{
    /// <summary>How long a black hole lasts.</summary>
    public static readonly TimeSpan Darkness = TimeSpan.FromMilliseconds(1500);

    private readonly CancellationTokenSource _ended = new();
    private readonly Random _random;
    private readonly bool _onAnswers;
    private readonly long _after;
    private volatile bool _isDark;
    private bool _isCorrupt;

    /// <param name="seed">Decides.</param>
    /// <param name="meanBytes">About how many bytes pass undisturbed in the direction that is disturbed.</param>
    public DisturbedRelay(int seed, int meanBytes)
    {
        // Seeds that follow each other give generators that begin alike.
        var random = new Random(unchecked((int)((uint)seed * 2654435761u)));
        var kinds = Enum.GetValues<Disturbance>();
        (Kind, _onAnswers, _after, _random) = (kinds[seed % kinds.Length], random.Next(2) == 0, random.Next(2 * meanBytes), new Random(random.Next()));
    }

    public Disturbance Kind { get; }

    public void Dispose() => _ended.Dispose();

    /// <summary>Relays until both directions are at their end, or the connection is to be reset.</summary>
    /// <param name="hub">The hub's side.</param>
    /// <param name="server">The server's.</param>
    /// <param name="closeHub">Says to the hub that no more comes.</param>
    /// <param name="closeServer">Says it to the server.</param>
    /// <returns>Whether both sides are to be reset rather than closed.</returns>
    public async Task<bool> RunAsync((Stream From, Stream To) hub, (Stream From, Stream To) server, Action closeHub, Action closeServer)
    {
        var both = Task.WhenAll(CopyAsync(hub.From, server.To, closeServer, !_onAnswers), CopyAsync(server.From, hub.To, closeHub, _onAnswers));
        try
        {
            await both;
            return false;
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return true;
        }
    }

    private async Task CopyAsync(Stream from, Stream to, Action close, bool isDisturbed)
    {
        var buffer = new byte[16 * 1024];
        var passed = 0L;
        try
        {
            while (await from.ReadAsync(buffer, _ended.Token) is var count and > 0)
            {
                var piece = buffer.AsMemory(0, count);
                if (_isDark)
                {
                    continue;
                }

                if (!isDisturbed)
                {
                    await PassAsync(to, piece);
                    continue;
                }

                if (Kind == Disturbance.Latency)
                {
                    await Task.Delay(_random.Next(1, 15), _ended.Token);
                }

                if (passed + count > _after && await BefallAsync(to, piece, (int)Math.Max(0, _after - passed), close))
                {
                    return;
                }

                if (Kind == Disturbance.Slices)
                {
                    for (var i = 0; i < count; i++)
                    {
                        await PassAsync(to, piece.Slice(i, 1));
                    }
                }
                else if (!_isDark)
                {
                    await PassAsync(to, piece);
                }

                passed += count;
            }

            close();
        }
        catch
        {
            // The other direction must not wait for a connection that is gone.
            await _ended.CancelAsync();
            throw;
        }
    }

    /// <returns>Whether this direction is at its end.</returns>
    private async Task<bool> BefallAsync(Stream to, Memory<byte> piece, int at, Action close)
    {
        switch (Kind)
        {
            // A connection that is only slow must end too, or the others would never have their turn.
            case Disturbance.Reset or Disturbance.Latency or Disturbance.Slices:
                await PassAsync(to, piece[..at]);
                throw new IOException("reset");

            case Disturbance.HalfOpen:
                await PassAsync(to, piece[..at]);
                close();
                return true;

            case Disturbance.BlackHole when !_isDark:
                _isDark = true;
                _ended.CancelAfter(Darkness);
                return false;

            case Disturbance.CorruptByte when !_isCorrupt:
                _isCorrupt = true;
                piece.Span[Math.Min(at, piece.Length - 1)] = 0xFF;
                return false;

            // Where lines are lines again behind it, the connection would live on.
            case Disturbance.CorruptByte when _random.Next(12) == 0:
                throw new IOException("reset");

            default:
                return false;
        }
    }

    private async Task PassAsync(Stream to, ReadOnlyMemory<byte> piece)
    {
        await to.WriteAsync(piece, _ended.Token);
        await to.FlushAsync(_ended.Token);
    }
}
