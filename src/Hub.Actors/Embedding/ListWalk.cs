using System.Runtime.CompilerServices;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Embedding;

/// <summary>All pages of a list. A page that fails fails the walk: a list is whole or it is none (contract 1, CM-02).</summary>
internal static class ListWalk
{
    public static async IAsyncEnumerable<T> AllAsync<TPage, T>(
        Func<string?, CancellationToken, Task<TPage>> read, Func<TPage, IReadOnlyList<T>> itemsOf, string serverId, string method, HubSettings limits, [EnumeratorCancellation] CancellationToken ct)
        where TPage : PaginatedResult
    {
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        for (int pages = 1, count = 0; ; pages++)
        {
            var page = await read(cursor, ct).ConfigureAwait(false);
            var items = itemsOf(page);
            count += items.Count;
            if (count > limits.MaxListItems)
            {
                throw TooLong(limits.MaxListItems, "items");
            }

            foreach (var item in items)
            {
                yield return item;
            }

            cursor = page.NextCursor;
            if (cursor is null)
            {
                yield break;
            }

            if (!cursors.Add(cursor))
            {
                throw HubException.From(HubErrors.CursorCycle.With(("server", serverId), ("method", method)) with { Delivery = Delivery.Answered });
            }

            if (pages >= limits.MaxListPages)
            {
                throw TooLong(limits.MaxListPages, "pages");
            }
        }

        HubException TooLong(int limit, string unit) =>
            HubException.From(HubErrors.ListTooLong.With(("server", serverId), ("method", method), ("limit", limit), ("unit", unit)) with { Delivery = Delivery.Answered });
    }
}
