using System.Security.Cryptography;
using System.Text;
using McpHub.Actors.Servers;

namespace McpHub.Host.Configuration;

/// <summary>From what a file says to what the hub is asked for.</summary>
internal static class ServerDefinitions
{
    /// <summary>Every server of the file in file order, also those that are disabled or misconfigured: they are listed and never started.</summary>
    public static IReadOnlyList<ServerDefinition> ToDefinitions(this HubFile file) => [.. file.Servers.Select(ToDefinition)];

    private static ServerDefinition ToDefinition(ServerEntry entry)
    {
        var (parameters, settings) = (entry.Parameters, entry.Settings);
        var definition = new ServerDefinition(entry.Name)
        {
            OpenTransport = parameters is null ? null : () => McpTransports.Open(parameters),
            TransportName = parameters switch { StdioServerParameters => "stdio", StreamableHttpParameters => "http", _ => "-" },
            VerdictKey = parameters is null ? null : VerdictKey(parameters),
            Era = parameters?.Era,
            Required = settings.Required,
            Disabled = entry.Disabled,
            Misconfigured = entry.Misconfigured ? entry.Problems.First(problem => problem.Severity == DiagnosticSeverity.Error).Error : null,
            MaxInFlight = settings.Concurrency ?? (parameters is StreamableHttpParameters ? 256 : 64),
        };
        return definition with
        {
            HandshakeTimeout = settings.StartTimeout ?? definition.HandshakeTimeout,
            CallTimeout = settings.CallTimeout ?? definition.CallTimeout,
            RestartMin = settings.RestartMin ?? definition.RestartMin,
            RestartMax = settings.RestartMax ?? definition.RestartMax,
        };
    }

    /// <summary>
    /// A process speaks the same era as long as it is started the same way; an endpoint may answer another credential differently
    /// (contract 2.6, "verdict cache"). A hash, because environment and headers hold secrets.
    /// </summary>
    private static string VerdictKey(ServerParameters parameters)
    {
        var text = new StringBuilder();
        void Add(string? part) => text.Append(part?.Length ?? -1).Append(':').Append(part);
        switch (parameters)
        {
            case StdioServerParameters stdio:
                Add("stdio");
                Add(stdio.Command);
                Add(stdio.Cwd);
                Add(stdio.InheritEnv.ToString());
                foreach (var argument in stdio.Args)
                {
                    Add(argument);
                }

                foreach (var (name, value) in stdio.Env.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    Add(name);
                    Add(value);
                }

                break;
            case StreamableHttpParameters http:
                Add("http");
                Add(http.Url.AbsoluteUri);
                foreach (var (name, value) in http.Headers.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
                {
                    Add(name.ToLowerInvariant());
                    Add(value);
                }

                break;
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
