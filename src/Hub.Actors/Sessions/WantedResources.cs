using Akka.Actor;

namespace McpHub.Actors.Sessions;

/// <summary>
/// The resources of a server that anybody wants to hear of: the clients of the hubs that the session is in, and the session's own user. Used by its session actor only; it is
/// part of the handle because it outlives a restart of that actor.
/// </summary>
internal sealed class WantedResources
{
    /// <summary>What the clients want, and who counts and is told for those of each hub.</summary>
    public Dictionary<string, HashSet<IActorRef>> OfClients { get; } = new(StringComparer.Ordinal);

    /// <summary>What the session's user wants, and how often.</summary>
    public Dictionary<string, Claim> OfUser { get; } = new(StringComparer.Ordinal);

    /// <summary>The server has agreed: after a reconnect it is asked again.</summary>
    public HashSet<string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>The server was asked.</summary>
    public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

    public bool IsWanted(string uri) => OfClients.ContainsKey(uri) || OfUser.ContainsKey(uri);

    public void Add(string uri, IActorRef owner)
    {
        if (!OfClients.TryGetValue(uri, out var owners))
        {
            OfClients.Add(uri, owners = []);
        }

        owners.Add(owner);
    }

    public void Remove(string uri, IActorRef owner)
    {
        if (OfClients.TryGetValue(uri, out var owners) && owners.Remove(owner) && owners.Count == 0)
        {
            OfClients.Remove(uri);
        }
    }

    /// <summary>Tells all who count for clients.</summary>
    public void Tell(string uri, object news)
    {
        foreach (var owner in OfClients.GetValueOrDefault(uri) ?? [])
        {
            owner.Tell(news);
        }
    }

    /// <summary>How often the user wants a resource, and whom to tell when the server has answered.</summary>
    public sealed class Claim
    {
        public int Count { get; set; }

        public List<Action<CallOutcome>> Waiting { get; } = [];
    }
}
