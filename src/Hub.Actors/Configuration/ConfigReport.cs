using System.Globalization;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Configuration;

/// <summary>Collects what is wrong with one server entry, or with the file as a whole. Readers report and go on, so that one run shows every mistake.</summary>
/// <param name="file">The file as the user named it.</param>
/// <param name="server">The server that the remarks concern; <c>null</c> for the file.</param>
/// <param name="isStrict">Whether nobody else reads it: then whatever the hub does not use is a mistake, not a key of another client.</param>
internal sealed class ConfigReport(string file, string? server = null, bool isStrict = false)
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public bool IsStrict => isStrict;

    public bool HasErrors => _diagnostics.Exists(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    public void Error(HubErrorDefinition definition, SourcePosition at, params ReadOnlySpan<(string Name, object? Value)> values) =>
        Add(DiagnosticSeverity.Error, definition, at, values);

    /// <summary>It works, and better could be done.</summary>
    public void Advice(HubErrorDefinition definition, SourcePosition at, params ReadOnlySpan<(string Name, object? Value)> values) =>
        Add(DiagnosticSeverity.Warning, definition, at, values);

    /// <summary>It is not used; where nobody else reads it that is a mistake.</summary>
    public void Warning(HubErrorDefinition definition, SourcePosition at, params ReadOnlySpan<(string Name, object? Value)> values) =>
        Add(isStrict ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning, definition, at, values);

    /// <summary>The same for one of its servers.</summary>
    public ConfigReport Of(string name) => new(file, name, isStrict);

    /// <param name="entry">The key.</param>
    /// <param name="known">Those that are known where it stands.</param>
    /// <param name="place">Where a key of this name is known; <c>null</c> = nowhere.</param>
    public void Unknown(ConfigEntry entry, IReadOnlyCollection<string> known, string? place = null)
    {
        var suggestion = place ?? Suggestion.Sentence(entry.Name, known);
        Error(HubErrors.UnknownKey, entry.At, ("path", entry.Value.Path), ("suggestion", suggestion.Length > 0 ? suggestion : "known here: " + string.Join(", ", known)));
    }

    public void Error(HubError error, SourcePosition at) =>
        _diagnostics.Add(new Diagnostic(DiagnosticSeverity.Error, error with { ServerId = server }, file, at));

    public void WrongValue(ConfigView view, string expected, string suggestion = "") =>
        Error(HubErrors.WrongValue, view.At, ("path", view.Path), ("expected", expected), ("suggestion", suggestion));

    public void Contradiction(SourcePosition at, string path, string reason, string advice) =>
        Error(HubErrors.Contradiction, at, ("path", path), ("reason", reason), ("advice", advice));

    public void NotSupported(SourcePosition at, string path, string what, string advice = "leave it out, or use a later version") =>
        Error(HubErrors.NotSupportedYet, at, ("path", path), ("what", what), ("advice", advice));

    public void Duplicate(ConfigMember second, SourcePosition first, string path)
    {
        if (first == default)
        {
            Contradiction(second.At, path, "another one has the same name", "keep one of the two");
        }
        else
        {
            Error(HubErrors.DuplicateKey, second.At, ("path", path), ("line", first.Line), ("column", first.Column));
        }
    }

    private void Add(DiagnosticSeverity severity, HubErrorDefinition definition, SourcePosition at, ReadOnlySpan<(string Name, object? Value)> values) =>
        _diagnostics.Add(new Diagnostic(severity, definition.With([.. values, ("server", server ?? "")]) with { ServerId = server }, file, at));
}

/// <summary>A node, what it is called in messages, and who hears about mistakes in it.</summary>
internal sealed record ConfigView(ConfigNode Node, string Path, ConfigReport Report)
{
    public SourcePosition At => Node.At;

    /// <summary>It may have members.</summary>
    public bool IsObject => Node.Kind == ConfigKind.Object || (IsUntyped && Node.Text.Length == 0);

    /// <summary>It is of a section, where case does not count and everything is a text.</summary>
    private bool IsUntyped => Node.Kind == ConfigKind.Untyped;

    /// <summary>The members of an object by name, the first of a duplicate; each duplicate is reported.</summary>
    /// <param name="known">The names that mean something here; <c>null</c> = any.</param>
    /// <param name="comparer">When two names are the same.</param>
    /// <param name="expected">What it must be.</param>
    public IReadOnlyDictionary<string, ConfigEntry> Members(IReadOnlyCollection<string>? known = null, StringComparer? comparer = null, string expected = "an object")
    {
        var members = new Dictionary<string, ConfigEntry>(comparer ?? StringComparer.Ordinal);
        if (!IsObject)
        {
            Report.WrongValue(this, expected);
            return members;
        }

        foreach (var member in Node.Members)
        {
            var path = $"{Path}{Step(member.Name)}";
            var name = IsUntyped && known?.FirstOrDefault(word => word.Equals(member.Name, StringComparison.OrdinalIgnoreCase)) is { } meant ? meant : member.Name;
            if (!members.TryAdd(name, new ConfigEntry(name, member.At, new ConfigView(member.Value, path, Report))))
            {
                Report.Duplicate(member, members[name].At, path);
            }
        }

        return members;
    }

