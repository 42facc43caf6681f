using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;

namespace McpHub.Actors.Validation;

/// <summary>A schema of JsonSchema.Net, hardened.</summary>
internal sealed class LibrarySchema : IValueSchema
{
    private const int MaxSchemaBytes = 256 * 1024;
    private const int MaxReferences = 1_000;
    private const int MaxValueBytes = 4 * 1024 * 1024;
    private const long MaxSteps = 250_000;
    private const int ShownFaults = 3;
    private const int ShownCharacters = 200;

    // What a frame may have; the library's own code recurses with it.
    private static readonly JsonDocumentOptions _depth = new() { MaxDepth = 64 };

    private static readonly Dictionary<string, Dialect> _dialects = new(StringComparer.Ordinal)
    {
        ["https://json-schema.org/draft/2020-12/schema"] = Dialect.Draft202012,
        ["https://json-schema.org/draft/2019-09/schema"] = Dialect.Draft201909,
        ["http://json-schema.org/draft-07/schema"] = Dialect.Draft07,
        ["http://json-schema.org/draft-06/schema"] = Dialect.Draft06,
    };

    private readonly JsonSchema _schema;

    private LibrarySchema(JsonSchema schema) => _schema = schema;

    public static bool TryCompile(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out LibrarySchema? schema, out string reason)
    {
        (schema, reason) = (null, "");
        try
        {
            if (utf8.Length > MaxSchemaBytes)
            {
                throw new SchemaException($"the schema has more than {MaxSchemaBytes} bytes");
            }

            if (CountReferences(utf8.Span) > MaxReferences)
            {
                throw new SchemaException($"the schema has more than {MaxReferences} references");
            }

            using var document = JsonDocument.Parse(utf8, _depth);
            var root = document.RootElement.Clone();
            // A registry of its own: with the global one servers would see each other's ids. It finds what the schema itself contains, and nothing else.
            var registry = new SchemaRegistry { Fetch = (_, _) => null };
            var built = JsonSchema.Build(root, new BuildOptions { Dialect = DialectOf(root), SchemaRegistry = registry });
            if (built.BoolValue is null)
            {
                SchemaBudget.Install(built.Root);
            }

            schema = new LibrarySchema(built);
            return true;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever a library makes of a foreign schema, it is that schema which cannot be used.
            reason = failure is SchemaException ? failure.Message : $"the schema is unusable: {Cut(failure.Message)}";
            return false;
        }
    }

    public SchemaVerdict Check(ReadOnlyMemory<byte> value)
    {
        if (value.Length > MaxValueBytes)
        {
            return new SchemaVerdict(SchemaFinding.Unknown, $"it has more than {MaxValueBytes} bytes");
        }

        try
        {
            using var document = JsonDocument.Parse(value, _depth);
            return Evaluate(document.RootElement, OutputFormat.Flag).IsValid ? new SchemaVerdict(SchemaFinding.Fits) : new SchemaVerdict(SchemaFinding.DoesNotFit, Faults(document.RootElement));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return new SchemaVerdict(SchemaFinding.Unknown, failure switch
            {
                SchemaException => failure.Message,
                RegexMatchTimeoutException => SchemaBudget.TooLong,
                _ => $"the schema is unusable: {Cut(failure.Message)}",
            });
        }
    }

    private EvaluationResults Evaluate(JsonElement value, OutputFormat format)
    {
        SchemaBudget.Begin(MaxSteps);
        return _schema.Evaluate(value, new EvaluationOptions { OutputFormat = format });
    }

    // The short form knows no places, so the long one, which goes on after the first fault, is made for values that do not fit.
    private string Faults(JsonElement value)
    {
        try
        {
            var faults = (Evaluate(value, OutputFormat.List).Details ?? [])
                .Where(detail => detail.Errors is { Count: > 0 })
                .SelectMany(detail => detail.Errors!.Keys.Select(keyword => (Value: Cut($"{detail.InstanceLocation}"), Schema: Cut($"{detail.EvaluationPath}{(keyword.Length == 0 ? "" : "/" + keyword)}"))))
                .Take(ShownFaults)
                .Select(fault => $"{(fault.Value.Length == 0 ? "the whole value" : fault.Value)} does not keep {fault.Schema}");
            // "not" and "oneOf" fail without a place of their own.
            return string.Join("; ", faults) is { Length: > 0 } places ? places : "a condition of the schema is not kept";
        }
        catch (Exception failure) when (failure is SchemaException or RegexMatchTimeoutException)
        {
            return "where would take too long to say";
        }
    }

    private static Dialect DialectOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("$schema", out var named))
        {
            return Dialect.Draft202012;
        }

        var name = named.ValueKind == JsonValueKind.String ? named.GetString()! : named.GetRawText();
        return _dialects.TryGetValue(name.EndsWith('#') ? name[..^1] : name, out var dialect) ? dialect : throw new SchemaException($"its dialect \"{Cut(name)}\" is not supported");
    }

    // The library follows them by recursion and with a cost that grows with their square.
    private static int CountReferences(ReadOnlySpan<byte> schema)
    {
        var count = 0;
        var reader = new Utf8JsonReader(schema, new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && (reader.ValueTextEquals("$ref"u8) || reader.ValueTextEquals("$dynamicRef"u8) || reader.ValueTextEquals("$recursiveRef"u8)))
            {
                count++;
            }
        }

        return count;
    }

    private static string Cut(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= ShownCharacters)
            {
                return line.Append('…').ToString();
            }

            line.Append(System.Text.Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return line.ToString();
    }
}
