using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using JsonException = System.Text.Json.JsonException;

namespace McpHub.Protocol.Model;

/// <summary>
/// Bytes to Newtonsoft's tree, read with the parser that scans frames: Newtonsoft's own takes comments, <c>010</c> as 8, <c>NaN</c> and more, so the
/// two could disagree on what a message says.
/// </summary>
internal static class JsonTree
{
    /// <summary>Most digits of an integer; the limit of Newtonsoft's reader, for the same reason (time grows faster than length).</summary>
    public const int MaxIntegerDigits = 380;

    /// <summary>Reads one JSON value. Of members with the same name the last one stays: the scan refuses them where it matters.</summary>
    /// <exception cref="JsonException">It is no JSON, it is nested too deep, or a number cannot be held.</exception>
    public static JToken Read(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("it is not valid UTF-8");
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = McpJson.MaxDepth + 1 });
        reader.Read();
        var value = ReadValue(ref reader);
        reader.Read();
        return value;
    }

    private static JToken ReadValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                RequireDepth(in reader);
                var json = new JObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = Text(in reader);
                    reader.Read();
                    json[name] = ReadValue(ref reader);
                }

                return json;
            case JsonTokenType.StartArray:
                RequireDepth(in reader);
                var items = new JArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(ref reader));
                }

                return items;
            case JsonTokenType.String:
                return new JValue(Text(in reader));
            case JsonTokenType.Number:
                return Number(reader.ValueSpan);
            case JsonTokenType.Null:
                return JValue.CreateNull();
            default:
                return new JValue(reader.TokenType == JsonTokenType.True);
        }
    }

    private static void RequireDepth(ref readonly Utf8JsonReader reader)
    {
        if (reader.CurrentDepth >= McpJson.MaxDepth)
        {
            throw new JsonException($"it is nested deeper than {McpJson.MaxDepth} levels");
        }
    }

    private static string Text(ref readonly Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate is legal JSON and relayed untouched; text has no place for it, so here it becomes U+FFFD.
            using var lenient = new JsonTextReader(new StringReader($"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\"")) { DateParseHandling = DateParseHandling.None };
            return lenient.ReadAsString()!;
        }
    }

    private static JValue Number(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0)
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? new JValue(whole)
                : text.Length <= MaxIntegerDigits ? new JValue(BigInteger.Parse(Encoding.ASCII.GetString(text), CultureInfo.InvariantCulture))
                : throw new JsonException($"it has an integer of more than {MaxIntegerDigits} digits");
        }

        var real = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

        // A fraction of more digits than a double has stays exact where a decimal can hold it: at most 28 digits, no exponent.
        if (text.Length is > 17 and <= 29 && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var exact)
            && !(decimal.TryParse(real.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var rounded) && rounded == exact))
        {
            return new JValue(exact);
        }

        return double.IsFinite(real) ? new JValue(real)
            : throw new JsonException($"it has the number {Encoding.ASCII.GetString(text[..Math.Min(text.Length, 40)])}, which no 64-bit floating-point number holds");
    }
}
