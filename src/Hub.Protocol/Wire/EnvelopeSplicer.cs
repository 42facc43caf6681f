using System.Text;

namespace McpHub.Protocol.Wire;

/// <summary>
/// Changes named members of a scanned frame and leaves every other byte as it came (ARCHITECTURE 3, step 6).
/// A later edit of the same member replaces the earlier one; setting or removing a whole object drops the earlier edits inside it.
/// Not thread-safe; made for one frame and thrown away.
/// </summary>
public sealed class EnvelopeSplicer(Envelope envelope)
{
    private readonly List<Edit> _edits = [];

    /// <summary>True if nothing was changed.</summary>
    public bool IsUnchanged => _edits.Count == 0;

    internal Envelope Source => envelope;

    /// <summary>Sets a member: replaces its value where it stands, or inserts it as the last member of the object.
    /// A <c>_meta</c> that is missing is created.</summary>
    /// <param name="of">The object.</param>
    /// <param name="name">The member's name: plain ASCII that needs no escape.</param>
    /// <param name="value">A JSON value.</param>
    /// <exception cref="InvalidOperationException">The frame has no such <c>params</c>, <c>ref</c>, <c>result</c> or <c>error</c>, or it was set or removed as a whole.</exception>
    public EnvelopeSplicer Set(MemberOf of, string name, ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty || name.AsSpan().ContainsAnyExceptInRange(' ', '~') || name.AsSpan().ContainsAny('"', '\\'))
        {
            throw new ArgumentException($"Not a member that can be written as it is: {name}", value.IsEmpty ? nameof(value) : nameof(name));
        }

        if (!CanHold(of))
        {
            throw new InvalidOperationException($"The {envelope.Kind} has no {of} object to set \"{name}\" in.");
        }

