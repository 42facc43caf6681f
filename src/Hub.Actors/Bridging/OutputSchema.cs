using McpHub.Actors.Routing;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Bridging;

/// <summary>
/// A tool's <c>outputSchema</c> for legacy clients, which demand an object at its root (2025-11-25, tools, "Output Schema"); a modern server may put anything there.
/// </summary>
internal static class OutputSchema
{
    private static readonly string[] _data = ["const", "enum", "default", "examples"];
    private static readonly string[] _maps = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

    /// <summary>Whether the tool's structured results are wrapped as <c>{"result": …}</c>.</summary>
    public static bool IsWrapped(ReadOnlyMemory<byte> tool)
    {
        var schema = JsonParts.Find(tool, "outputSchema"u8);
        return schema.Exists && RootType(schema.In(tool), out _) == Root.Other;
    }

    /// <summary>The tool with the schema that a legacy client can take.</summary>
    public static ReadOnlyMemory<byte> ForLegacy(ReadOnlyMemory<byte> tool)
    {
        var place = JsonParts.Find(tool, "outputSchema"u8);
        if (!place.Exists)
        {
            return tool;
        }

        var schema = place.In(tool);
        var patches = new JsonPatches(tool);
        switch (RootType(schema, out var type))
        {
            case Root.ObjectInList:
                patches.Replace(new ByteRange(place.Start + type.Start, type.Length), "\"object\""u8.ToArray());
                break;
            case Root.Other:
                patches.Replace(place, Wrap(schema));
                break;
        }

        return patches.Apply();
    }

    private enum Root
    {
        Object,

        /// <summary><c>["object"]</c> or <c>["object","null"]</c>.</summary>
        ObjectInList,

        Other,
    }

    private static Root RootType(ReadOnlyMemory<byte> schema, out ByteRange type)
    {
        type = JsonParts.Find(schema, "type"u8);
        if (!type.Exists)
        {
            return Root.Other;
        }

        var token = type.In(schema);
        if (JsonText.Unescape(token.Span) == "object")
        {
            return Root.Object;
        }

        var names = JsonParts.Elements(token).Select(element => JsonText.Unescape(element.In(token).Span)).ToList();
        return names.Contains("object") && names.All(name => name is "object" or "null") ? Root.ObjectInList : Root.Other;
    }

    private static ReadOnlyMemory<byte> Wrap(ReadOnlyMemory<byte> schema)
    {
        var patches = new JsonPatches(schema);
        Rebase(schema, new ByteRange(0, schema.Length), patches, isRoot: true);
        var dialect = JsonParts.Find(schema, "$schema"u8);
        return (byte[])
        [
            (byte)'{', .. dialect.Exists ? [.. "\"$schema\":"u8, .. dialect.In(schema.Span), (byte)','] : Array.Empty<byte>(),
            .. "\"type\":\"object\",\"properties\":{\"result\":"u8, .. patches.Apply().Span, .. "},\"required\":[\"result\"]}"u8,
        ];
    }

    // References into the schema itself now start at its new place; a subschema with an id is a document of its own (JSON Schema 2020-12, core, 8.2).
    private static void Rebase(ReadOnlyMemory<byte> schema, ByteRange place, JsonPatches patches, bool isRoot)
    {
        var part = place.In(schema);
        foreach (var element in JsonParts.Elements(part))
        {
            Rebase(schema, Shift(element, place), patches, isRoot: false);
        }

        if (!JsonParts.TryMembers(part, out var members, out _))
        {
            return;
        }

        var isDocument = JsonText.Unescape(JsonParts.Find(part, "$id"u8).In(part.Span)) is { Length: > 0 } id && id[0] != '#';
        for (var i = 0; i < members.Count; i++)
        {
            var name = Name(part, members[i]);
            var value = Shift(members[i].Value, place);
            if (isRoot && name == "$schema")
            {
                patches.RemoveMember(members, i);
            }
            else if (isDocument || _data.Contains(name))
            {
                continue;
            }
            else if (name is "$ref" or "$dynamicRef" && JsonText.Unescape(value.In(schema.Span)) is { } reference && (reference == "#" || reference.StartsWith("#/", StringComparison.Ordinal)))
            {
                patches.Replace(value, JsonText.Quote("#/properties/result" + reference[1..]));
            }
            else if (_maps.Contains(name) && JsonParts.TryMembers(value.In(schema), out var named, out _))
            {
                named.ForEach(subschema => Rebase(schema, Shift(subschema.Value, value), patches, isRoot: false));
            }
            else
            {
                Rebase(schema, value, patches, isRoot: false);
            }
        }
    }

    private static string? Name(ReadOnlyMemory<byte> part, Member member) =>
        JsonText.Unescape(part.Span.Slice(member.Name.Start - 1, member.Name.Length + 2));

    private static ByteRange Shift(ByteRange range, ByteRange by) => new(range.Start + by.Start, range.Length);
}
