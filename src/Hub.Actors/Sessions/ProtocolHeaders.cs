using System.Collections.Concurrent;
using System.Text;
using McpHub.Protocol.Revisions;

namespace McpHub.Actors.Sessions;

/// <summary>The HTTP headers that mirror a message (2026-07-28, streamable-http, "Standard Request Headers"; 2025-11-25, transports, "Protocol Version Header").</summary>
internal static class ProtocolHeaders
{
    // One for each revision that is spoken: every message of a legacy connection carries the same.
    private static readonly ConcurrentDictionary<string, KeyValuePair<string, string>[]> _versions = new(StringComparer.Ordinal);

    public static IReadOnlyList<KeyValuePair<string, string>> None { get; } = [];

    /// <param name="peer">The connection.</param>
    /// <param name="method">The message's method; <c>null</c> for responses.</param>
    /// <param name="routed">The tool or prompt name, the URI or the task id in <c>params</c>; <c>null</c> where the method has none.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> For(PeerInfo peer, string? method, string? routed) =>
        peer.Transport == TransportKind.Channel ? None : For(peer.Era, peer.Revision, method, routed);

    public static IReadOnlyList<KeyValuePair<string, string>> For(Era era, string revision, string? method, string? routed)
    {
        var version = _versions.GetOrAdd(revision, static text => [new("MCP-Protocol-Version", text)]);
        if (era == Era.Legacy || method is null)
        {
            return version;
        }

        var methodHeader = new KeyValuePair<string, string>("Mcp-Method", method);
        return routed is not null && IsNamed(method)
            ? [version[0], methodHeader, new KeyValuePair<string, string>("Mcp-Name", Encode(routed))]
            : [version[0], methodHeader];
    }

    // The tasks by SEP-2663, "Routing Headers": the hub relays none (docs/decisions/0060), but a header that is missing is refused.
    private static bool IsNamed(string method) => method is MethodNames.ToolsCall or MethodNames.PromptsGet or MethodNames.ResourcesRead or "tasks/get" or "tasks/update" or "tasks/cancel";

    /// <summary>The headers that repeat a call's arguments; none for an argument that is absent or null (contract 2, 4-7).</summary>
    public static IEnumerable<KeyValuePair<string, string>> Mirrored(IReadOnlyList<MirroredParameter> parameters, Protocol.Wire.Envelope call)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.ValueIn(call) is { } value)
            {
                yield return new KeyValuePair<string, string>(parameter.Header, Encode(value));
            }
        }
    }

    /// <summary>A value that a header cannot carry as it is goes as <c>=?base64?…?=</c> of its UTF-8 (2026-07-28, streamable-http, "Value Encoding").</summary>
    public static string Encode(string value)
    {
        var plain = value.Length > 0 && value[0] is not (' ' or '\t') && value[^1] is not (' ' or '\t')
            && !(value.StartsWith("=?base64?", StringComparison.Ordinal) && value.EndsWith("?=", StringComparison.Ordinal));
        foreach (var c in value)
        {
            plain &= c is >= ' ' and <= '~' or '\t';
        }

        return plain ? value : $"=?base64?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";
    }
}
