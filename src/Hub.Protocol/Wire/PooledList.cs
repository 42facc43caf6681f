using System.Buffers;

namespace McpHub.Protocol.Wire;

/// <summary>A list that starts on the stack and goes on in the pool. Copy it only by reference.</summary>
internal ref struct PooledList<T>(Span<T> first)
    where T : unmanaged
{
    private Span<T> _items = first;
    private T[]? _rented;

    public int Count { get; private set; }

    public readonly Span<T> Items => _items[..Count];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            var larger = ArrayPool<T>.Shared.Rent(_items.Length * 2);
            _items.CopyTo(larger);
            Dispose();
            _items = _rented = larger;
        }

        _items[Count++] = item;
    }

    public void Truncate(int count) => Count = count;

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<T>.Shared.Return(rented);
        }
    }
}
