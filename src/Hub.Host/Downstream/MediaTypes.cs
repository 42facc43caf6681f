using Microsoft.Extensions.Primitives;

namespace McpHub.Host.Downstream;

/// <summary>What Content-Type and Accept say, as far as the endpoint needs it (2025-11-25, transports, Sending Messages 2; RFC 9110, 8.3 and 12.5.1).</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string EventStream = "text/event-stream";
    private const string Both = "application/json, text/event-stream";

    /// <summary><c>application/json</c>, in UTF-8 if a charset is named.</summary>
    public static bool IsJson(string? contentType)
    {
        if (contentType is null or Json)
        {
            return contentType is not null;
        }

        var rest = contentType.AsSpan();
        if (!Next(ref rest, ';').Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var parameter = Next(ref rest, ';');
            if (parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)
                && !parameter[8..].Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a POST's client takes both forms of an answer. No Accept header means anything.</summary>
    public static bool AcceptsBoth(StringValues accept) =>
        accept.Count == 0 || (accept.Count == 1 && accept[0] == Both) || (Accepts(accept, Json) && Accepts(accept, EventStream));

    /// <summary>Whether the header allows this type, by name or by wildcard, and not at weight 0.</summary>
    public static bool Accepts(StringValues accept, string type)
    {
        if (accept.Count == 0)
        {
            return true;
        }

        foreach (var line in accept)
        {
            var rest = line.AsSpan();
            while (!rest.IsEmpty)
            {
                var entry = Next(ref rest, ',');
                var range = Next(ref entry, ';');
                if (Matches(range, type) && !IsZeroWeight(entry))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Matches(ReadOnlySpan<char> range, string type) =>
        range.Equals(type, StringComparison.OrdinalIgnoreCase)
        || range is "*/*"
        || (range.EndsWith("/*") && type.AsSpan().StartsWith(range[..^1], StringComparison.OrdinalIgnoreCase));

    private static bool IsZeroWeight(ReadOnlySpan<char> parameters)
    {
        while (!parameters.IsEmpty)
        {
            var parameter = Next(ref parameters, ';');
            if (parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase))
            {
                return parameter[2..].Trim("0.").IsEmpty;
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> rest, char separator)
    {
        var at = rest.IndexOf(separator);
        var part = at < 0 ? rest : rest[..at];
        rest = at < 0 ? default : rest[(at + 1)..];
        return part.Trim();
    }
}
