namespace McpHub.Actors.Sessions;

/// <summary>Whether a legacy client still uses its session: counted on the threads of its requests, looked at by its actor. Thread-safe.</summary>
internal sealed class ClientActivity
{
    private int _open;
    private int _uses;

    /// <summary>Calls and streams that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Grows with every request.</summary>
    public int Uses => Volatile.Read(ref _uses);

    public void Touch() => Interlocked.Increment(ref _uses);

    public void Enter() => Interlocked.Increment(ref _open);

    public void Exit()
    {
        Touch();
        Interlocked.Decrement(ref _open);
    }
}
