using McpHub.Protocol.Errors;

namespace McpHub.Host.Downstream;

/// <summary>What a request takes up while it is answered: its place in the gate and, if it is a legacy session's call, its place there. Disposed once.</summary>
internal readonly struct RequestPlace(RequestGate gate, LegacySession.RunningCall? running) : IDisposable
{
    public LegacySession.RunningCall? Running => running;

    public void Dispose()
    {
        running?.Release();
        gate.Exit();
    }
}

/// <summary>Counts the requests being served, bounds them, and says when the last one has been answered while the hub stops. Thread-safe.</summary>
internal sealed class RequestGate(int limit)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private volatile bool _draining;

    public int Open => Volatile.Read(ref _open);

    public bool IsDraining => _draining;

    /// <summary>Takes a place, which must be given back by <see cref="Exit"/>; or says why there is none.</summary>
    public HubError? Enter()
    {
        // Counted before the flag is read: either the drain sees this request, or this request sees the drain.
        var open = Interlocked.Increment(ref _open);
        if (!_draining && open <= limit)
        {
            return null;
        }

        Exit();
        return _draining
            ? HubErrors.HubDraining.With() with { RetryAfter = TimeSpan.FromSeconds(1) }
            : HubErrors.HubOverloaded.With(("count", limit)) with { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _open) == 0 && _draining)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Admits nothing more; completes when nothing is open.</summary>
    public Task DrainAsync()
    {
        _draining = true;
        if (Open == 0)
        {
            _drained.TrySetResult();
        }

        return _drained.Task;
    }
}
