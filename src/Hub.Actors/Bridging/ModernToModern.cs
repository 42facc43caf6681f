using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>A modern client's calls at a modern server: relayed, with the reserved keys of each hop.</summary>
internal sealed class ModernToModern : Bridge
{
    protected override void EditRequest(EnvelopeSplicer request, CallRoute route, PeerInfo peer)
    {
        RequestEdits.SetModernMeta(request, route, peer);
    }

    protected override string? EditResult(EnvelopeSplicer result, RelayRequest request, CallRoute route)
    {
        var fault = ResultEdits.CheckResultType(result);
        ResultEdits.MakeModern(result, request.Envelope.Method, keepsCacheHints: true);
        ResultEdits.MapUri(result, request, route);
        return fault;
    }
}
