using McpHub.Actors;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary>The four lists, the same for both eras: served from the routing table, never from a server.</summary>
internal static class Lists
{
    public static ComponentKind? KindOf(string method) => method switch
    {
        MethodNames.ToolsList => ComponentKind.Tool,
        MethodNames.PromptsList => ComponentKind.Prompt,
        MethodNames.ResourcesList => ComponentKind.Resource,
        MethodNames.ResourceTemplatesList => ComponentKind.ResourceTemplate,
        _ => null,
    };

    public static bool IsRelayed(string method) => method is MethodNames.ToolsCall or MethodNames.PromptsGet or MethodNames.ResourcesRead or MethodNames.Complete;

    public static Reply Page(HubRuntime runtime, ComponentKind kind, Envelope request, Era era, string revision)
    {
        string? cursor = null;
        if (request.Find(MemberOf.Params, "cursor"u8).Exists)
        {
            cursor = request.Text(MemberOf.Params, "cursor"u8);
            if (cursor is null)
            {
                return Reply.Error(HubErrors.InvalidArguments.With(("reason", "params.cursor must be a string")));
            }
        }

        var page = runtime.Table.List(kind, era, revision, cursor);
        return page.Error is { } error ? Reply.Error(error) : Reply.Result(page.Result);
    }
}
