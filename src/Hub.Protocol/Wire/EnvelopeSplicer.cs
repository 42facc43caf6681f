using System.Buffers;
using System.Text;

namespace McpHub.Protocol.Wire;

/// <summary>
/// Changes named members of a scanned frame and leaves every other byte as it came (ARCHITECTURE 3, step 6).
/// A later edit of the same member replaces the earlier one; setting or removing a whole object drops the earlier edits inside it.
/// Not thread-safe; made for one frame and thrown away.
/// </summary>
public sealed partial class EnvelopeSplicer(Envelope envelope)
{
    // A part that is shorter is joined when something is spliced into it: one small copy costs less than pieces.
    private const int Joined = 4096;

    // Most frames pass unchanged: nothing is made for them.
    private List<Edit> _edits = _none;
    private static readonly List<Edit> _none = [];

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

        return Set(of, Encoding.UTF8.GetBytes(name), value);
    }

    /// <summary>The same with a name that is encoded already, which is not checked and must not change.</summary>
    internal EnvelopeSplicer Set(MemberOf of, byte[] name, ReadOnlyMemory<byte> value)
    {
        if (!CanHold(of))
        {
            throw new InvalidOperationException($"The {envelope.Kind} has no {of} object to set \"{Encoding.UTF8.GetString(name)}\" in.");
        }

        Put(new Edit(of, name, value, envelope.FindMember(of, name)));
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
    public ReadOnlyMemory<byte> ToPart(MemberOf part) => PatchesOf(part, out var range, out var unchanged) is { } patches ? Apply(range, patches) : unchanged;

    /// <summary>The same without copying what is large: the frame's own bytes with what is inserted between them.</summary>
    public ReadOnlySequence<byte> ToSequence(MemberOf part) => ToSequence(part, Joined);

    internal ReadOnlySequence<byte> ToSequence(MemberOf part, int joined)
    {
        if (PatchesOf(part, out var range, out var unchanged) is not { } patches)
        {
            return new ReadOnlySequence<byte>(unchanged);
        }

        if (range.Length < joined)
        {
            return new ReadOnlySequence<byte>(Apply(range, patches));
        }

        var first = new Piece(null, default);
        var (last, from) = (first, range.Start);
        foreach (var patch in patches)
        {
            last = new Piece(last, envelope.Frame[from..patch.Range.Start]);
            last = new Piece(last, patch.Bytes);
            from = patch.Range.End;
        }

        last = new Piece(last, envelope.Frame[from..range.End]);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
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

    private static readonly byte[] _meta = "_meta"u8.ToArray();

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
            if (ReferenceEquals(_edits, _none))
            {
                _edits = [];
            }

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

        for (var i = _edits.Count - 1; i >= 0; i--)
        {
            if (_edits[i].Of == of)
            {
                _edits.RemoveAt(i);
            }
        }
    }

    // Target: the member of the frame that is meant; absent if the edit inserts one. No value: a removal.
    private sealed record Edit(MemberOf Of, byte[] Name, ReadOnlyMemory<byte> Value, Member Target)
    {
        public bool IsRemoval => Value.IsEmpty;
    }
}
