namespace McpHub.Protocol.Wire;

/// <summary>
/// Changes named members of a scanned frame and leaves every other byte as it came (ARCHITECTURE 3, step 6).
/// Not thread-safe; made for one frame and thrown away.
/// </summary>
public sealed class EnvelopeSplicer(Envelope envelope)
{
    /// <summary>Sets a member: replaces its value where it stands, or inserts it as the last member of the object.
    /// A <c>_meta</c> that is missing is created; setting a member of a missing <c>params</c>, <c>result</c> or <c>error</c> throws <see cref="InvalidOperationException"/>.</summary>
    internal Envelope Source => envelope;

    /// <inheritdoc cref="EnvelopeSplicer"/>
    public EnvelopeSplicer Set(MemberOf of, string name, ReadOnlyMemory<byte> value) => throw new NotImplementedException();

    /// <summary>Removes a member with its comma; nothing happens if there is none. A <c>_meta</c> that becomes empty stays as <c>{}</c>.</summary>
    public EnvelopeSplicer Remove(MemberOf of, ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>True if nothing was changed.</summary>
    public bool IsUnchanged => throw new NotImplementedException();

    /// <summary>The whole frame with the changes.</summary>
    public byte[] ToFrame() => throw new NotImplementedException();

    /// <summary>One object of the frame (<see cref="MemberOf.Params"/>, <see cref="MemberOf.Result"/> or <see cref="MemberOf.Error"/>) with the changes that fall into it.</summary>
    public ReadOnlyMemory<byte> ToPart(MemberOf part) => throw new NotImplementedException();
}
