namespace McpHub.Actors.Servers;

/// <summary>What was asked of the hub about one server. Immutable.</summary>
/// <param name="Id">Stable id, unique in the hub; names, errors and routes use it. Never an actor name.</param>
internal sealed record ServerDefinition(string Id)
{
    /// <summary>Opens a new connection; called once per connection. <c>null</c> for a server that is misconfigured.</summary>
    public Func<ITransport>? OpenTransport { get; init; }

    /// <summary>Opens a connection of the older transport that a server may speak whose URL refuses <c>initialize</c>; <c>null</c> = there is none.</summary>
    public Func<ITransport>? OpenFallback { get; init; }

    /// <summary>How the server is reached, for tables and logs: <c>stdio</c>, <c>http</c>, <c>sse</c>, <c>ws</c>, <c>transport</c>.</summary>
    public string TransportName { get; init; } = "transport";

    /// <summary>Whether <see cref="OpenTransport"/> can be called more than once. A borrowed <see cref="ITransport"/> cannot.</summary>
    public bool CanReopen { get; init; } = true;

    /// <summary>Identifies the configuration for the era verdict (contract 2.6, "verdict cache"); <c>null</c> = not cached.</summary>
    public string? VerdictKey { get; init; }

    /// <summary>The pinned era; <c>null</c> = probe.</summary>
    public Era? Era { get; init; }

    /// <summary>Fixed credentials of the server, which must not be in what is shown of its messages.</summary>
    public string[] Secrets { get; init; } = [];

    /// <summary>Readiness of the hub fails while a required server is not ready.</summary>
    public bool Required { get; init; }

    /// <summary>The entry exists but must not be started.</summary>
    public bool Disabled { get; init; }

    /// <summary>Why the entry cannot be used; such a server is listed and never started.</summary>
    public Protocol.Errors.HubError? Misconfigured { get; init; }

    /// <summary>Stop and remove the server if its first connect fails (the embedding API returns the cause at the connect call); otherwise it is tried again.</summary>
    public bool StopOnFirstFailure { get; init; }

    /// <summary>Keep the catalog (lists, change notifications) of this server. A lone <c>ClientSession</c> does not.</summary>
    public bool KeepCatalog { get; init; } = true;

    /// <summary>Whether a lost connection is replaced. A lone session ends instead.</summary>
    public bool Reconnect { get; init; } = true;

    /// <summary>Calls in flight at once. Default: 64 over stdio, 256 over HTTP (contract 0.3).</summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>Calls that wait until one of those in flight ends. Default 0: they are refused at once.</summary>
    public int MaxWaiting { get; init; }

    /// <summary>Calls in a minute. Default 0 = as many as come.</summary>
    public int CallsPerMinute { get; init; }

    /// <summary>Longest answer to a call, in bytes; a longer one ends the call with an error. Default 0 = what a message may have.</summary>
    public int MaxResultBytes { get; init; }

    /// <summary>Handshake or discovery must end in this time. Default 60 s: <c>npx</c> is slow.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The era probe must be answered in this time. Default 5 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A call without progress ends after this time. Default 60 s. <see cref="Timeout.InfiniteTimeSpan"/> = never.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A call ends after this time whatever its progress. Default 10 min.</summary>
    public TimeSpan CallMaximum { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After so long without a call the connection is closed, and the next call opens it again. Default <see cref="Timeout.InfiniteTimeSpan"/> = never. Only where it can be opened again.</summary>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>First wait before a failed server is tried again; doubles up to <see cref="RestartMax"/>, full jitter. Default 0.5 s.</summary>
    public TimeSpan RestartMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before a failed server is tried again. Default 60 s.</summary>
    public TimeSpan RestartMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How much of a wait before a restart is left to chance: 1 = all of it, 0 = nothing. Default 1.</summary>
    public double RestartJitter { get; init; } = 1;

    /// <summary>After so many failures in a row the server is left alone. Default 0 = never.</summary>
    public int RestartAttempts { get; init; }

    /// <summary>A server that stayed ready for so long has its failures forgotten. Default 60 s.</summary>
    public TimeSpan RestartResetAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Which of its tools the hub offers. Default <c>null</c> = all.</summary>
    public ToolFilter? Tools { get; init; }

    /// <summary>Holds the results of its tools against their output schemas, for typed calls; <c>null</c> = they are not. What is relayed never is.</summary>
    public Embedding.OutputChecks? OutputChecks { get; init; }

    /// <summary>What the hub calls itself toward this server, a JSON object; empty = "hub" and its version.</summary>
    public ReadOnlyMemory<byte> ClientInfo { get; init; }

    /// <summary>What the session is to this server as a client. Default: nothing is declared, every request of the server is refused.</summary>
    public Sessions.ClientFeatures Features { get; init; } = Sessions.ClientFeatures.None;

    /// <summary>A server that these parameters lead to, with the defaults of its transport.</summary>
    public static ServerDefinition For(string id, ServerParameters server) => new(id)
    {
        OpenTransport = () => McpTransports.Open(server),
        OpenFallback = McpTransports.Fallback(server),
        TransportName = McpTransports.NameOf(server),
        VerdictKey = Servers.VerdictKey.Of(server),
        Era = McpTransports.EraOf(server),
        Secrets = Transports.Credentials.Secrets.Of(server),
        MaxInFlight = server is StdioServerParameters ? 64 : 256,
    };
}
