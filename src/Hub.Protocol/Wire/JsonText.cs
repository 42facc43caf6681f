using System.Buffers;
using System.Text;

namespace McpHub.Protocol.Wire;

/// <summary>JSON string tokens to text and back. Lone surrogates survive both ways: a payload may hold them escaped (RFC 8259, section 8.2).</summary>
public static class JsonText
{
    private static readonly SearchValues<char> _notPlain = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (char)code), '"', '\\', .. Enumerable.Range(0xD800, 0x800).Select(code => (char)code)]);

    /// <summary>The text of a JSON string token, quotes included; <c>null</c> if the token is no string. The token was scanned before.</summary>
    public static string? Unescape(ReadOnlySpan<byte> token)
    {
        if (token.Length < 2 || token[0] != (byte)'"')
        {
            return null;
        }

        var content = token[1..^1];
        if (content.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(content);
        }

        var text = new StringBuilder(content.Length);
        while (content.IndexOf((byte)'\\') is >= 0 and var plain)
        {
            text.Append(Encoding.UTF8.GetString(content[..plain]));
            content = content[plain..];
            text.Append(ReadEscape(ref content));
        }

        return text.Append(Encoding.UTF8.GetString(content)).ToString();
    }

    /// <summary>A JSON string token, quotes included. Only what JSON demands is escaped (RFC 8259, section 7), and lone surrogates, which UTF-8 cannot hold.</summary>
    public static byte[] Quote(string text)
    {
        if (!text.AsSpan().ContainsAny(_notPlain))
        {
            var plain = new byte[Encoding.UTF8.GetByteCount(text) + 2];
            plain[0] = plain[^1] = (byte)'"';
            Encoding.UTF8.GetBytes(text, plain.AsSpan(1));
            return plain;
        }

        var quoted = new StringBuilder(text.Length + 16).Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                quoted.Append(c).Append(text[++i]);
            }
            else if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (c < ' ' || char.IsSurrogate(c))
            {
                quoted.Append(c switch
                {
                    '\b' => "\\b",
                    '\t' => "\\t",
                    '\n' => "\\n",
                    '\f' => "\\f",
                    '\r' => "\\r",
                    _ => $"\\u{(int)c:x4}",
                });
            }
            else
            {
                quoted.Append(c);
            }
        }

        return Encoding.UTF8.GetBytes(quoted.Append('"').ToString());
    }

    /// <summary>Resolves the escapes of a string's content, quotes excluded. A lone surrogate becomes the three bytes that UTF-8 would give it,
    /// so that different contents stay different.</summary>
    /// <returns>The number of bytes written, never more than <paramref name="content"/> has.</returns>
    internal static int Unescape(ReadOnlySpan<byte> content, Span<byte> to)
    {
        var written = 0;
        while (content.IndexOf((byte)'\\') is >= 0 and var plain)
        {
            content[..plain].CopyTo(to[written..]);
            written += plain;
            content = content[plain..];
            int scalar = ReadEscape(ref content);
            if (char.IsHighSurrogate((char)scalar) && content.Length >= 6 && content[0] == (byte)'\\')
            {
                var next = content;
                var low = ReadEscape(ref next);
                if (char.IsLowSurrogate(low))
                {
                    scalar = char.ConvertToUtf32((char)scalar, low);
                    content = next;
                }
            }

            written += Encode(scalar, to[written..]);
        }

        content.CopyTo(to[written..]);
        return written + content.Length;
    }

    /// <summary>True if a string's content, quotes excluded, reads as exactly this text when its escapes are resolved.</summary>
    internal static bool Means(ReadOnlySpan<byte> content, ReadOnlySpan<byte> text)
    {
        // An escape is longer than what it stands for.
        if (content.Length <= text.Length)
        {
            return content.SequenceEqual(text) && text.IndexOf((byte)'\\') < 0;
        }

        if (content.IndexOf((byte)'\\') < 0 || content.Length > 6 * text.Length)
        {
            return false;
        }

        var rented = ArrayPool<byte>.Shared.Rent(content.Length);
        var equal = rented.AsSpan(0, Unescape(content, rented)).SequenceEqual(text);
        ArrayPool<byte>.Shared.Return(rented);
        return equal;
    }

    /// <summary>False if a string's content holds an escaped lone surrogate or NUL: texts that are routed on may not (contract 0.3 and 5, B-7).</summary>
    internal static bool IsRoutable(ReadOnlySpan<byte> content)
    {
        while (content.IndexOf((byte)'\\') is >= 0 and var plain)
        {
            content = content[plain..];
            var unit = ReadEscape(ref content);
            if (unit == '\0' || char.IsLowSurrogate(unit))
            {
                return false;
            }

            if (char.IsHighSurrogate(unit) && (content.IsEmpty || content[0] != (byte)'\\' || !char.IsLowSurrogate(ReadEscape(ref content))))
            {
                return false;
            }
        }

        return true;
    }

    // content starts with a backslash; a scanned string has no incomplete escape.
    private static char ReadEscape(ref ReadOnlySpan<byte> content)
    {
        var kind = content[1];
        if (kind != (byte)'u')
        {
            content = content[2..];
            return kind switch
            {
                (byte)'b' => '\b',
                (byte)'t' => '\t',
                (byte)'n' => '\n',
                (byte)'f' => '\f',
                (byte)'r' => '\r',
                _ => (char)kind,
            };
        }

        var unit = 0;
        foreach (var digit in content[2..6])
        {
            unit = (unit << 4) | (digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        content = content[6..];
        return (char)unit;
    }

    private static int Encode(int scalar, Span<byte> to)
    {
        if (Rune.TryCreate(scalar, out var rune))
        {
            return rune.EncodeToUtf8(to);
        }

        to[0] = (byte)(0xE0 | (scalar >> 12));
        to[1] = (byte)(0x80 | ((scalar >> 6) & 0x3F));
        to[2] = (byte)(0x80 | (scalar & 0x3F));
        return 3;
    }
}
