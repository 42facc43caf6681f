namespace McpHub.Actors.Validation;

/// <summary>What a schema says of a value.</summary>
internal enum SchemaFinding
{
    Fits,

    DoesNotFit,

    /// <summary>Nothing can be said: the schema is unusable, or applying it would cost too much.</summary>
    Unknown,
}

/// <param name="Finding">The finding.</param>
/// <param name="Reason">Why it does not fit or nothing can be said. It names places and keywords, never content of the value.</param>
internal readonly record struct SchemaVerdict(SchemaFinding Finding, string Reason = "");

/// <summary>
/// A compiled JSON Schema, 2020-12 unless it names another dialect. Thread-safe. The schema comes from a peer: nothing is ever fetched, and schema, value, depth and work are bounded.
/// The one door to the schema library.
/// </summary>
internal interface IValueSchema
{
    /// <param name="value">A JSON value that was scanned, so it is no deeper than a frame.</param>
    SchemaVerdict Check(ReadOnlyMemory<byte> value);
}

internal static class ValueSchema
{
    /// <summary>Compiles a schema. It never throws: one that cannot be used says so in every verdict.</summary>
    public static IValueSchema Compile(ReadOnlyMemory<byte> schema) => LibrarySchema.TryCompile(schema, out var compiled, out var reason) ? compiled : new UnusableSchema(reason);

    private sealed class UnusableSchema(string reason) : IValueSchema
    {
        public SchemaVerdict Check(ReadOnlyMemory<byte> value) => new(SchemaFinding.Unknown, reason);
    }
}
