using System.Security.Cryptography;
using System.Text;
using McpHub.Transports.OutboundHttp;

namespace McpHub.Actors.Servers;

/// <summary>
/// What an era verdict holds for: a process speaks the same era as long as it is started the same way; an endpoint may answer another credential differently
/// (contract 2.6, "verdict cache").
/// </summary>
internal static class VerdictKey
{
    /// <summary>A hash, because environment and headers hold secrets; <c>null</c> for a server that is known by nothing but its object.</summary>
    public static string? Of(ServerParameters parameters)
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
            case RemoteServerParameters remote:
                Add(parameters.GetType().Name);
                Add(remote.Url.AbsoluteUri);
                foreach (var (name, value) in remote.Headers.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
                {
                    Add(name.ToLowerInvariant());
                    Add(value);
                }

                break;
            default:
                return null;
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
