using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using McpHub.Actors.Sessions;
using McpHub.Actors.Validation;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Embedding;

/// <summary>Holds the results of one server's tools against their output schemas. A schema is compiled when it is first needed, and again only when it has changed. Thread-safe.</summary>
/// <param name="mode">Warn or enforce.</param>
internal sealed class OutputChecks(OutputValidation mode)
{
    // A server that renames its tools for ever must not fill the memory.
    private const int Limit = 10_000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary><c>null</c> = nothing is validated.</summary>
    public static OutputChecks? For(OutputValidation mode) => mode == OutputValidation.Off ? null : new OutputChecks(mode);

    /// <exception cref="OutputSchemaException">In the enforcing mode: the result does not keep the schema.</exception>
    public void Check(CallToolResult result, CatalogItem? tool, PeerInfo peer, string serverId, ActorSystem system)
    {
        // Before 2025-06-18 a member of that name had no meaning.
        if (tool is null || result.IsError || !ProtocolRevision.IsAtLeast(peer.Revision, ProtocolRevision.V2025_06_18) || SchemaOf(tool) is not { } schema)
        {
            return;
        }

        if (Fault(result, schema, tool.Key, serverId) is not { } error)
        {
            return;
        }

        if (mode == OutputValidation.Enforce)
        {
            throw new OutputSchemaException(error with { Delivery = Delivery.Answered }, result);
        }

        system.Log.Warning("Server {0}: {1} {2}", serverId, error.Definition.Code, error.Message);
    }

    private static HubError? Fault(CallToolResult result, IValueSchema schema, string tool, string serverId)
    {
        // The bytes, not the typed view: it has no spelling for "absent" beside null, and numbers of any size are compared as they were written.
        var content = JsonParts.Find(result.Raw, "structuredContent"u8);
        if (!content.Exists)
        {
            return HubErrors.StructuredContentMissing.With(("server", serverId), ("tool", tool));
        }

        var verdict = schema.Check(content.In(result.Raw));
        return verdict.Finding switch
        {
            SchemaFinding.Fits => null,
            SchemaFinding.DoesNotFit => HubErrors.StructuredContentInvalid.With(("server", serverId), ("tool", tool), ("reason", verdict.Reason)),
            _ => HubErrors.OutputNotValidated.With(("server", serverId), ("tool", tool), ("reason", verdict.Reason)),
        };
    }

    private IValueSchema? SchemaOf(CatalogItem tool)
    {
        _known.TryGetValue(tool.Key, out var known);
        if (known is not null && ReferenceEquals(known.Tool, tool))
        {
            return known.Compiled;
        }

        var place = JsonParts.Find(tool.Json, "outputSchema"u8);
        var schema = place.In(tool.Json);
        if (!place.Exists || schema.Span is [(byte)'n', ..])
        {
            return null;
        }

        // A list that was read again is made of new items, mostly with the same content.
        var compiled = known is not null && known.Schema.Span.SequenceEqual(schema.Span) ? known.Compiled : ValueSchema.Compile(schema);
        if (_known.Count >= Limit)
        {
            _known.Clear();
        }

        _known[tool.Key] = new Known(tool, schema, compiled);
        return compiled;
    }

    private sealed record Known(CatalogItem Tool, ReadOnlyMemory<byte> Schema, IValueSchema Compiled);
}
