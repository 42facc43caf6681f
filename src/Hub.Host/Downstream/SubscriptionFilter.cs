using System.Text;
using System.Text.Json;
using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Host.Downstream;

/// <summary><c>params.notifications</c> of <c>subscriptions/listen</c> (2026-07-28, schema, SubscriptionFilter).</summary>
internal static class SubscriptionFilter
{
    /// <summary>What the client asked for: changes of lists and of single resources.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> filter, out ListKinds wanted, out IReadOnlyCollection<string> uris, out string reason)
    {
        (wanted, uris, reason) = (ListKinds.None, [], "");
        if (filter.IsEmpty || filter.Span[0] != (byte)'{')
        {
            reason = "params.notifications must be an object";
            return false;
        }

        if (!TryReadUris(filter, out uris))
        {
            reason = "params.notifications.resourceSubscriptions must be an array of strings";
            return false;
        }

        var reader = new Utf8JsonReader(filter.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var kind = reader.ValueTextEquals("toolsListChanged"u8) ? ListKinds.Tools
                : reader.ValueTextEquals("promptsListChanged"u8) ? ListKinds.Prompts
                : reader.ValueTextEquals("resourcesListChanged"u8) ? ListKinds.Resources
                : ListKinds.None;
            reader.Read();
            if (kind == ListKinds.None)
            {
                reader.Skip();
                continue;
            }

            if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            {
                reason = "the members of params.notifications that end in ListChanged must be booleans";
                return false;
            }

            wanted |= reader.TokenType == JsonTokenType.True ? kind : ListKinds.None;
        }

        return true;
    }

    private static bool TryReadUris(ReadOnlyMemory<byte> filter, out IReadOnlyCollection<string> uris)
    {
        var distinct = new HashSet<string>(StringComparer.Ordinal);
        uris = distinct;
        var found = JsonParts.Find(filter, "resourceSubscriptions"u8);
        if (!found.Exists)
        {
            return true;
        }

        var array = found.In(filter);
        foreach (var element in JsonParts.Elements(array))
        {
            if (JsonText.Unescape(element.In(array.Span)) is not { } uri)
            {
                return false;
            }

            distinct.Add(uri);
        }

        return array.Span[0] == (byte)'[';
    }

    /// <summary>The result that says that a subscription ended gracefully (2026-07-28, schema, SubscriptionsListenResult).</summary>
    public static byte[] EndResult(ReadOnlySpan<byte> id) =>
    [
        .. "{\"resultType\":\"complete\",\"_meta\":{\""u8, .. Encoding.ASCII.GetBytes(MetaKeys.SubscriptionId), .. "\":"u8, .. id,
        .. ",\""u8, .. Encoding.ASCII.GetBytes(MetaKeys.ServerInfo), .. "\":"u8, .. HubIdentity.Implementation.Span, .. "}}"u8,
    ];
}
