using McpHub.Protocol.Errors;

namespace McpHub.Actors.Configuration;

/// <summary>Reads what a local server's entry says about its process.</summary>
internal static class StdioServerSection
{
    public static StdioServerParameters? Read(string server, IReadOnlyDictionary<string, ConfigEntry> members, ServerExtras extras, IVariables variables, ConfigReport report)
    {
        var command = members.TryGetValue("command", out var written) ? Command(written.Value, variables) : null;
        var arguments = members.TryGetValue("args", out var args) ? Arguments(args.Value, variables) : [];
        var environment = members.TryGetValue("env", out var env) ? Environment(env.Value, variables) : new Dictionary<string, string?>();
        var cwd = members.TryGetValue("cwd", out var directory) ? Filled(directory.Value, variables, "a directory") : null;
        if (members.TryGetValue("envFile", out var envFile))
        {
            report.NotSupported(envFile.At, envFile.Value.Path, "\"envFile\"", "write the variables under \"env\"");
        }

        if (extras.BearerToken is { } token)
        {
            report.Contradiction(token.At, token.Value.Path, "a local server gets no HTTP header", "give it its secret under \"env\"");
        }

        if (extras.MessageUrl is { } messageUrl)
        {
            report.Contradiction(messageUrl.At, messageUrl.Value.Path, "a local server has no URL", "leave it out");
        }

        return command is null || report.HasErrors
            ? null
            : new StdioServerParameters(command, arguments) { Name = server, Era = extras.Era, Env = environment, InheritEnv = extras.InheritEnv, Cwd = cwd };
    }

    private static string? Command(ConfigView view, IVariables variables)
    {
        if (view.Node.Kind == ConfigKind.Array)
        {
            view.Report.WrongValue(view, "a string", "the program alone; its arguments go into \"args\"");
            return null;
        }

        if (Filled(view, variables, "the name or path of a program") is not { } command)
        {
            return null;
        }

        // The most frequent mistake in these files; nobody's program has such a name, and no shell would split it.
        if (view.Node.Text.Contains(" -", StringComparison.Ordinal) && !File.Exists(command))
        {
            view.Report.WrongValue(view, "the program alone", "its arguments go into \"args\", one string each");
            return null;
        }

        return command;
    }

    private static string? Filled(ConfigView view, IVariables variables, string expected)
    {
        if (variables.Expand(view) is not { } text)
        {
            return null;
        }

        if (string.IsNullOrWhiteSpace(text) || text.Contains('\0', StringComparison.Ordinal))
        {
            view.Report.WrongValue(view, expected, "it is empty");
            return null;
        }

        return text;
    }

    private static List<string> Arguments(ConfigView view, IVariables variables)
    {
        var arguments = new List<string>();
        foreach (var item in view.Items("an array of strings", "one string for each argument: [\"-y\", \"my-server\"]"))
        {
            if (variables.Expand(item) is not { } argument)
            {
                continue;
            }

            if (argument.Contains('\0', StringComparison.Ordinal))
            {
                item.Report.WrongValue(item, "a string without NUL");
                continue;
            }

            arguments.Add(argument);
        }

        return arguments;
    }

    private static Dictionary<string, string?> Environment(ConfigView view, IVariables variables)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, at, value) in view.Members().Values)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
            {
                view.Report.Error(HubErrors.WrongValue, at, ("path", value.Path), ("expected", "the name of an environment variable"), ("suggestion", "\"=\" and NUL cannot be part of it"));
                continue;
            }

            // VS Code takes numbers here too, and null to take a variable away.
            switch (value.Node.Kind)
            {
                case not ConfigKind.Number when value.Node.IsNull:
                    environment[name] = null;
                    break;
                case ConfigKind.Number:
                    environment[name] = value.Node.Text;
                    break;
                default:
                    if (variables.Expand(value) is { } text)
                    {
                        if (text.Contains('\0', StringComparison.Ordinal))
                        {
                            value.Report.WrongValue(value, "a string without NUL");
                            break;
                        }

                        environment[name] = text;
                    }

                    break;
            }
        }

        return environment;
    }
}
