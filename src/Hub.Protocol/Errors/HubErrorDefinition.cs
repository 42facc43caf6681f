using System.Globalization;
using System.Text.RegularExpressions;

namespace McpHub.Protocol.Errors;

/// <summary>
/// One entry of the error catalogue. Ids are never reused: 1 configuration, 2 upstream process and transport, 3 authentication, 4 catalog and naming,
/// 5 call, policy, limits, 6 downstream, 7 cluster, 8 storage, 9 defect.
/// </summary>
/// <param name="Code"><c>HUBnnnn</c>.</param>
/// <param name="Message">One sentence with <c>{name}</c> places.</param>
/// <param name="Hint">What to do next.</param>
/// <param name="WireCode">The JSON-RPC code a client sees.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
/// <param name="ToModel">The sentence for a client, hence a model: no host, path, environment or stderr.</param>
public sealed partial record HubErrorDefinition(string Code, string Message, string Hint, int WireCode, bool Retryable, string ToModel)
{
    /// <summary>Fills the places of the message; a place without a value stays as it is.</summary>
    public HubError With(params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var filled = new Dictionary<string, string>(values.Length, StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            filled[name] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        string Fill(string text) => Place().Replace(text, match => filled.TryGetValue(match.Groups[1].Value, out var value) ? value : match.Value);
        return new HubError(this, Fill(Message), Fill(Hint), Fill(ToModel)) { ServerId = filled.GetValueOrDefault("server") };
    }

    [GeneratedRegex(@"\{([A-Za-z]+)\}")]
    private static partial Regex Place();
}
