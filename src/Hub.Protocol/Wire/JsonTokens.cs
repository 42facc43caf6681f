using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace McpHub.Protocol.Wire;

/// <summary>
/// The tokens of one JSON text (RFC 8259) in one piece of memory; the same texts pass as <see cref="Utf8JsonReader"/> lets pass, token by token.
/// That one goes byte by byte after a string's first escape, which is most of what a large result costs; this one goes on by vectors.
/// Bytes of 0x80 and more are taken as they are: the caller has checked the UTF-8.
/// </summary>
/// <param name="text">The text.</param>
/// <param name="containers">Room for the kind of each open container; the deepest that may be open.</param>
internal ref struct JsonTokens(ReadOnlySpan<byte> text, Span<bool> containers)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly Span<bool> _isObject = containers;
    private int _depth;

    /// <summary>Kind of the last token.</summary>
    public JsonTokenType Type { get; private set; }

    /// <summary>Where the last token starts; a string at its quote.</summary>
    public int Start { get; private set; }

    /// <summary>Behind the last token; behind the colon after a member's name.</summary>
    public int Consumed { get; private set; }

    /// <summary>Bytes of the last string or name between its quotes.</summary>
    public int ContentLength { get; private set; }

    /// <summary>Whether the last string or name has escapes.</summary>
    public bool Escaped { get; private set; }

    /// <summary>Containers around the last token; a brace or bracket is not inside what it opens or closes.</summary>
    public readonly int Depth => Type is JsonTokenType.StartObject or JsonTokenType.StartArray ? _depth - 1 : _depth;

    /// <summary>The text is no JSON; <see cref="Consumed"/> says up to where it was.</summary>
    public bool Failed { get; private set; }

    /// <summary>Goes to the next token.</summary>
    /// <returns>False at the end of the text, or where it is no JSON.</returns>
    public bool Read()
    {
        if (Failed)
        {
            return false;
        }

        var at = SkipWhiteSpace(Consumed);
        switch (Type)
        {
            case JsonTokenType.None or JsonTokenType.PropertyName:
                return ReadValue(at);

            case JsonTokenType.StartObject:
                return Is(at, (byte)'}') ? Close(at) : ReadName(at);

            case JsonTokenType.StartArray:
                return Is(at, (byte)']') ? Close(at) : ReadValue(at);
        }

        if (_depth == 0)
        {
            return at != _text.Length && Fail();
        }

        var inObject = _isObject[_depth - 1];
        if (Is(at, (byte)','))
        {
            at = SkipWhiteSpace(at + 1);
            return inObject ? ReadName(at) : ReadValue(at);
        }

        return Is(at, inObject ? (byte)'}' : (byte)']') ? Close(at) : Fail();
    }

    private readonly bool Is(int at, byte wanted) => (uint)at < (uint)_text.Length && _text[at] == wanted;

    private readonly int SkipWhiteSpace(int at)
    {
        while ((uint)at < (uint)_text.Length && _text[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private bool ReadName(int at)
    {
        if (!Is(at, (byte)'"') || !ReadString(at, JsonTokenType.PropertyName))
        {
            return Fail();
        }

        var colon = SkipWhiteSpace(Consumed);
        if (!Is(colon, (byte)':'))
        {
            return Fail();
        }

        Consumed = colon + 1;
        return true;
    }

    private bool ReadValue(int at)
    {
        if ((uint)at >= (uint)_text.Length)
        {
            return Fail();
        }

        return _text[at] switch
        {
            (byte)'"' => ReadString(at, JsonTokenType.String),
            (byte)'{' => Open(at, isObject: true),
            (byte)'[' => Open(at, isObject: false),
            (byte)'t' => ReadLiteral(at, "true"u8, JsonTokenType.True),
            (byte)'f' => ReadLiteral(at, "false"u8, JsonTokenType.False),
            (byte)'n' => ReadLiteral(at, "null"u8, JsonTokenType.Null),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => ReadNumber(at),
            _ => Fail(),
        };
    }

    private bool Open(int at, bool isObject)
    {
        if (_depth == _isObject.Length)
        {
            return Fail();
        }

        _isObject[_depth++] = isObject;
        return Take(isObject ? JsonTokenType.StartObject : JsonTokenType.StartArray, at, at + 1);
    }

    private bool Close(int at) => Take(_isObject[--_depth] ? JsonTokenType.EndObject : JsonTokenType.EndArray, at, at + 1);

    private bool ReadLiteral(int at, ReadOnlySpan<byte> literal, JsonTokenType type) =>
        _text[at..].StartsWith(literal) ? Take(type, at, at + literal.Length) : Fail();

    // RFC 8259, section 6. What follows is the next token's matter.
    private bool ReadNumber(int at)
    {
        var end = Is(at, (byte)'-') ? at + 1 : at;
        var digits = end;
        end = SkipDigits(end);
        if (end == digits || (_text[digits] == (byte)'0' && end > digits + 1))
        {
            return Fail();
        }

        if (Is(end, (byte)'.'))
        {
            digits = end + 1;
            end = SkipDigits(digits);
            if (end == digits)
            {
                return Fail();
            }
        }

        if (Is(end, (byte)'e') || Is(end, (byte)'E'))
        {
            digits = Is(end + 1, (byte)'+') || Is(end + 1, (byte)'-') ? end + 2 : end + 1;
            end = SkipDigits(digits);
            if (end == digits)
            {
                return Fail();
            }
        }

        return Take(JsonTokenType.Number, at, end);
    }

    private readonly int SkipDigits(int at)
    {
        while ((uint)at < (uint)_text.Length && char.IsAsciiDigit((char)_text[at]))
        {
            at++;
        }

        return at;
    }

    private bool ReadString(int quote, JsonTokenType type)
    {
        var escaped = false;
        var at = quote + 1;
        while (true)
        {
            at = SkipPlain(_text, at);
            if ((uint)at >= (uint)_text.Length || _text[at] < 0x20)
            {
                return Fail();
            }

            if (_text[at] == (byte)'"')
            {
                (ContentLength, Escaped) = (at - quote - 1, escaped);
                return Take(type, quote, at + 1);
            }

            escaped = true;
            at = SkipEscape(at + 1);
            if (at < 0)
            {
                return Fail();
            }
        }
    }

    // at: behind the backslash. RFC 8259, section 7.
    private readonly int SkipEscape(int at)
    {
        if ((uint)at >= (uint)_text.Length)
        {
            return -1;
        }

        switch (_text[at])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at + 1;
            case (byte)'u' when _text.Length - at > 4:
                foreach (var digit in _text.Slice(at + 1, 4))
                {
                    if (!char.IsAsciiHexDigit((char)digit))
                    {
                        return -1;
                    }
                }

                return at + 5;
            default:
                return -1;
        }
    }

    /// <summary>The next quote, backslash or control character from here on; the end if there is none.</summary>
    private static int SkipPlain(ReadOnlySpan<byte> text, int at)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        for (; at <= text.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            var bytes = Vector256.LoadUnsafe(ref first, (nuint)at);
            var special = Vector256.Equals(bytes, Vector256.Create((byte)'"')) | Vector256.Equals(bytes, Vector256.Create((byte)'\\')) | Vector256.LessThan(bytes, Vector256.Create((byte)0x20));
            if (special != Vector256<byte>.Zero)
            {
                return at + BitOperations.TrailingZeroCount(special.ExtractMostSignificantBits());
            }
        }

        for (; at < text.Length; at++)
        {
            if (text[at] is (byte)'"' or (byte)'\\' or < 0x20)
            {
                break;
            }
        }

        return at;
    }

    private bool Take(JsonTokenType type, int start, int end)
    {
        Debug.Assert(end <= _text.Length, "a token ends within the text");
        (Type, Start, Consumed) = (type, start, end);
        return true;
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
