using System.Buffers;

namespace McpHub.Protocol.Wire;

/// <summary>From the edits to the bytes: which ranges of the frame are replaced by what.</summary>
public sealed partial class EnvelopeSplicer
{
    // What changes in a part; null if nothing does: then it is "unchanged", which is also what it was set to as a whole.
    private List<Patch>? PatchesOf(MemberOf part, out ByteRange range, out ReadOnlyMemory<byte> unchanged)
    {
        (range, unchanged) = (envelope.Object(part), default);
        if (Whole(part) is { } whole)
        {
            unchanged = whole.Value;
            return null;
        }

        if (!range.Exists)
        {
            return null;
        }

        unchanged = envelope.Bytes(range);
        if (IsUnchanged)
        {
            return null;
        }

        var patches = Patches();
        for (var i = patches.Count - 1; i >= 0; i--)
        {
            if (patches[i].Range.Start <= range.Start || patches[i].Range.End >= range.End)
            {
                patches.RemoveAt(i);
            }
        }

        return patches.Count == 0 ? null : patches;
    }

    private List<Patch> Patches()
    {
        var edits = CreateMeta(_edits, MemberOf.ParamsMeta);
        edits = CreateMeta(edits, MemberOf.ResultMeta);
        var patches = new List<Patch>(edits.Count);
        var reshaped = 0;
        foreach (var edit in edits)
        {
            if (edit.Target.Value.Exists && !edit.IsRemoval)
            {
                patches.Add(new Patch(edit.Target.Value, edit.Value));
            }
            else if ((reshaped & (1 << (int)edit.Of)) == 0)
            {
                reshaped |= 1 << (int)edit.Of;
                Reshape(patches, edit.Of, edits);
            }
        }

        // An insertion stands at the start of a removal and has no length: it goes first.
        patches.Sort(static (a, b) => a.Range.Start != b.Range.Start ? a.Range.Start.CompareTo(b.Range.Start) : a.Range.Length.CompareTo(b.Range.Length));
        return patches;
    }

    // Edits in a _meta that the frame does not have become one edit of the object round it.
    private List<Edit> CreateMeta(List<Edit> edits, MemberOf meta)
    {
        var removal = Whole(meta);
        if (!Has(edits, meta) || (removal is null && envelope.Object(meta).Exists))
        {
            return edits;
        }

        var parent = Parent(meta)!.Value;
        var others = new List<Edit>(edits.Count);
        var inside = new List<Edit>(edits.Count);
        var at = -1;
        foreach (var edit in edits)
        {
            if (edit.Of == meta)
            {
                inside.Add(edit);
                at = at < 0 ? others.Count : at;
            }
            else if (!ReferenceEquals(edit, removal))
            {
                others.Add(edit);
            }
        }

        others.Insert(at, new Edit(parent, _meta, Members("{"u8, inside, "}"u8), envelope.FindMember(parent, _meta)));
        return others;
    }

    private static bool Has(List<Edit> edits, MemberOf of)
    {
        foreach (var edit in edits)
        {
            if (edit.Of == of)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Removes(List<Edit> edits, Member member)
    {
        foreach (var edit in edits)
        {
            if (edit.IsRemoval && edit.Target == member)
            {
                return true;
            }
        }

        return false;
    }

    // Removals and insertions of one object: commas depend on which members stay.
    private void Reshape(List<Patch> patches, MemberOf of, List<Edit> edits)
    {
        var last = default(Member);
        var removed = default(ByteRange);
        foreach (var member in envelope.Members)
        {
            if (member.Of != of)
            {
                continue;
            }

            if (Removes(edits, member))
            {
                var start = removed.Exists ? removed.Start : last.Value.Exists ? last.Value.End : member.Name.Start - 1;
                removed = new ByteRange(start, member.Value.End - start);
                continue;
            }

            if (removed.Exists)
            {
                // A run at the object's start goes with the comma behind it, any other run with the one before it.
                patches.Add(new Patch(last.Value.Exists ? removed : new ByteRange(removed.Start, member.Name.Start - 1 - removed.Start), default));
                removed = default;
            }

            last = member;
        }

        if (removed.Exists)
        {
            patches.Add(new Patch(removed, default));
        }

        List<Edit>? inserted = null;
        foreach (var edit in edits)
        {
            if (edit.Of == of && !edit.IsRemoval && !edit.Target.Value.Exists)
            {
                (inserted ??= []).Add(edit);
            }
        }

        if (inserted is not null)
        {
            var at = last.Value.Exists ? last.Value.End : removed.Exists ? removed.Start : envelope.Object(of).Start + 1;
            patches.Add(new Patch(new ByteRange(at, 0), Members(last.Value.Exists ? ","u8 : default, inserted, default)));
        }
    }

    // The members of these edits, with commas between them.
    private static byte[] Members(ReadOnlySpan<byte> before, List<Edit> edits, ReadOnlySpan<byte> after)
    {
        var length = before.Length + after.Length + edits.Count - 1;
        foreach (var edit in edits)
        {
            length += edit.Name.Length + 3 + edit.Value.Length;
        }

        var made = new byte[length];
        var rest = made.AsSpan();
        Append(ref rest, before);
        for (var i = 0; i < edits.Count; i++)
        {
            Append(ref rest, i == 0 ? "\""u8 : ",\""u8);
            Append(ref rest, edits[i].Name);
            Append(ref rest, "\":"u8);
            Append(ref rest, edits[i].Value.Span);
        }

        Append(ref rest, after);
        return made;
    }

    private static void Append(ref Span<byte> rest, ReadOnlySpan<byte> part)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }

    private byte[] Apply(ByteRange range, List<Patch> patches)
    {
        var frame = envelope.Frame.Span;
        var length = range.Length;
        foreach (var patch in patches)
        {
            length += patch.Bytes.Length - patch.Range.Length;
        }

        var made = GC.AllocateUninitializedArray<byte>(length);
        var (from, to) = (range.Start, 0);
        foreach (var patch in patches)
        {
            var kept = frame[from..patch.Range.Start];
            kept.CopyTo(made.AsSpan(to));
            patch.Bytes.Span.CopyTo(made.AsSpan(to + kept.Length));
            (from, to) = (patch.Range.End, to + kept.Length + patch.Bytes.Length);
        }

        frame[from..range.End].CopyTo(made.AsSpan(to));
        return made;
    }

    private readonly record struct Patch(ByteRange Range, ReadOnlyMemory<byte> Bytes);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(Piece? before, ReadOnlyMemory<byte> bytes)
        {
            (Memory, RunningIndex) = (bytes, before is null ? 0 : before.RunningIndex + before.Memory.Length);
            if (before is not null)
            {
                before.Next = this;
            }
        }
    }
}
