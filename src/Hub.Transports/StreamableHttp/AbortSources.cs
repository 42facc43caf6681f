namespace McpHub.Transports.StreamableHttp;

/// <summary>Cancellation sources of exchanges that were never cancelled: each keeps the registrations that HTTP client makes anew for every request.</summary>
internal sealed class AbortSources
{
    private const int MaxKept = 128;

    private readonly Stack<CancellationTokenSource> _kept = [];

    public CancellationTokenSource Rent()
    {
        lock (_kept)
        {
            return _kept.TryPop(out var kept) ? kept : new CancellationTokenSource();
        }
    }

    /// <summary>Only from whoever nobody shares it with.</summary>
    public void Return(CancellationTokenSource source)
    {
        if (!source.TryReset())
        {
            return;
        }

        lock (_kept)
        {
            if (_kept.Count < MaxKept)
            {
                _kept.Push(source);
            }
        }
    }
}
