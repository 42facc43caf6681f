using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Routing;

/// <summary>Reads from a client's request what it is aimed at.</summary>
internal static class CallTargets
{
    /// <summary>The routed field of a request; false if it is missing or no string.</summary>
    public static bool TryRead(Envelope request, out CallTarget target, out HubError error)
    {
        var (kind, name, field) = request.Method switch
        {
            MethodNames.ToolsCall => (ComponentKind.Tool, request.Text(MemberOf.Params, "name"u8), "params.name"),
            MethodNames.PromptsGet => (ComponentKind.Prompt, request.Text(MemberOf.Params, "name"u8), "params.name"),
            MethodNames.ResourcesRead => (ComponentKind.Resource, request.Text(MemberOf.Params, "uri"u8), "params.uri"),
            MethodNames.Complete when request.Text(MemberOf.Ref, "type"u8) == "ref/prompt" => (ComponentKind.Prompt, request.Text(MemberOf.Ref, "name"u8), "params.ref.name"),
            MethodNames.Complete => (ComponentKind.ResourceTemplate, request.Text(MemberOf.Ref, "uri"u8), "params.ref.uri"),
            _ => throw new ArgumentException($"{request.Method} is not routed", nameof(request)),
        };
        target = new CallTarget(kind, name ?? "");
        error = name is not null ? null! : HubErrors.InvalidArguments.With(("reason", $"{field} is missing or not a string"));
        return name is not null;
    }
}
