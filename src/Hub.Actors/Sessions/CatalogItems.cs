using McpHub.Protocol.Wire;

namespace McpHub.Actors.Sessions;

/// <summary>The items of a page of a list.</summary>
internal static class CatalogItems
{
    /// <param name="array">The array that the page has under the list's name.</param>
    /// <param name="key">The member that identifies an item.</param>
    /// <param name="kind">Which list.</param>
    /// <param name="peer">The server.</param>
    /// <param name="items">Gets the items.</param>
    /// <param name="leave">Told why an item is left out.</param>
    public static void Read(ReadOnlyMemory<byte> array, ReadOnlySpan<byte> key, ComponentKind kind, PeerInfo peer, List<CatalogItem> items, Action<string> leave)
    {
        if (array.Length == 0 || array.Span[0] != (byte)'[')
        {
            return;
        }

        foreach (var element in JsonParts.Elements(array))
        {
            var json = element.In(array);
            if (json.Span[0] != (byte)'{' || !JsonParts.TryMembers(json, out _, out _))
            {
                leave("it is no object, or names a member twice");
            }
            else if (JsonParts.Find(json, key) is var token && JsonText.Unescape(token.In(json.Span)) is { Length: > 0 } name)
            {
                // A copy: the page it came in is not kept.
                var item = new CatalogItem(name, json.ToArray(), token);
                if (kind != ComponentKind.Tool)
                {
                    items.Add(item);
                }
                else if (MirroredParameter.TryReadAll(item.Json, out var mirrored, out var reason))
                {
                    items.Add(item with { Mirrored = mirrored });
                }
                else if (peer is { Era: Era.Modern, Transport: TransportKind.Http })
                {
                    leave($"tool {name}: {reason}");
                }
                else
                {
                    // Where no header is ever sent, the keyword means nothing (contract 2, 4-8).
                    items.Add(item);
                }
            }
            else
            {
                leave("it has no name or URI");
            }
        }
    }
}
