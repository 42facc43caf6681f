namespace McpHub.Actors.Servers;

/// <summary>The word that <c>/health</c> answers with (contract 6, 3.9).</summary>
internal enum HealthWord
{
    /// <summary>Every server that should run is ready.</summary>
    Healthy,

    /// <summary>The hub serves, but not everything that its file asks for.</summary>
    Degraded,

    /// <summary>A required server is not ready: send no traffic here.</summary>
    Unhealthy,
}

/// <summary>What the health of a hub depends on, of one server.</summary>
/// <param name="Name">The server's id.</param>
/// <param name="Required">Whether the hub is of no use without it.</param>
/// <param name="State">Its live state.</param>
internal sealed record ServerHealth(string Name, bool Required, ServerState State)
{
    /// <summary>How it is reached: <c>stdio</c>, <c>http</c>.</summary>
    public string Transport { get; init; } = "";

    public static ServerHealth Of(Routing.ServerEntry server) =>
        new(server.Definition.Id, server.Definition.Required, server.State) { Transport = server.Definition.TransportName };
}

/// <summary>Readiness of the hub. A pure function of the servers' states.</summary>
/// <param name="Word">The answer.</param>
/// <param name="Servers">What it was computed from, in configuration order.</param>
internal sealed record HealthReport(HealthWord Word, IReadOnlyList<ServerHealth> Servers)
{
    public static HealthReport Of(IEnumerable<ServerHealth> servers)
    {
        var all = servers.ToList();
        var down = all.FindAll(server => !IsReady(server));
        var word = down.Exists(server => server.Required) ? HealthWord.Unhealthy : down.Count > 0 ? HealthWord.Degraded : HealthWord.Healthy;
        return new HealthReport(word, all);
    }

    /// <summary>A disabled server is as it should be. A degraded one answers calls, but not as it should: that shows.</summary>
    public static bool IsReady(ServerHealth server) => server.State.Phase is ServerPhase.Ready or ServerPhase.Disabled;
}
