using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>A legacy client's calls at a modern server.</summary>
internal sealed class LegacyToModern : Bridge
{
    protected override void EditRequest(EnvelopeSplicer request, CallRoute route, PeerInfo peer)
    {
        RequestEdits.RemoveTask(request);
        request.Remove(MemberOf.Params, "inputResponses"u8).Remove(MemberOf.Params, "requestState"u8);
        RequestEdits.SetModernMeta(request, route, peer);
    }

    protected override string? EditResult(EnvelopeSplicer result, RelayRequest request, CallRoute route)
    {
        var fault = ResultEdits.CheckResultType(result);
        ResultEdits.MakeLegacy(result);
        ResultEdits.WrapStructuredContent(result, request.Envelope.Method, route);
        ResultEdits.ReplaceUnknownContent(result, request.Envelope.Method, request.Revision);
        ResultEdits.MapUri(result, request, route);
        return fault;
    }
}
