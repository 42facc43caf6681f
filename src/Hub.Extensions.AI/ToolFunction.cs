using System.Text.Json;
using Microsoft.Extensions.AI;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Extensions.AI;

/// <summary>A tool as a function.</summary>
/// <param name="name">The name that a model sees.</param>
/// <param name="tool">The tool; <c>null</c> if its description fits no type.</param>
/// <param name="member">The tool as member of its group; <c>null</c> for one of a session.</param>
/// <param name="call">Calls it.</param>
internal sealed class ToolFunction(string name, Tool? tool, GroupTool? member, Func<object, CancellationToken, Task<CallToolResult>> call) : AIFunction
{
    private static readonly JsonElement _anyObject = JsonDocument.Parse("""{"type":"object"}""").RootElement;

    private readonly Lazy<JsonElement> _schema = new(() => tool is null ? _anyObject : Element(tool.InputSchema));
    private readonly Lazy<JsonElement?> _returnSchema = new(() => tool?.OutputSchema is { } schema ? Element(schema) : null);

    public override string Name => name;

    public override string Description => tool?.Description ?? "";

    public override JsonElement JsonSchema => _schema.Value;

    public override JsonElement? ReturnJsonSchema => _returnSchema.Value;

    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(tool) ? tool
            : serviceKey is null && serviceType.IsInstanceOfType(member) ? member
            : base.GetService(serviceType, serviceKey);
    }

    internal static JsonElement Element(object json)
    {
        using var document = JsonDocument.Parse(json is JToken token ? token.ToString(Formatting.None) : JsonConvert.SerializeObject(json, Formatting.None));
        return document.RootElement.Clone();
    }

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        // Written by the caller's own serializer: what is not JSON yet may be of a type that only that knows.
        var json = System.Text.Json.JsonSerializer.SerializeToElement((IDictionary<string, object?>)arguments, JsonSerializerOptions);
        return FunctionResults.Of(await call(json, cancellationToken).ConfigureAwait(false));
    }
}
