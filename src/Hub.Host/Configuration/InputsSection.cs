using McpHub.Actors.Configuration;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Configuration;

/// <summary>Reads VS Code's <c>inputs</c>. The hub has nobody to ask: a value comes from <c>HUB_INPUT_&lt;ID&gt;</c> or the input's default.</summary>
internal static class InputsSection
{
    /// <returns>The default of each input; <c>null</c> for one without.</returns>
    public static Dictionary<string, string?> Read(ConfigView section)
    {
        var inputs = new Dictionary<string, string?>(StringComparer.Ordinal);
        var seen = new Dictionary<string, SourcePosition>(StringComparer.Ordinal);
        foreach (var item in section.Items("an array of inputs"))
        {
            var members = item.Members();
            if (item.Node.Kind != ConfigKind.Object)
            {
                continue;
            }

            if (!members.TryGetValue("id", out var id))
            {
                item.Report.WrongValue(item, "an input with an \"id\"");
                continue;
            }

            if (id.Value.Text() is not { } name)
            {
                continue;
            }

            if (!seen.TryAdd(name, id.Value.At))
            {
                item.Report.Error(HubErrors.DuplicateKey, id.Value.At, ("path", $"the input \"{name}\""), ("line", seen[name].Line), ("column", seen[name].Column));
                continue;
            }

            inputs[name] = members.TryGetValue("default", out var fallback) ? fallback.Value.Text() : null;
        }

        return inputs;
    }
}
