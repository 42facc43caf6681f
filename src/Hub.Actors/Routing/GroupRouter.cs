using Akka.Actor;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Routing;

/// <summary>Actor, one per hub; parent HubSupervisor, stops with it. Keeps the registry of all servers and is the single writer of the routing table.</summary>
internal sealed class GroupRouter : UntypedActor
{
    /// <summary>Command, from the HubSupervisor: a server exists. Order of arrival is configuration order.</summary>
    public sealed record AddServer(ServerDefinition Definition, SessionRef Session, ServerState State);

    /// <summary>Command, from the HubSupervisor: a server is gone; answered to the sender by <see cref="ServerRemoved"/> once the table without it is published.</summary>
    public sealed record RemoveServer(string ServerId);

    /// <summary>Answer to <see cref="RemoveServer"/>.</summary>
    public sealed record ServerRemoved(string ServerId);

    /// <summary>Event, from a ServerSupervisor.</summary>
    public sealed record ServerStateChanged(string ServerId, ServerState State);

    /// <summary>Event, from a ServerSupervisor, which gets <see cref="CatalogPublished"/> or <see cref="CatalogRejected"/> back.</summary>
    public sealed record CatalogRead(string ServerId, PeerInfo Peer, ServerCatalog Catalog);

    /// <summary>Answer: the catalog is in the published table.</summary>
    public sealed record CatalogPublished(long Version);

    /// <summary>Answer, only where duplicates reject and only to a server's first catalog: nothing of it was published.</summary>
    public sealed record CatalogRejected(HubError Error);

    /// <summary>Command: tell <paramref name="Watcher"/> every <see cref="TableChanged"/>, until it stops (death watch). It gets one at once, with no kinds.</summary>
    public sealed record Watch(IActorRef Watcher);

    /// <summary>Event, to watchers: a new table is in force. <paramref name="Kinds"/>: the lists whose content changed.</summary>
    public sealed record TableChanged(RoutingTable Table, IReadOnlyCollection<ComponentKind> Kinds);

    protected override void OnReceive(object message) => Unhandled(message);
}
