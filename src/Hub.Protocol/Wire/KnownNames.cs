using System.Text;
using McpHub.Protocol.Revisions;

namespace McpHub.Protocol.Wire;

/// <summary>Names that the hub reads: members that may not be written with escapes, and methods whose strings are shared.</summary>
internal static class KnownNames
{
    private static readonly HashSet<string> _members = new(StringComparer.Ordinal)
    {
        // Envelope and error (JSON-RPC 2.0).
        "jsonrpc", "id", "method", "params", "result", "error", "code", "message", "data",

        // params
        "_meta", "name", "uri", "ref", "type", "argument", "arguments", "context", "cursor", "requestId", "reason", "progressToken",
        "progress", "total", "level", "logger", "protocolVersion", "capabilities", "clientInfo", "inputResponses", "requestState",
        "notifications", "mode", "url", "elicitationId", "requestedSchema", "messages", "tools", "toolChoice", "task",

        // result
        "resultType", "serverInfo", "supportedVersions", "instructions", "nextCursor", "prompts", "resources", "resourceTemplates", "ttlMs",
        "cacheScope", "content", "contents", "structuredContent", "isError", "description", "completion", "inputRequests", "roots", "action", "role", "model",
        "stopReason",
    };

    private static readonly (byte[] Utf8, string Name)[][] _methodsByLength = ByLength(
    [
        MethodNames.Initialize, MethodNames.Initialized, MethodNames.Discover, MethodNames.Ping, MethodNames.ToolsList, MethodNames.ToolsCall,
        MethodNames.PromptsList, MethodNames.PromptsGet, MethodNames.ResourcesList, MethodNames.ResourceTemplatesList, MethodNames.ResourcesRead,
        MethodNames.ResourcesSubscribe, MethodNames.ResourcesUnsubscribe, MethodNames.Complete, MethodNames.SetLevel, MethodNames.SubscriptionsListen,
        MethodNames.SubscriptionsAcknowledged, MethodNames.Cancelled, MethodNames.Progress, MethodNames.Message, MethodNames.ToolsListChanged,
        MethodNames.PromptsListChanged, MethodNames.ResourcesListChanged, MethodNames.ResourcesUpdated, MethodNames.RootsListChanged, MethodNames.RootsList,
        MethodNames.SamplingCreateMessage, MethodNames.ElicitationCreate,
    ]);

    private static readonly Dictionary<string, byte[]> _tokens = _methodsByLength.SelectMany(methods => methods)
        .ToDictionary(method => method.Name, method => JsonText.Quote(method.Name), StringComparer.Ordinal);

    /// <summary>The JSON string token of a method.</summary>
    public static byte[] MethodToken(string method) => _tokens.TryGetValue(method, out var token) ? token : JsonText.Quote(method);

    /// <summary>True if the hub reads members of this name.</summary>
    public static bool IsMember(ReadOnlySpan<byte> name)
    {
        // Only names with escapes come here, so the string is no cost of the usual way.
        var text = Encoding.UTF8.GetString(name);
        return _members.Contains(text) || text.StartsWith(MetaKeys.ReservedPrefix, StringComparison.Ordinal);
    }

    /// <summary>The method's name; the constant of <see cref="MethodNames"/> if there is one.</summary>
    public static string Method(ReadOnlySpan<byte> token)
    {
        var content = token[1..^1];
        if (content.Length < _methodsByLength.Length)
        {
            foreach (var (utf8, name) in _methodsByLength[content.Length])
            {
                if (content.SequenceEqual(utf8))
                {
                    return name;
                }
            }
        }

        return JsonText.Unescape(token)!;
    }

    private static (byte[], string)[][] ByLength(string[] names) =>
        [.. Enumerable.Range(0, names.Max(name => name.Length) + 1)
            .Select(length => names.Where(name => name.Length == length).Select(name => (Encoding.UTF8.GetBytes(name), name)).ToArray())];
}
