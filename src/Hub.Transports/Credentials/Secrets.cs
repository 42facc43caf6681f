using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace McpHub.Transports.Credentials;

/// <summary>What may be a credential, and how it is kept out of texts that people read: servers like to repeat what they refuse.</summary>
internal static partial class Secrets
{
    // Shorter ones would blot out plain words.
    private const int ShortestMasked = 6;

    /// <summary>Whether the value of a variable, header or query parameter of this name is likely to be a secret.</summary>
    public static bool IsSecretName(string name) => SecretName().IsMatch(name);

    /// <summary>The values of those whose name says that they are secret.</summary>
    public static string[] Of(IEnumerable<KeyValuePair<string, string?>> values) =>
        [.. values.Where(entry => entry.Value is { Length: >= ShortestMasked } && IsSecretName(entry.Key)).Select(entry => entry.Value!)];

    /// <summary>What the configuration of a server holds.</summary>
    public static string[] Of(ServerParameters server) => server switch
    {
        StdioServerParameters stdio => Of(stdio.Env),
        RemoteServerParameters remote => Of(remote.Headers.Select(header => Credential(header.Key, header.Value))),
        _ => [],
    };

    /// <summary>What a request was sent with; a session id counts as a credential (contract 2, 3-5).</summary>
    public static string[] Of(HttpRequestHeaders? sent) => sent is null ? [] : Of(sent.NonValidated.SelectMany(header => header.Value, (header, value) => Credential(
        header.Key.Equals("Mcp-Session-Id", StringComparison.OrdinalIgnoreCase) ? "token" : header.Key, value)));

    public static string Mask(string text, string[] secrets)
    {
        foreach (var secret in secrets)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    // Of "Bearer T" it is T.
    private static KeyValuePair<string, string?> Credential(string header, string? value) => new(header, value?[(value.LastIndexOf(' ') + 1)..]);

    [GeneratedRegex("KEY|TOKEN|SECRET|PASS|PWD|AUTH|CREDENTIAL|COOKIE|SIGNATURE", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();
}
