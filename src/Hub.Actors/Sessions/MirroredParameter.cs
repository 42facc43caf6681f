using System.Globalization;
using System.Text;
using System.Text.Json;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>A tool parameter that an HTTP header repeats (2026-07-28, streamable-http, "Custom Headers": the schema keyword <c>x-mcp-header</c>).</summary>
/// <param name="Header">The header, <c>Mcp-Param-{name}</c>.</param>
/// <param name="Path">The names of the properties that lead to it in <c>arguments</c>.</param>
internal sealed record MirroredParameter(string Header, IReadOnlyList<byte[]> Path)
{
    private const string Prefix = "Mcp-Param-";
    private const long LargestSafeInteger = 9007199254740991;

    private static ReadOnlySpan<byte> Keyword => "x-mcp-header"u8;

    /// <summary>Reads a tool's annotations. False with the reason if one is invalid: then the tool must not be offered over HTTP (contract 2, 4-8).</summary>
    public static bool TryReadAll(ReadOnlyMemory<byte> tool, out IReadOnlyList<MirroredParameter> parameters, out string fault)
    {
        (parameters, fault) = ([], "");
        if (tool.Span.IndexOf(Keyword) < 0)
        {
            return true;
        }

        var schema = JsonParts.Find(tool, "inputSchema"u8).In(tool);
        var found = new List<MirroredParameter>();
        if (!TryReadProperties(schema, [], found, ref fault))
        {
            return false;
        }

        if (found.Count != CountAnnotations(schema))
        {
            fault = "an x-mcp-header stands where no property path leads to it";
            return false;
        }

        parameters = found;
        return true;
    }

    /// <summary>The header's value for a call, not encoded; <c>null</c> if the argument is absent, null, or nothing that a header can repeat.</summary>
    public string? ValueIn(Envelope call)
    {
        var value = call.Bytes(call.Find(MemberOf.Params, "arguments"u8));
        foreach (var name in Path)
        {
            value = value.Length > 0 && value.Span[0] == (byte)'{' ? JsonParts.Find(value, name).In(value) : default;
        }

        return value.IsEmpty ? null : value.Span[0] switch
        {
            (byte)'"' => JsonText.Unescape(value.Span),
            (byte)'t' or (byte)'f' => Encoding.ASCII.GetString(value.Span),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => IntegerOf(Encoding.ASCII.GetString(value.Span)),
            _ => null,
        };
    }

    private static string? IntegerOf(string token) =>
        decimal.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number) && Math.Abs(number) <= LargestSafeInteger
            ? ((long)number).ToString(CultureInfo.InvariantCulture) : null;

    private static bool TryReadProperties(ReadOnlyMemory<byte> schema, byte[][] path, List<MirroredParameter> found, ref string fault)
    {
        if (schema.IsEmpty || schema.Span[0] != (byte)'{' || !JsonParts.TryMembers(JsonParts.Find(schema, "properties"u8).In(schema), out var properties, out _))
        {
            return true;
        }

        var all = JsonParts.Find(schema, "properties"u8).In(schema);
        foreach (var property in properties)
        {
            var inner = property.Value.In(all);
            // With its quotes: the name may be written with escapes.
            byte[][] innerPath = [.. path, Encoding.UTF8.GetBytes(JsonText.Unescape(all.Span.Slice(property.Name.Start - 1, property.Name.Length + 2))!)];
            var annotation = inner.Span[0] == (byte)'{' ? JsonParts.Find(inner, Keyword).In(inner) : default;
            if (!annotation.IsEmpty && !TryAdd(annotation.Span, inner, innerPath, found, ref fault))
            {
                return false;
            }

            if (!TryReadProperties(inner, innerPath, found, ref fault))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(ReadOnlySpan<byte> annotation, ReadOnlyMemory<byte> schema, byte[][] path, List<MirroredParameter> found, ref string fault)
    {
        var name = JsonText.Unescape(annotation);
        var type = TypeWithoutHeader(JsonParts.Find(schema, "type"u8).In(schema));
        fault = name is null or "" || !IsToken(name) ? "an x-mcp-header is no header name"
            : type is not null ? $"the x-mcp-header {name} stands at a parameter of type {type}"
            : found.Exists(other => other.Header.Equals(Prefix + name, StringComparison.OrdinalIgnoreCase)) ? $"the x-mcp-header {name} is there twice"
            : "";
        if (fault.Length == 0)
        {
            found.Add(new MirroredParameter(Prefix + name, path));
        }

        return fault.Length == 0;
    }

    // Of several types, null means the argument that has no header anyway.
    private static string? TypeWithoutHeader(ReadOnlyMemory<byte> type) =>
        type.IsEmpty ? null
        : type.Span[0] != (byte)'[' ? JsonText.Unescape(type.Span) is var only && only is "string" or "integer" or "boolean" ? null : only
        : JsonParts.Elements(type).Select(each => JsonText.Unescape(each.In(type.Span))).FirstOrDefault(each => each is not ("string" or "integer" or "boolean" or "null"));

    // RFC 9110, section 5.6.2.
    private static bool IsToken(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    private static int CountAnnotations(ReadOnlyMemory<byte> schema)
    {
        var count = 0;
        var reader = new Utf8JsonReader(schema.Span, new JsonReaderOptions { MaxDepth = 1024 });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(Keyword))
            {
                reader.Read();
                // A parameter that is itself called so has a schema, no text.
                count += reader.TokenType == JsonTokenType.String ? 1 : 0;
            }
        }

        return count;
    }
}
