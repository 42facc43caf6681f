using System.Globalization;
using System.Text;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Configuration;

/// <summary>A place in a text file, both numbers from 1, columns in UTF-16 units as editors count them. The default value means "the file as a whole".</summary>
internal readonly record struct SourcePosition(int Line, int Column);

internal enum DiagnosticSeverity
{
    Warning,
    Error,
}

/// <summary>One remark about a configuration file. It never carries an expanded value: that may be a secret.</summary>
/// <param name="Severity">An error about a server keeps that server from running; an error without a server keeps the hub from starting.</param>
/// <param name="Error">What is wrong and what to do.</param>
/// <param name="File">The file as the user named it.</param>
/// <param name="At">Where.</param>
internal sealed record Diagnostic(DiagnosticSeverity Severity, HubError Error, string File, SourcePosition At)
{
    public string Code => Error.Definition.Code;

    /// <summary>The server concerned; <c>null</c> for the file as a whole.</summary>
    public string? Server => Error.ServerId;

    /// <summary>One line: <c>hub.json:5:12   error HUB1004  servers.github.arg is not known — did you mean "args"?</c></summary>
    public override string ToString()
    {
        var place = At.Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{At.Line}:{At.Column}");
        var severity = Severity == DiagnosticSeverity.Error ? "error" : "warning";
        return Printable($"{place}   {severity} {Code}  {Text}");
    }

    /// <summary>What is wrong, where in words, and what to do.</summary>
    public string Text => Printable(Error.Hint.Length == 0 ? Error.Message : $"{Error.Message} — {Error.Hint}");

    /// <summary>Names come from files that somebody else wrote: control characters must not reach the terminal.</summary>
    internal static string Printable(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = char.IsControl(c) ? result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : result.Append(c);
        }

        return result.ToString();
    }
}
