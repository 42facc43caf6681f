using System.Globalization;
using McpHub.Protocol.Wire;

namespace McpHub;

/// <summary>Names the operation that a progress report is about (schema <c>ProgressToken</c>): text or a whole number. <c>7</c> and <c>"7"</c> are two tokens.</summary>
public readonly record struct ProgressToken
{
    private readonly string? _text;
    private readonly long _number;

    /// <summary>Makes a token of text.</summary>
    public ProgressToken(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
    }

    /// <summary>Makes a token of a number.</summary>
    public ProgressToken(long number) => _number = number;

    /// <summary>The text; <c>null</c> if the token is a number.</summary>
    public string? Text => _text;

    /// <summary>The number; <c>null</c> if the token is text.</summary>
    public long? Number => _text is null ? _number : null;

    /// <summary>Makes a token of text.</summary>
    public static implicit operator ProgressToken(string text) => new(text);

    /// <summary>Makes a token of a number.</summary>
    public static implicit operator ProgressToken(long number) => new(number);

    /// <summary>The text, or the number's digits.</summary>
    public override string ToString() => _text ?? _number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The token of a JSON string or integer; <c>null</c> for anything else.</summary>
    internal static ProgressToken? FromJson(ReadOnlySpan<byte> token) =>
        JsonText.Unescape(token) is { } text ? new ProgressToken(text)
        : long.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new ProgressToken(number)
        : default(ProgressToken?);

    /// <summary>The JSON of the token.</summary>
    internal byte[] ToJson() => _text is { } text ? JsonText.Quote(text) : System.Text.Encoding.ASCII.GetBytes(ToString());
}
