namespace McpHub.Host.Downstream;

/// <summary>Bounds of everything a client can hold or make the hub do (contract 0.3 "Numbers", 5 2.9).</summary>
internal sealed record DownstreamLimits
{
    /// <summary>Calls in flight of one legacy session; one more is answered 429.</summary>
    public int CallsPerSession { get; init; } = 128;

    /// <summary>Requests being served by the whole hub; one more is answered 503.</summary>
    public int Requests { get; init; } = 4096;

    /// <summary>Sessions of one anonymous address. Loopback is exempt.</summary>
    public int SessionsPerAddress { get; init; } = 20;

    public int Sessions { get; init; } = 20_000;

    /// <summary>GET streams of one legacy session. One more ends the oldest.</summary>
    public int StreamsPerSession { get; init; } = 4;

    /// <summary>Open <c>subscriptions/listen</c> of the one principal there is without authorization.</summary>
    public int Subscriptions { get; init; } = 16;

    /// <summary>A legacy session without request and stream ends after this time.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A legacy session ends after this time whatever it does.</summary>
    public TimeSpan SessionLife { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A comment is sent on a stream at this interval, so that proxies do not take it for dead.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A call of a client of 2025-11-25 that runs longer than this is answered by a stream, so that the client can break its connection and get the answer all the same.</summary>
    public TimeSpan StreamAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>A client that takes nothing for this time is disconnected.</summary>
    public TimeSpan WriteStall { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long calls in flight may go on while the hub stops.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(5);
}
