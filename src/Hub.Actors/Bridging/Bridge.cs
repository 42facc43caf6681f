using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Bridging;

/// <summary>
/// Translates between the era of a client and the era of a server; one implementation per cell (contract 3.0). Stateless, thread-safe, on bytes.
/// Everything era-specific about relayed calls lives behind this.
/// </summary>
internal abstract class Bridge
{
    public static Bridge Between(Era client, Era server) => throw new NotImplementedException();

    /// <summary>
    /// The <c>params</c> object for the server: name or URI as the server knows it (<paramref name="route"/>), reserved <c>_meta</c> keys of this hop, the progress token
    /// (<paramref name="progressToken"/>, a JSON token; empty = none), the rest as it came.
    /// </summary>
    public abstract ReadOnlyMemory<byte> RequestParams(Envelope request, CallRoute route, PeerInfo peer, ReadOnlyMemory<byte> progressToken);

    /// <summary>The answer for the client: result or error object projected to its era and revision (contract 3.11, 3.12).</summary>
    public abstract RelayAnswer Answer(RelayRequest request, CallRoute route, PeerInfo peer, Envelope answer);

    /// <summary>A notification of a running call for the client, as a whole frame; empty = not for this client. <paramref name="progressToken"/> is the client's own token.</summary>
    public abstract ReadOnlyMemory<byte> Notification(RelayRequest request, Envelope notification, ReadOnlyMemory<byte> progressToken);
}
