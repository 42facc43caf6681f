using McpHub.Protocol.Wire;

namespace McpHub.Actors.Routing;

/// <summary>Replacements in a JSON part, given in ascending order; every other byte stays.</summary>
internal sealed class JsonPatches(ReadOnlyMemory<byte> source)
{
    private readonly List<(ByteRange Range, ReadOnlyMemory<byte> Bytes)> _patches = [];

    public bool IsEmpty => _patches.Count == 0;

    public void Replace(ByteRange range, ReadOnlyMemory<byte> bytes) => _patches.Add((range, bytes));

    public void Insert(int at, ReadOnlyMemory<byte> bytes) => _patches.Add((new ByteRange(at, 0), bytes));

    /// <summary>Removes a member of the object at the root, with a comma.</summary>
    public void RemoveMember(IReadOnlyList<Member> members, int index)
    {
        var start = members[index].Name.Start - 1;
        if (index < members.Count - 1)
        {
            Replace(new ByteRange(start, members[index + 1].Name.Start - 1 - start), default);
            return;
        }

        start = index > 0 ? members[index - 1].Value.End : start;
        Replace(new ByteRange(start, members[index].Value.End - start), default);
    }

    public ReadOnlyMemory<byte> Apply()
    {
        if (IsEmpty)
        {
            return source;
        }

        var made = new byte[source.Length + _patches.Sum(patch => patch.Bytes.Length - patch.Range.Length)];
        var (from, to) = (0, 0);
        foreach (var (range, bytes) in _patches)
        {
            var kept = source.Span[from..range.Start];
            kept.CopyTo(made.AsSpan(to));
            bytes.Span.CopyTo(made.AsSpan(to + kept.Length));
            (from, to) = (range.End, to + kept.Length + bytes.Length);
        }

        source.Span[from..].CopyTo(made.AsSpan(to));
        return made;
    }
}
