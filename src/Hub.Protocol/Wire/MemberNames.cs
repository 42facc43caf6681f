namespace McpHub.Protocol.Wire;

/// <summary>
/// Finds duplicates among the member names of one object, escapes resolved. Objects may nest: take a mark at the start of each,
/// and <see cref="End"/> it before its parent goes on.
/// </summary>
internal ref struct MemberNames(ReadOnlySpan<byte> frame, Span<MemberNames.Entry> first)
{
    // Below this, comparing each with each is cheaper than hashing.
    private const int Few = 16;

    private readonly ReadOnlySpan<byte> _frame = frame;
    private PooledList<Entry> _entries = new(first);
    private byte[] _unescaped = [];
    private int _unescapedLength;

    public readonly int Mark => _entries.Count;

    /// <summary>Adds a name as it stands between its quotes, and returns what it means.</summary>
    public ReadOnlySpan<byte> Add(ByteRange name, bool escaped)
    {
        if (!escaped)
        {
            _entries.Add(new Entry(name.Start, name.Length, false, name.Start, 0));
            return name.In(_frame);
        }

        if (_unescaped.Length - _unescapedLength < name.Length)
        {
            Array.Resize(ref _unescaped, Math.Max(_unescapedLength + name.Length, _unescaped.Length * 2));
        }

        var length = JsonText.Unescape(name.In(_frame), _unescaped.AsSpan(_unescapedLength));
        _entries.Add(new Entry(_unescapedLength, length, true, name.Start, 0));
        _unescapedLength += length;
        return _unescaped.AsSpan(_unescapedLength - length, length);
    }

    /// <summary>Ends the object that was begun at the mark.</summary>
    /// <returns>Where a name stands that the object has twice, or -1.</returns>
    public int End(int mark)
    {
        var entries = _entries.Items[mark..];
        var duplicate = entries.Length <= Few ? FindAmongFew(entries) : FindAmongMany(entries);
        _entries.Truncate(mark);
        return duplicate;
    }

    public void Dispose() => _entries.Dispose();

    private readonly int FindAmongFew(ReadOnlySpan<Entry> entries)
    {
        for (var i = 1; i < entries.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (entries[i].Length == entries[j].Length && Text(entries[i]).SequenceEqual(Text(entries[j])))
                {
                    return entries[i].Offset;
                }
            }
        }

        return -1;
    }

    // HashCode is seeded by chance in each process: a peer can't choose names that collide.
    private readonly int FindAmongMany(Span<Entry> entries)
    {
        foreach (ref var entry in entries)
        {
            var hash = default(HashCode);
            hash.AddBytes(Text(entry));
            entry = entry with { Hash = hash.ToHashCode() };
        }

        entries.Sort(static (a, b) => a.Hash.CompareTo(b.Hash));
        for (var i = 1; i < entries.Length; i++)
        {
            for (var j = i - 1; j >= 0 && entries[j].Hash == entries[i].Hash; j--)
            {
                if (Text(entries[i]).SequenceEqual(Text(entries[j])))
                {
                    return Math.Max(entries[i].Offset, entries[j].Offset);
                }
            }
        }

        return -1;
    }

    private readonly ReadOnlySpan<byte> Text(Entry entry) =>
        entry.Unescaped ? _unescaped.AsSpan(entry.Start, entry.Length) : _frame.Slice(entry.Start, entry.Length);

    internal readonly record struct Entry(int Start, int Length, bool Unescaped, int Offset, int Hash);
}
