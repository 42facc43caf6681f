using System.Text.Json;

namespace McpHub.Protocol.Wire;

/// <summary>Looks into parts of a frame that was scanned. All ranges count from the start of the part that is given.</summary>
public static class JsonParts
{
    // The scan has bounded the depth.
    private static readonly JsonReaderOptions _options = new() { MaxDepth = 1024 };

    /// <summary>The elements of an array in order; none if the part is no array.</summary>
    public static List<ByteRange> Elements(ReadOnlyMemory<byte> array)
    {
        var elements = new List<ByteRange>();
        var reader = new Utf8JsonReader(array.Span, _options);
        if (array.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return elements;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            elements.Add(Value(ref reader));
        }

        return elements;
    }

    /// <summary>The value of an object's member, escapes in its name resolved; absent if there is none or the part is no object.</summary>
    public static ByteRange Find(ReadOnlyMemory<byte> obj, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(obj.Span, _options);
        if (obj.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return default;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = JsonText.Means(reader.ValueSpan, name);
            reader.Read();
            var value = Value(ref reader);
            if (found)
            {
                return value;
            }
        }

        return default;
    }

    /// <summary>The members of an object in order, for objects that the scan does not index, such as the elements of <c>result.tools</c>.</summary>
    /// <returns>False with the fault if the part is no object or has a member twice.</returns>
    public static bool TryMembers(ReadOnlyMemory<byte> obj, out List<Member> members, out string fault)
    {
        (members, fault) = ([], "");
        var reader = new Utf8JsonReader(obj.Span, _options);
        if (obj.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            fault = "no object";
            return false;
        }

        var names = new MemberNames(obj.Span, stackalloc MemberNames.Entry[24]);
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = new ByteRange((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                names.Add(name, reader.ValueIsEscaped);
                reader.Read();
                members.Add(new Member(MemberOf.Part, name, Value(ref reader)));
            }

            if (names.End(0) is >= 0 and var duplicate)
            {
                fault = $"duplicate member at byte {duplicate}";
            }
        }
        finally
        {
            names.Dispose();
        }

        return fault.Length == 0;
    }

    private static ByteRange Value(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new ByteRange(start, (int)reader.BytesConsumed - start);
    }
}
