using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>A legacy client's calls at a legacy server: relayed; words that no legacy revision has are taken out.</summary>
internal sealed class LegacyToLegacy : Bridge
{
    protected override void EditRequest(EnvelopeSplicer request, CallRoute route, PeerInfo peer)
    {
        RequestEdits.RemoveTask(request);
    }

    protected override string? EditResult(EnvelopeSplicer result, RelayRequest request, CallRoute route)
    {
        ResultEdits.MakeLegacy(result);
        ResultEdits.ReplaceUnknownContent(result, request.Envelope.Method, request.Revision);
        ResultEdits.MapUri(result, request, route);
        return null;
    }
}
