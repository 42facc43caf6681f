using Akka.Actor;

namespace McpHub.Actors.Sessions;

/// <summary>The resources of a server that clients want to hear of. Used by its session actor only; it is part of the handle because it outlives a restart of that actor.</summary>
internal sealed class WantedResources
{
    /// <summary>Who is told.</summary>
    public IActorRef Owner { get; set; } = ActorRefs.Nobody;

    /// <summary>The server has agreed: after a reconnect it is asked again.</summary>
    public HashSet<string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>The server was asked.</summary>
    public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);
}
