using System.Globalization;

namespace McpHub.Extensions.AI;

/// <summary>Names that model services take: one name they do not like and they refuse the whole request.</summary>
internal static class FunctionNames
{
    private const int Longest = 64;

    /// <summary>A name for each tool, in order. One that is fine stays, whatever others become.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> tools, Func<string, string>? rename)
    {
        if (rename is not null)
        {
            return [.. tools.Select(rename)];
        }

        var taken = tools.Where(IsFine).ToHashSet(StringComparer.Ordinal);
        return [.. tools.Select(tool => IsFine(tool) ? tool : MakeUnique(string.Concat(tool.Take(Longest).Select(c => IsFine(c) ? c : '_')), taken))];
    }

    private static string MakeUnique(string name, HashSet<string> taken)
    {
        var unique = name.Length == 0 ? "_" : name;
        for (var i = 2; !taken.Add(unique); i++)
        {
            var suffix = "_" + i.ToString(CultureInfo.InvariantCulture);
            unique = name[..Math.Min(name.Length, Longest - suffix.Length)] + suffix;
        }

        return unique;
    }

    private static bool IsFine(string name) => name.Length is > 0 and <= Longest && name.All(IsFine);

    private static bool IsFine(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
