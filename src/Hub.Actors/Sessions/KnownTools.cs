namespace McpHub.Actors.Sessions;

/// <summary>
/// The tools of a server as far as they are known without asking it for that: its catalog, or, where none is kept, what the session's caller has listed. Thread-safe.
/// </summary>
internal sealed class KnownTools
{
    // What a caller may list one by one is bounded like a list that is read at once.
    private const int Limit = 100_000;

    private readonly Lock _gate = new();
    private IReadOnlyList<CatalogItem>? _list;
    private Dictionary<string, CatalogItem> _byName = [];

    /// <summary>The whole list. Its names are looked at when the first one is asked for.</summary>
    public void Replace(IReadOnlyList<CatalogItem> list)
    {
        lock (_gate)
        {
            _list = list;
        }
    }

    /// <summary>A page that the caller listed.</summary>
    /// <param name="page">Its tools.</param>
    /// <param name="isWhole">It is the whole list: what is not in it is gone.</param>
    public void Learn(IReadOnlyList<CatalogItem> page, bool isWhole)
    {
        lock (_gate)
        {
            if (isWhole || _byName.Count + page.Count > Limit)
            {
                _byName = new Dictionary<string, CatalogItem>(StringComparer.Ordinal);
            }

            foreach (var tool in page)
            {
                _byName[tool.Key] = tool;
            }
        }
    }

    public CatalogItem? Find(string name)
    {
        lock (_gate)
        {
            if (_list is { } list)
            {
                _list = null;
                _byName = new Dictionary<string, CatalogItem>(list.Count, StringComparer.Ordinal);
                foreach (var tool in list)
                {
                    // A name that is listed twice is the first one's, as in the catalog.
                    _byName.TryAdd(tool.Key, tool);
                }
            }

            return _byName.GetValueOrDefault(name);
        }
    }
}
