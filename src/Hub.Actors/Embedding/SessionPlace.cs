using Akka.Actor;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Embedding;

/// <summary>Where an open <see cref="ClientSession"/> lives.</summary>
/// <param name="System">Its actor system.</param>
/// <param name="Server">What was asked.</param>
/// <param name="Session">The session below it.</param>
internal sealed record SessionPlace(ActorSystem System, ServerDefinition Server, SessionRef Session)
{
    /// <summary>The way of a request to this server.</summary>
    /// <param name="name">The tool or prompt name or the URI that the request is aimed at; <c>null</c> if its method has none.</param>
    public CallRoute RouteTo(string? name) => new(Server, Session, name is null ? default : JsonText.Quote(name));

    /// <summary>The way of a call to one of its tools.</summary>
    public CallRoute RouteToTool(string name) => RouteTo(name) with { Mirrored = Session.Tools.Find(name)?.Mirrored ?? [] };
}

/// <summary>How a <see cref="ClientSession"/> gets its place and leaves it.</summary>
internal interface ISessionHome
{
    /// <summary>Connects; called once. When it has failed or was cancelled, nothing is left behind.</summary>
    Task<SessionPlace> OpenAsync(CancellationToken ct);

    /// <summary>Leaves the place; called once, after <see cref="OpenAsync"/> succeeded.</summary>
    /// <param name="drains">Whether running calls may go on for a while (<c>hub.drain-timeout</c>).</param>
    Task CloseAsync(bool drains);
}

/// <summary>A session by itself: a hub of one server.</summary>
/// <param name="server">The server.</param>
/// <param name="system">The caller's actor system; <c>null</c> = the private one.</param>
internal sealed class LoneSessionHome(ServerDefinition server, ActorSystem? system) : ISessionHome
{
    private ActorSystemLease? _lease;
    private HubRuntime? _runtime;

    public async Task<SessionPlace> OpenAsync(CancellationToken ct)
    {
        _lease = system is null ? PrivateActorSystem.Take() : ActorSystemLease.Borrow(system);
        try
        {
            _runtime = HubRuntime.Start(_lease.System, new HubRuntimeOptions { Naming = NamingRule.Never, Duplicates = DuplicatePolicy.Reject }, []);
            return new SessionPlace(_lease.System, server, await _runtime.AddServerAsync(server, ct).ConfigureAwait(false));
        }
        catch
        {
            await CloseAsync(drains: false).ConfigureAwait(false);
            throw;
        }
    }

    public async Task CloseAsync(bool drains)
    {
        if (_runtime is not null)
        {
            await _runtime.DisposeAsync().ConfigureAwait(false);
        }

        if (_lease is not null)
        {
            await _lease.ReleaseAsync().ConfigureAwait(false);
        }
    }
}
