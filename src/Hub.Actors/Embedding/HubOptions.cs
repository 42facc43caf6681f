namespace McpHub;

/// <summary>
/// What <c>AddHub</c> and <c>WithHub</c> make a service's group of. Checked when the host starts; all faults are named at once, each with its key and what to do.
/// </summary>
public sealed class HubOptions
{
    /// <summary>The servers that the group starts with. One that cannot be reached does not stop the host: it is tried again for ever, with growing waits, and the log says why.</summary>
    /// <value>Empty by default. Names must be unique; a server without one is called after its command or host.</value>
    public IList<ServerParameters> Servers { get; } = [];

    /// <summary>Names of the servers without which the service is of no use: while one of them is not ready the health check is unhealthy, not just degraded.</summary>
    /// <value>Empty by default. Each must be the <see cref="ServerParameters.Name"/> of a server in <see cref="Servers"/>.</value>
    public ICollection<string> Required { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Options of the sessions: asked once for each of <see cref="Servers"/>. Callbacks and handlers go here; their actor system is the group's.</summary>
    /// <value>Default <c>null</c>: the defaults of <see cref="ClientSessionOptions"/> for all of them.</value>
    public Func<ServerParameters, ClientSessionOptions?>? SessionOptions { get; set; }

    /// <inheritdoc cref="ClientSessionGroupOptions.ComponentNameHook"/>
    public ComponentNameHook? ComponentNameHook { get; set; }

    /// <inheritdoc cref="ClientSessionGroupOptions.Naming"/>
    public NamingRule Naming { get; set; } = NamingRule.Never;

    /// <inheritdoc cref="ClientSessionGroupOptions.Duplicates"/>
    public DuplicatePolicy Duplicates { get; set; }

    /// <summary>What was wrong in the configuration that this was filled from.</summary>
    internal List<string> Faults { get; } = [];

    /// <summary>What the configuration says of single servers beside how they are reached, by name.</summary>
    internal Dictionary<string, Actors.Configuration.ServerSettings> Settings { get; } = new(StringComparer.Ordinal);

    internal ClientSessionGroupOptions ToGroupOptions() => new() { ComponentNameHook = ComponentNameHook, Naming = Naming, Duplicates = Duplicates };

    internal Actors.Servers.ServerDefinition DefinitionOf(ServerParameters server, string id) =>
        Actors.Embedding.EmbeddedServer.FromParameters(id, server, SessionOptions?.Invoke(server), server.Name is { } name ? Settings.GetValueOrDefault(name) : null)
            with { Required = server.Name is { } required && Required.Contains(required) };
}