        var utf8 = Encoding.UTF8.GetBytes(name);
        Put(new Edit(of, utf8, value, envelope.FindMember(of, utf8)));
        return this;
    }

    /// <summary>Removes a member with its comma; nothing happens if there is none. A <c>_meta</c> that becomes empty stays as <c>{}</c>.</summary>
    public EnvelopeSplicer Remove(MemberOf of, ReadOnlySpan<byte> name)
    {
        var member = envelope.FindMember(of, name);
        if (member.Value.Exists && !IsGone(of))
        {
            Put(new Edit(of, name.ToArray(), default, member));
        }
        else
        {
            DropInside(of, name);
            if (Index(of, name) is >= 0 and var index)
            {
                _edits.RemoveAt(index);
            }
        }

        return this;
    }

    /// <summary>The whole frame with the changes.</summary>
    public byte[] ToFrame() => Apply(new ByteRange(0, envelope.Frame.Length), Patches());

    /// <summary>One object of the frame with the changes that fall into it; the frame's own bytes if none does, nothing if the frame has no such object.</summary>
    public ReadOnlyMemory<byte> ToPart(MemberOf part)
    {
        if (Whole(part) is { } whole)
        {
            return whole.Value;
        }

        var range = envelope.Object(part);
        if (!range.Exists)
        {
            return default;
        }

        var patches = Patches();
        patches.RemoveAll(patch => patch.Range.Start <= range.Start || patch.Range.End >= range.End);
        return patches.Count == 0 ? envelope.Bytes(range) : Apply(range, patches);
    }

    // The object that holds this one; null for those that are not indexed within another.
    private static MemberOf? Parent(MemberOf of) => of switch
    {
        MemberOf.Params or MemberOf.Result or MemberOf.Error => MemberOf.Envelope,
        MemberOf.ParamsMeta or MemberOf.Ref => MemberOf.Params,
        MemberOf.ResultMeta => MemberOf.Result,
        _ => null,
    };

    private static ReadOnlySpan<byte> NameInParent(MemberOf of) => of switch
    {
        MemberOf.Params => "params"u8,
        MemberOf.Result => "result"u8,
        MemberOf.Error => "error"u8,
        MemberOf.Ref => "ref"u8,
        _ => "_meta"u8,
    };

    private static bool IsMeta(MemberOf of) => of is MemberOf.ParamsMeta or MemberOf.ResultMeta;

    // The edit that sets or removes this object as a whole.
    private Edit? Whole(MemberOf of) => Parent(of) is { } parent && Index(parent, NameInParent(of)) is >= 0 and var index ? _edits[index] : null;

    private int Index(MemberOf of, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _edits.Count; i++)
        {
            if (_edits[i].Of == of && _edits[i].Name.AsSpan().SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    private bool CanHold(MemberOf of)
    {
        if (of == MemberOf.Envelope)
        {
            return true;
        }

        if (Parent(of) is not { } parent || !CanHold(parent))
        {
            return false;
        }

        return Whole(of) is { } whole ? IsMeta(of) && whole.IsRemoval : IsMeta(of) || envelope.Object(of).Exists;
    }

    private bool IsGone(MemberOf of) => Parent(of) is { } parent && (Whole(of) is not null || IsGone(parent));

    private void Put(Edit edit)
    {
        DropInside(edit.Of, edit.Name);

        // In place, so that what is inserted keeps the order of its first Set.
        if (Index(edit.Of, edit.Name) is >= 0 and var index)
        {
            _edits[index] = edit;
        }
        else
        {
            _edits.Add(edit);
        }
    }

    // The edits inside a member that is itself set or removed.
    private void DropInside(MemberOf of, ReadOnlySpan<byte> name)
    {
        for (var inner = MemberOf.Params; inner <= MemberOf.Ref; inner++)
        {
            if (Parent(inner) == of && NameInParent(inner).SequenceEqual(name))
            {
                DropAll(inner);
            }
        }
    }

    private void DropAll(MemberOf of)
    {
        for (var inner = MemberOf.Params; inner <= MemberOf.Ref; inner++)
        {
            if (Parent(inner) == of)
            {
                DropAll(inner);
            }
        }

        _edits.RemoveAll(edit => edit.Of == of);
    }

    private List<Patch> Patches()
    {
        var edits = new List<Edit>(_edits);
        CreateMeta(edits, MemberOf.ParamsMeta);
        CreateMeta(edits, MemberOf.ResultMeta);
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
    private void CreateMeta(List<Edit> edits, MemberOf meta)
    {
        var first = edits.FindIndex(edit => edit.Of == meta);
        var removal = Whole(meta);
        if (first < 0 || (removal is null && envelope.Object(meta).Exists))
        {
            return;
        }

        var created = new List<byte> { (byte)'{' };
        foreach (var edit in edits)
        {
            if (edit.Of == meta)
            {
                AppendMember(created, edit, created.Count > 1);
            }
        }

        created.Add((byte)'}');
        var parent = Parent(meta)!.Value;
        edits[first] = new Edit(parent, "_meta"u8.ToArray(), created.ToArray(), envelope.FindMember(parent, "_meta"u8));
        edits.RemoveAll(edit => edit.Of == meta || ReferenceEquals(edit, removal));
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

            if (edits.Exists(edit => edit.IsRemoval && edit.Target == member))
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

        var inserted = new List<byte>();
        foreach (var edit in edits)
        {
            if (edit.Of == of && !edit.IsRemoval && !edit.Target.Value.Exists)
            {
                AppendMember(inserted, edit, last.Value.Exists || inserted.Count > 0);
            }
        }

        if (inserted.Count > 0)
        {
            var at = last.Value.Exists ? last.Value.End : removed.Exists ? removed.Start : envelope.Object(of).Start + 1;
            patches.Add(new Patch(new ByteRange(at, 0), inserted.ToArray()));
        }
    }

    private static void AppendMember(List<byte> to, Edit edit, bool comma)
    {
        if (comma)
        {
            to.Add((byte)',');
        }

        to.Add((byte)'"');
        to.AddRange(edit.Name);
        to.AddRange("\":"u8);
        to.AddRange(edit.Value.Span);
    }

    private byte[] Apply(ByteRange range, List<Patch> patches)
    {
        var frame = envelope.Frame.Span;
        var made = new byte[range.Length + patches.Sum(patch => patch.Bytes.Length - patch.Range.Length)];
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

    // Target: the member of the frame that is meant; absent if the edit inserts one. No value: a removal.
    private sealed record Edit(MemberOf Of, byte[] Name, ReadOnlyMemory<byte> Value, Member Target)
    {
        public bool IsRemoval => Value.IsEmpty;
    }

    private readonly record struct Patch(ByteRange Range, ReadOnlyMemory<byte> Bytes);
}
