using System.Text;
using System.Text.Json;

namespace McpHub.Protocol.Wire;

/// <summary>JSON string tokens to text and back.</summary>
public static class JsonText
{
    /// <summary>The text of a JSON string token, quotes included; <c>null</c> if the token is no string.</summary>
    public static string? Unescape(ReadOnlySpan<byte> token)
    {
        if (token.Length < 2 || token[0] != (byte)'"')
        {
            return null;
        }

        if (token.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(token[1..^1]);
        }

        var reader = new Utf8JsonReader(token);
        reader.Read();
        return reader.GetString();
    }

    /// <summary>A JSON string token, quotes included. Only what JSON demands is escaped (RFC 8259, section 7).</summary>
    public static byte[] Quote(string text)
    {
        var encoded = JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        var token = new byte[encoded.EncodedUtf8Bytes.Length + 2];
        token[0] = token[^1] = (byte)'"';
        encoded.EncodedUtf8Bytes.CopyTo(token.AsSpan(1));
        return token;
    }
}