    /// <summary>One member, whose mistakes another report hears about.</summary>
    public ConfigView Child(ConfigMember member, ConfigReport report) => new(member.Value, $"{Path}{Step(member.Name)}", report);

    public string? Text(string expected = "a string", string suggestion = "")
    {
        if (Node.Kind == ConfigKind.String || (IsUntyped && !Node.IsNull && Node.Members.Count == 0))
        {
            return Node.Text;
        }

        Report.WrongValue(this, expected, suggestion.Length == 0 && Node.Kind is ConfigKind.Number or ConfigKind.Boolean ? $"write \"{Node.Text}\"" : suggestion);
        return null;
    }

    public bool? Flag()
    {
        if ((Node.Kind == ConfigKind.Boolean || IsUntyped) && bool.TryParse(Node.Text, out var flag))
        {
            return flag;
        }

        Report.WrongValue(this, "true or false", Node.Kind == ConfigKind.String && bool.TryParse(Node.Text, out _) ? "write it without quotes" : "");
        return null;
    }

    public int? Integer(int from, int to)
    {
        if ((Node.Kind != ConfigKind.Number && !IsUntyped) || !long.TryParse(Node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Report.WrongValue(this, "a whole number");
            return null;
        }

        if (number < from || number > to)
        {
            Report.Error(HubErrors.OutOfRange, At, ("path", Path), ("value", number), ("from", from), ("to", to));
            return null;
        }

        return (int)number;
    }

    public double? Number(double from, double to)
    {
        if ((Node.Kind != ConfigKind.Number && !IsUntyped) || !double.TryParse(Node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            Report.WrongValue(this, "a number");
            return null;
        }

        if (number < from || number > to)
        {
            Report.Error(HubErrors.OutOfRange, At, ("path", Path), ("value", Node.Text), ("from", from), ("to", to));
            return null;
        }

        return number;
    }

    public TimeSpan? Duration(TimeSpan from, TimeSpan to)
    {
        if (Node.Kind == ConfigKind.Number)
        {
            Report.WrongValue(this, "a duration such as \"60s\"", $"write a unit with the number: \"{Node.Text}s\" for seconds, \"{Node.Text}ms\" for milliseconds");
            return null;
        }

        if (Text("a duration such as \"60s\"") is not { } text)
        {
            return null;
        }

        if (!Durations.TryParse(text, out var duration))
        {
            Report.Error(HubErrors.NotADuration, At, ("path", Path), ("value", text));
            return null;
        }

        if (duration < from || duration > to)
        {
            Report.Error(HubErrors.OutOfRange, At, ("path", Path), ("value", text), ("from", Durations.Format(from)), ("to", Durations.Format(to)));
            return null;
        }

        return duration;
    }

    public T? Choice<T>(IReadOnlyDictionary<string, T> choices)
        where T : struct
    {
        var expected = string.Join(", ", choices.Keys.Select(key => $"\"{key}\""));
        if (Text($"one of {expected}") is not { } text)
        {
            return null;
        }

        if (choices.TryGetValue(text, out var value))
        {
            return value;
        }

        if (IsUntyped && choices.Keys.FirstOrDefault(key => key.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } meant)
        {
            return choices[meant];
        }

        Report.WrongValue(this, $"one of {expected}", Suggestion.Sentence(text, choices.Keys));
        return null;
    }

    public IEnumerable<ConfigView> Items(string expected, string suggestion = "")
    {
        if (IsUntyped && Node.Text.Length == 0 && Node.Members.All(member => int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return Node.Members.Select(member => Child(member, Report));
        }

        if (Node.Kind != ConfigKind.Array)
        {
            Report.WrongValue(this, expected, suggestion);
            return [];
        }

        return Node.Items.Select((item, index) => new ConfigView(item, string.Create(CultureInfo.InvariantCulture, $"{Path}[{index}]"), Report));
    }

    private string Step(string name) => IsUntyped ? (Path.Length == 0 ? name : ":" + name)
        : name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '$')
        ? (Path.Length == 0 ? name : "." + name)
        : $"[\"{name}\"]";
}

/// <param name="Name">The key.</param>
/// <param name="At">The key's position: what is wrong with the key points there, what is wrong with the value at the value.</param>
/// <param name="Value">The value.</param>
internal readonly record struct ConfigEntry(string Name, SourcePosition At, ConfigView Value);
