using Akka.Actor;

namespace McpHub.Actors.Sessions;

/// <summary>
/// The resources of a server that anybody wants to hear of: the clients of a hub, for whom <see cref="Owner"/> counts, and the session's own user. Used by its session
/// actor only; it is part of the handle because it outlives a restart of that actor.
/// </summary>
internal sealed class WantedResources
{
    /// <summary>Who is told for the clients.</summary>
    public IActorRef Owner { get; set; } = ActorRefs.Nobody;

    /// <summary>What the clients want.</summary>
    public HashSet<string> OfClients { get; } = new(StringComparer.Ordinal);

    /// <summary>What the session's user wants, and how often.</summary>
    public Dictionary<string, Claim> OfUser { get; } = new(StringComparer.Ordinal);

    /// <summary>The server has agreed: after a reconnect it is asked again.</summary>
    public HashSet<string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>The server was asked.</summary>
    public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

    public bool IsWanted(string uri) => OfClients.Contains(uri) || OfUser.ContainsKey(uri);

    /// <summary>How often the user wants a resource, and whom to tell when the server has answered.</summary>
    public sealed class Claim
    {
        public int Count { get; set; }

        public List<Action<CallOutcome>> Waiting { get; } = [];
    }
}
