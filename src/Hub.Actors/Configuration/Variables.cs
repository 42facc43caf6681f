using System.Text;
using System.Text.RegularExpressions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Configuration;

/// <summary>What texts of a configuration become.</summary>
internal interface IVariables
{
    /// <summary>The text of a string with its variables filled in.</summary>
    /// <returns><c>null</c> if it is no string, or cannot be used: reported.</returns>
    string? Expand(ConfigView view);
}

/// <summary>
/// <c>${VAR}</c>, <c>${VAR:-default}</c>, <c>${env:VAR}</c>, <c>${input:ID}</c>. One pass: a value that comes from a variable is not looked at again,
/// so that no environment variable can smuggle in another one. A <c>$</c> without a brace stands for itself.
/// </summary>
/// <param name="environment">Looks up an environment variable; <c>null</c> if it is not set.</param>
/// <param name="inputs">The default of each declared input; <c>null</c> for one without.</param>
internal sealed class Variables(Func<string, string?> environment, IReadOnlyDictionary<string, string?> inputs) : IVariables
{
    /// <summary>Names that editors fill in by themselves and a hub cannot know.</summary>
    private static readonly string[] EditorNames = ["workspaceFolder", "workspaceFolderBasename", "userHome", "pathSeparator"];

    /// <summary>The environment variable that gives an input its value: <c>github-token</c> → <c>HUB_INPUT_GITHUB_TOKEN</c>.</summary>
    public static string InputVariable(string id) =>
        "HUB_INPUT_" + string.Concat(id.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));

    public string? Expand(ConfigView view)
    {
        if (view.Text() is not { } text)
        {
            return null;
        }

        var result = new StringBuilder(text.Length);
        var complete = true;
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf("${", at, StringComparison.Ordinal);
            if (open < 0)
            {
                result.Append(text, at, text.Length - at);
                break;
            }

            result.Append(text, at, open - at);
            var close = text.IndexOf('}', open);
            if (close < 0)
            {
                return Syntax(view, "\"${\" has no closing brace");
            }

            var value = Resolve(view, text[(open + 2)..close]);
            complete &= value is not null;
            result.Append(value);
            at = close + 1;
        }

        return complete ? result.ToString() : null;
    }

    private string? Resolve(ConfigView view, string reference)
    {
        if (reference.Contains("${", StringComparison.Ordinal))
        {
            return Syntax(view, "a variable inside another one's default is not expanded");
        }

        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon > 0 && !reference.AsSpan(colon).StartsWith(":-") ? reference[..colon] : "";
        return scheme switch
        {
            "" => Environment(view, reference, strict: true),
            "env" => Environment(view, reference[4..], strict: false),
            "input" => Input(view, reference[6..]),
            _ => NotSupported(view, scheme),
        };
    }

    private string? Environment(ConfigView view, string reference, bool strict)
    {
        var split = reference.IndexOf(":-", StringComparison.Ordinal);
        var (name, fallback) = split < 0 ? (reference, null) : (reference[..split], reference[(split + 2)..]);
        if (name.Length == 0 || (strict && !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')))
        {
            return Syntax(view, $"\"${{{reference}}}\" names no variable");
        }

        // As in a shell, ":-" also replaces an empty value.
        var value = environment(name);
        if (value is not null && (value.Length > 0 || fallback is null))
        {
            return value;
        }

        if (fallback is not null)
        {
            return fallback;
        }

        var advice = EditorNames.Contains(name, StringComparer.Ordinal)
            ? $"an editor fills in ${{{name}}}, the hub cannot: write the path, or set an environment variable of that name"
            : $"set {name} in the hub's environment, or write ${{{name}:-default}}";
        view.Report.Error(HubErrors.VariableUnset, view.At, ("path", view.Path), ("variable", $"the environment variable {name}"), ("advice", advice));
        return null;
    }

    private string? Input(ConfigView view, string id)
    {
        if (string.IsNullOrWhiteSpace(id))
        {
            return Syntax(view, "\"${input:}\" names no input");
        }

        var variable = InputVariable(id);
        var value = environment(variable) ?? inputs.GetValueOrDefault(id);
        if (value is null)
        {
            var undeclared = inputs.ContainsKey(id) ? "" : "; the file's \"inputs\" do not declare it";
            view.Report.Error(HubErrors.VariableUnset, view.At, ("path", view.Path), ("variable", $"the input \"{id}\""),
                ("advice", $"set {variable} in the hub's environment{undeclared}"));
        }

        return value;
    }

    private static string? NotSupported(ConfigView view, string scheme)
    {
        view.Report.NotSupported(view.At, view.Path, $"${{{scheme}:…}}", "use ${VAR}, ${VAR:-default}, ${env:VAR} or ${input:id}");
        return null;
    }

    private static string? Syntax(ConfigView view, string reason)
    {
        view.Report.Error(HubErrors.VariableSyntax, view.At, ("path", view.Path), ("reason", reason));
        return null;
    }
}

/// <summary>
/// A configuration section has its own means to bring in an environment variable or a secret. A variable in it is a pasted <c>mcp.json</c>: passed on as it stands it would be a
/// wrong secret, and the server's message would not say so.
/// </summary>
internal sealed partial class NoVariables : IVariables
{
    public static NoVariables Instance { get; } = new();

    public string? Expand(ConfigView view)
    {
        if (view.Text() is not { } text)
        {
            return null;
        }

        if (!Variable().IsMatch(text))
        {
            return text;
        }

        view.Report.Contradiction(view.At, view.Path, "variables are not filled in here", $"set the environment variable {view.Path.Replace(":", "__", StringComparison.Ordinal)}, or any other configuration source, instead");
        return null;
    }

    [GeneratedRegex(@"\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}")]
    private static partial Regex Variable();
}
