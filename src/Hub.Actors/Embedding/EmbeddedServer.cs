using McpHub.Actors.Configuration;
using McpHub.Actors.Servers;
using McpHub.Protocol.Model;

namespace McpHub.Actors.Embedding;

/// <summary>From what the embedding API is given to what the hub is asked for.</summary>
internal static class EmbeddedServer
{
    /// <param name="id">Its id.</param>
    /// <param name="server">How it is reached.</param>
    /// <param name="options">What the code asks of its session; it wins over the configuration.</param>
    /// <param name="settings">What a configuration section says of it; <c>null</c> = it is not from one.</param>
    public static ServerDefinition FromParameters(string id, ServerParameters server, ClientSessionOptions? options, ServerSettings? settings = null)
    {
        var definition = ServerDefinition.For(id, server);
        definition = WithOptions(options, settings?.On(definition) ?? definition);
        return settings?.StartTimeout is { } start ? definition with { HandshakeTimeout = start } : definition;
    }

    public static ServerDefinition FromTransport(string id, ITransport transport, ClientSessionOptions? options) => WithOptions(options, new ServerDefinition(id)
    {
        OpenTransport = () => transport,
        CanReopen = false,
        MaxInFlight = transport.Kind == TransportKind.Channel ? 64 : 256,
    });

    /// <summary>A server that nobody shares: no catalog, and its end is the end of the session.</summary>
    public static ServerDefinition Lone(this ServerDefinition server) => server with { KeepCatalog = false, Reconnect = false, StopOnFirstFailure = true };

    private static ServerDefinition WithOptions(ClientSessionOptions? options, ServerDefinition server)
    {
        server = server with
        {
            OutputChecks = OutputChecks.For(options?.OutputValidation ?? OutputValidation.Enforce),
            Features = CallbackFeatures.Of(options),
            MaxInFlight = options?.MaxInFlight ?? server.MaxInFlight,
        };
        if (options?.ClientInfo is { } info)
        {
            server = server with { ClientInfo = McpJson.ToUtf8(info) };
        }

        return CallTimeouts.Check(options?.ReadTimeout, nameof(ClientSessionOptions.ReadTimeout)) is not { } timeout
            ? server
            : server with { CallTimeout = timeout, CallMaximum = CallTimeouts.Maximum(timeout, server.CallMaximum), HandshakeTimeout = timeout };
    }
}
