using System.Text;

namespace McpHub.Protocol.Wire;

/// <summary>What a JSON-RPC message is (JSON-RPC 2.0, sections 4 and 5).</summary>
public enum EnvelopeKind
{
    /// <summary>Has <c>method</c> and <c>id</c>.</summary>
    Request,

    /// <summary>Has <c>method</c> and no <c>id</c>.</summary>
    Notification,

    /// <summary>A response with <c>result</c>.</summary>
    Result,

    /// <summary>A response with <c>error</c>; its id may be <c>null</c>.</summary>
    Error,
}

/// <summary>The objects of a message whose members are indexed by the scan and can be spliced.</summary>
public enum MemberOf
{
    /// <summary>The message itself.</summary>
    Envelope,

    /// <summary><c>params</c>.</summary>
    Params,

    /// <summary><c>params._meta</c>.</summary>
    ParamsMeta,

    /// <summary><c>result</c>.</summary>
    Result,

    /// <summary><c>result._meta</c>.</summary>
    ResultMeta,

    /// <summary><c>error</c>.</summary>
    Error,

    /// <summary><c>params.ref</c> of <c>completion/complete</c>.</summary>
    Ref,

    /// <summary>Any other object, read by <see cref="JsonParts"/>; no envelope has members of it.</summary>
    Part,
}

/// <summary>One member of an indexed object.</summary>
/// <param name="Of">The object that holds it.</param>
/// <param name="Name">The member's name as it stands between its quotes (escapes not resolved).</param>
/// <param name="Value">The member's value, one whole JSON token or container.</param>
public readonly record struct Member(MemberOf Of, ByteRange Name, ByteRange Value);

/// <summary>
/// The scan of one frame: what the message is and where its named parts stand, as byte ranges over the frame, which is never changed.
/// Immutable and free of references to anything but the frame. Made by <see cref="EnvelopeScanner"/> only.
/// </summary>
public sealed class Envelope
{
    private readonly Member[] _members;

    internal Envelope(ReadOnlyMemory<byte> frame, EnvelopeKind kind, string? method, Member[] members)
    {
        (Frame, Kind, Method, _members) = (frame, kind, method, members);
        Id = Find(MemberOf.Envelope, "id"u8);
        Params = Find(MemberOf.Envelope, "params"u8);
        Result = Find(MemberOf.Envelope, "result"u8);
        Error = Find(MemberOf.Envelope, "error"u8);
    }

    /// <summary>The message as it came, UTF-8, without framing around it.</summary>
    public ReadOnlyMemory<byte> Frame { get; }

    /// <summary>Request, notification, result or error.</summary>
    public EnvelopeKind Kind { get; }

    /// <summary>The method, unescaped; <c>null</c> for responses.</summary>
    public string? Method { get; }

    /// <summary>The id as its JSON token, quotes included (<c>7</c>, <c>"a"</c>); absent for notifications; <c>null</c> only on errors.</summary>
    public ByteRange Id { get; }

    /// <summary>The <c>params</c> object; absent if the message has none.</summary>
    public ByteRange Params { get; }

    /// <summary>The <c>result</c> object.</summary>
    public ByteRange Result { get; }

    /// <summary>The <c>error</c> object.</summary>
    public ByteRange Error { get; }

    /// <summary>The indexed members in the order in which they stand in the frame, per object.</summary>
    public ReadOnlySpan<Member> Members => _members;

    /// <summary>The value of the member with exactly this name, escapes in it resolved; absent if there is none.</summary>
    public ByteRange Find(MemberOf of, ReadOnlySpan<byte> name) => FindMember(of, name).Value;

    /// <summary>The bytes of a part.</summary>
    public ReadOnlyMemory<byte> Bytes(ByteRange range) => range.In(Frame);

    /// <summary>The unescaped text of a member that is a JSON string; <c>null</c> if it is absent or not a string.</summary>
    public string? Text(MemberOf of, ReadOnlySpan<byte> name) => JsonText.Unescape(Find(of, name).In(Frame.Span));

    /// <summary>A member that is a JSON integer; <c>null</c> if it is absent or none.</summary>
    public long? Integer(MemberOf of, ReadOnlySpan<byte> name)
    {
        var token = Find(of, name).In(Frame.Span);
        return System.Buffers.Text.Utf8Parser.TryParse(token, out long value, out var used) && used == token.Length && used > 0 ? value : null;
    }

    /// <summary>For logs: kind, method and id, never a payload. Method and id are a peer's text: no control characters, cut at 64.</summary>
    public override string ToString() => $"{Kind} {Printable(Method ?? "")} {(Id.Exists ? Printable(Encoding.UTF8.GetString(Id.In(Frame.Span))) : "")}";

    internal Member FindMember(MemberOf of, ReadOnlySpan<byte> name)
    {
        var frame = Frame.Span;
        foreach (ref readonly var member in _members.AsSpan())
        {
            if (member.Of == of && JsonText.Means(member.Name.In(frame), name))
            {
                return member;
            }
        }

        return default;
    }

    /// <summary>The object itself; absent also if a member of that name is no object.</summary>
    internal ByteRange Object(MemberOf of)
    {
        var range = of switch
        {
            MemberOf.Envelope => ObjectOfEnvelope(),
            MemberOf.Params => Params,
            MemberOf.ParamsMeta => Find(MemberOf.Params, "_meta"u8),
            MemberOf.Ref => Find(MemberOf.Params, "ref"u8),
            MemberOf.Result => Result,
            MemberOf.ResultMeta => Find(MemberOf.Result, "_meta"u8),
            MemberOf.Error => Error,
            _ => default,
        };
        return range.Exists && Frame.Span[range.Start] == (byte)'{' ? range : default;
    }

    private ByteRange ObjectOfEnvelope()
    {
        var start = Frame.Span.IndexOf((byte)'{');
        return new ByteRange(start, Frame.Span.LastIndexOf((byte)'}') + 1 - start);
    }

    private static string Printable(string text) =>
        string.Concat((text.Length > 64 ? text[..64] : text).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
