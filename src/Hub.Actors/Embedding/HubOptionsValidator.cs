using McpHub.Protocol.Errors;
using Microsoft.Extensions.Options;

namespace McpHub.Actors.Embedding;

/// <summary>All faults of <see cref="HubOptions"/>: where, what, and what to do. It looks at nothing outside of them.</summary>
internal sealed class HubOptionsValidator : IValidateOptions<HubOptions>
{
    public ValidateOptionsResult Validate(string? name, HubOptions options)
    {
        var faults = options.Faults.Concat(Faults(options)).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(HubOptions options)
    {
        if (!Enum.IsDefined(options.Naming))
        {
            yield return $"{nameof(HubOptions.Naming)}: {options.Naming} is no naming rule; take one of {string.Join(", ", Enum.GetNames<NamingRule>())}";
        }

        if (!Enum.IsDefined(options.Duplicates))
        {
            yield return $"{nameof(HubOptions.Duplicates)}: {options.Duplicates} is no duplicate policy; take one of {string.Join(", ", Enum.GetNames<DuplicatePolicy>())}";
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Servers.Count; i++)
        {
            foreach (var fault in Faults(options.Servers[i], $"{nameof(HubOptions.Servers)}[{i}]", names))
            {
                yield return fault;
            }
        }

        foreach (var required in options.Required)
        {
            // A server that its configuration could not be read of is missing here for a reason that is told already.
            if (!names.Contains(required) && options.Faults.Count == 0)
            {
                yield return $"{nameof(HubOptions.Required)}: no server is named \"{required}\"; give one of {nameof(HubOptions.Servers)} that {nameof(ServerParameters.Name)}";
            }
        }
    }

    private static IEnumerable<string> Faults(ServerParameters? server, string place, HashSet<string> names)
    {
        switch (server)
        {
            case null:
                yield return $"{place} is null; remove it";
                yield break;
            case { Name: { } name } when string.IsNullOrWhiteSpace(name):
                yield return $"{place}.{nameof(ServerParameters.Name)} is empty; give it a name, or none at all";
                break;
            case { Name: { } name } when !names.Add(name):
                yield return $"{place}.{nameof(ServerParameters.Name)}: another server is already named \"{name}\"; give each its own";
                break;
        }

        if (Invalid(server) is { } reason)
        {
            yield return $"{place}{(server.Name is { } shown ? $" (\"{shown}\")" : "")}: {reason}";
        }
    }

    private static string? Invalid(ServerParameters server)
    {
        try
        {
            server.Validate();
            return null;
        }
        catch (HubException invalid)
        {
            return $"{invalid.Message}; {invalid.Hint}";
        }
    }
}
