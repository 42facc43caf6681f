namespace McpHub;

/// <summary>What becomes of a tool's result whose <c>structuredContent</c> does not keep the tool's <c>outputSchema</c> (2025-06-18 and later, tools, "Output Schema").</summary>
/// <remarks>
/// Schemas are taken from what is known anyway: in a group the catalog, in a session by itself what its caller listed. Nothing is asked of the server for it, and a tool that is not known is not validated;
/// nor is a result with <see cref="CallToolResult.IsError"/>. A missing <c>structuredContent</c> does not keep a schema, a JSON <c>null</c> may. Dialects: 2020-12, and by name 2019-09, draft-07, draft-06.
/// References to other documents are never fetched, and size, depth and time are limited; where that forbids to say anything, the result counts as one that does not keep the schema.
/// </remarks>
public enum OutputValidation
{
    /// <summary>The call ends with <see cref="OutputSchemaException"/>, which carries the result.</summary>
    Enforce,

    /// <summary>The result is returned, and the actor system's log has a warning.</summary>
    Warn,

    /// <summary>Nothing is validated, as with every call that passes through <c>/mcp</c>.</summary>
    Off,
}
