using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Subscriptions;

/// <summary>How a subscription to a resource began.</summary>
/// <param name="Error">The hub's own error.</param>
/// <param name="Answer">The server's answer, if it gave one: a result or an error.</param>
/// <param name="Route">The way to the server that was asked.</param>
/// <param name="Peer">That server.</param>
internal readonly record struct SubscribeOutcome(HubError? Error, Envelope? Answer = null, CallRoute? Route = null, PeerInfo? Peer = null)
{
    public static SubscribeOutcome Success { get; } = new(null);

    public bool IsSuccess => Error is null && Answer is not { Kind: EnvelopeKind.Error };

    public static SubscribeOutcome Failed(HubError error) => new(error);
}
