using Microsoft.Extensions.Options;

namespace McpHub
{
    /// <summary>What <c>AddHub</c> and <c>WithHub</c> make a service's group of. Checked when the host starts; all faults are named at once.</summary>
    public sealed class HubOptions
    {
        /// <summary>The servers that the group starts with. One that cannot be reached does not stop the host: it is tried again for ever, with growing waits, and the log says why.</summary>
        /// <value>Empty by default. Names must be unique; a server without one is called after its command or host.</value>
        public IList<ServerParameters> Servers { get; } = [];

        /// <inheritdoc cref="ClientSessionGroupOptions.ComponentNameHook"/>
        public ComponentNameHook? ComponentNameHook { get; set; }

        /// <inheritdoc cref="ClientSessionGroupOptions.Naming"/>
        public NamingRule Naming { get; set; } = NamingRule.Never;

        /// <inheritdoc cref="ClientSessionGroupOptions.Duplicates"/>
        public DuplicatePolicy Duplicates { get; set; }

        internal ClientSessionGroupOptions ToGroupOptions() => new() { ComponentNameHook = ComponentNameHook, Naming = Naming, Duplicates = Duplicates };
    }
}

namespace McpHub.Actors.Embedding
{
    /// <summary>All faults of <see cref="HubOptions"/>. It looks at nothing outside of them.</summary>
    internal sealed class HubOptionsValidator : IValidateOptions<HubOptions>
    {
        public ValidateOptionsResult Validate(string? name, HubOptions options)
        {
            var faults = Faults(options).ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }

        private static IEnumerable<string> Faults(HubOptions options)
        {
            if (!Enum.IsDefined(options.Naming))
            {
                yield return $"{nameof(HubOptions.Naming)}: {options.Naming} is no naming rule";
            }

            if (!Enum.IsDefined(options.Duplicates))
            {
                yield return $"{nameof(HubOptions.Duplicates)}: {options.Duplicates} is no duplicate policy";
            }

            var names = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < options.Servers.Count; i++)
            {
                var place = $"{nameof(HubOptions.Servers)}[{i}]";
                switch (options.Servers[i])
                {
                    case null:
                        yield return $"{place} is null";
                        continue;
                    case { Name: { } name } when string.IsNullOrWhiteSpace(name):
                        yield return $"{place}.{nameof(ServerParameters.Name)} is empty";
                        break;
                    case { Name: { } name } when !names.Add(name):
                        yield return $"{place}.{nameof(ServerParameters.Name)}: another server is already named \"{name}\"";
                        break;
                }

                if (options.Servers[i] is StreamableHttpParameters { Url: var url } && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
                {
                    yield return $"{place}.{nameof(StreamableHttpParameters.Url)}: {url} is no http or https URL";
                }
            }
        }
    }
}
