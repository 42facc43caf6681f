using System.Text;
using System.Text.Json;
using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Revisions;

namespace McpHub.Host.Downstream;

/// <summary><c>params.notifications</c> of <c>subscriptions/listen</c> (2026-07-28, schema, SubscriptionFilter).</summary>
internal static class SubscriptionFilter
{
    /// <summary>What the client asked for and the hub honours: changes of lists. <c>resourceSubscriptions</c> are not honoured, so the acknowledgement leaves them out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> filter, out ListKinds wanted, out string reason)
    {
        (wanted, reason) = (ListKinds.None, "");
        if (filter.IsEmpty || filter[0] != (byte)'{')
        {
            reason = "params.notifications must be an object";
            return false;
        }

        var reader = new Utf8JsonReader(filter);
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

    /// <summary>The result that says that a subscription ended gracefully (2026-07-28, schema, SubscriptionsListenResult).</summary>
    public static byte[] EndResult(ReadOnlySpan<byte> id) =>
    [
        .. "{\"resultType\":\"complete\",\"_meta\":{\""u8, .. Encoding.ASCII.GetBytes(MetaKeys.SubscriptionId), .. "\":"u8, .. id,
        .. ",\""u8, .. Encoding.ASCII.GetBytes(MetaKeys.ServerInfo), .. "\":"u8, .. HubIdentity.Implementation.Span, .. "}}"u8,
    ];
}
