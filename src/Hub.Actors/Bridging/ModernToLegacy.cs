using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>A modern client's calls at a legacy server. What a legacy server says of result type and caching is no answer to a modern client.</summary>
internal sealed class ModernToLegacy : Bridge
{
    protected override void EditRequest(EnvelopeSplicer request, CallRoute route, PeerInfo peer)
    {
        // A legacy request carries nothing of the hub's own.
    }

    protected override string? EditResult(EnvelopeSplicer result, RelayRequest request, CallRoute route)
    {
        ResultEdits.MakeModern(result, request.Envelope.Method, keepsCacheHints: false);
        ResultEdits.MapUri(result, request, route);
        return null;
    }
}
