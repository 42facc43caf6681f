using McpHub.Actors.Validation;
using McpHub.Protocol.Model;
using Newtonsoft.Json.Linq;

namespace McpHub.Actors.Embedding;

/// <summary>Whether a filled-in form may be sent (contract 1, CS-05).</summary>
internal static class ElicitationForm
{
    /// <summary>What is wrong with it; <c>null</c> if nothing, or if the schema is one that cannot be applied: then the server, which wrote it, decides.</summary>
    public static string? Problem(JObject schema, JObject content)
    {
        var verdict = ValueSchema.Compile(McpJson.ToUtf8(schema)).Check(McpJson.ToUtf8(content));
        return verdict.Finding == SchemaFinding.DoesNotFit ? verdict.Reason : null;
    }
}
