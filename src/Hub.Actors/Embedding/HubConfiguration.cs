using System.Text.RegularExpressions;
using McpHub.Actors.Configuration;
using McpHub.Protocol.Errors;
using Microsoft.Extensions.Configuration;

namespace McpHub.Actors.Embedding;

/// <summary>
/// Reads <see cref="HubOptions"/> from a configuration section that looks like an <c>mcp.json</c>. Not bound: a binder leaves out what it does not know, and a misspelt key would be
/// a server that starts without its secret. Faults name the key as the configuration spells it, so that it is found whatever file or variable it came from; never a value.
/// </summary>
internal sealed partial class HubConfiguration
{
    private static readonly string[] _topKeys = ["servers", "mcpServers", "naming", "duplicates"];
    private static readonly string[] _serverKeys = ["type", "command", "args", "env", "cwd", "url", "headers", "disabled", "x-hub"];
    private static readonly string[] _stdioKeys = ["command", "args", "env", "cwd"];
    private static readonly string[] _httpKeys = ["url", "headers"];
    private static readonly string[] _extraKeys = ["required", "era", "inheritEnv", "bearerToken", "messageUrl", "timeouts"];

    private static readonly Dictionary<string, Era?> _eras = new(StringComparer.OrdinalIgnoreCase) { ["auto"] = null, ["legacy"] = Era.Legacy, ["2026-07-28"] = Era.Modern };

    private readonly HubOptions _hub;

    private HubConfiguration(HubOptions hub) => _hub = hub;

    public static void Read(IConfiguration section, HubOptions hub)
    {
        var reader = new HubConfiguration(hub);
        foreach (var child in section.GetChildren())
        {
            switch (child.Key.ToLowerInvariant())
            {
                case "servers" or "mcpservers":
                    foreach (var server in reader.Members(child, "an object of servers by name"))
                    {
                        reader.ReadServer(server);
                    }

                    break;
                case "naming":
                    hub.Naming = reader.Choice(child, Names<NamingRule>(), hub.Naming);
                    break;
                case "duplicates":
                    hub.Duplicates = reader.Choice(child, Names<DuplicatePolicy>(), hub.Duplicates);
                    break;
                default:
                    reader.Unknown(child, _topKeys);
                    break;
            }
        }
    }

    private void ReadServer(IConfigurationSection server)
    {
        var before = _hub.Faults.Count;
        var members = Members(server, "an object").ToDictionary(member => member.Key, StringComparer.OrdinalIgnoreCase);
        if (members.TryGetValue("disabled", out var disabled) && Flag(disabled))
        {
            return;
        }

        foreach (var (key, member) in members)
        {
            if (!_serverKeys.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                Unknown(member, _serverKeys);
            }
        }

        var extras = members.TryGetValue("x-hub", out var xhub) ? Members(xhub, "an object").ToDictionary(member => member.Key, StringComparer.OrdinalIgnoreCase) : [];
        foreach (var (key, member) in extras)
        {
            if (!_extraKeys.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                Unknown(member, _extraKeys);
            }
        }

        var (hasCommand, hasUrl) = (members.ContainsKey("command"), members.ContainsKey("url"));
        if (hasCommand == hasUrl)
        {
            Fault(server, hasCommand ? "it has both \"command\" and \"url\"; keep one" : "it has neither \"command\" nor \"url\"; write the program to start or the URL to call");
            return;
        }

        Foreign(members, hasCommand ? _httpKeys : _stdioKeys, hasCommand ? "a server that is started" : "a server that is called by its URL");
        var type = Type(members, hasCommand);
        var era = extras.TryGetValue("era", out var pinned) ? Choice(pinned, _eras, null) : null;
        var parameters = Guarded(server, () => hasCommand ? Stdio(server.Key, era, members, extras) : Remote(server.Key, type, era, members, extras));
        if (extras.TryGetValue("required", out var required) && Flag(required))
        {
            _hub.Required.Add(server.Key);
        }

        if (extras.TryGetValue("timeouts", out var timeouts))
        {
            ReadTimeouts(server.Key, timeouts);
        }

        if (parameters is not null && _hub.Faults.Count == before)
        {
            _hub.Servers.Add(parameters);
        }
    }

    private StdioServerParameters? Stdio(string name, Era? era, Dictionary<string, IConfigurationSection> members, Dictionary<string, IConfigurationSection> extras)
    {
        var command = Text(members["command"], "the name or path of a program");
        var args = members.TryGetValue("args", out var list) ? Members(list, "an array of strings").Select(item => Text(item, "a string", allowsEmpty: true) ?? "").ToList() : [];
        var env = members.TryGetValue("env", out var variables)
            ? Members(variables, "an object of variables by name").ToDictionary(variable => variable.Key, variable => variable.Value is null ? null : Text(variable, "a string", allowsEmpty: true))
            : [];
        var inherit = extras.TryGetValue("inheritEnv", out var inheritance) ? Choice(inheritance, Names<InheritEnvironment>(), default) : default;
        var cwd = members.TryGetValue("cwd", out var directory) ? Text(directory, "a directory") : null;
        Foreign(extras, ["bearerToken", "messageUrl"], "a server that is started");
        return command is null ? null : new StdioServerParameters(command, args) { Name = name, Era = era, Env = env, InheritEnv = inherit, Cwd = cwd };
    }

    private ServerParameters? Remote(string name, string? type, Era? era, Dictionary<string, IConfigurationSection> members, Dictionary<string, IConfigurationSection> extras)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in members.TryGetValue("headers", out var section) ? Members(section, "an object of headers by name") : [])
        {
            headers[header.Key] = Text(header, "a string", allowsEmpty: true) ?? "";
        }

        if (extras.TryGetValue("bearerToken", out var token) && Text(token, "a token, without \"Bearer\"") is { } bearer && !headers.TryAdd("Authorization", "Bearer " + bearer))
        {
            Fault(token, "\"headers\" already has an Authorization; keep one of the two");
        }

        Foreign(extras, ["inheritEnv"], "a server that is called by its URL");
        if (Url(members["url"]) is not { } url)
        {
            return null;
        }

        type ??= url.Scheme is "ws" or "wss" ? "ws" : "http";
        var messageUrl = extras.TryGetValue("messageUrl", out var other) ? Url(other) : null;
        if (type != "sse")
        {
            Foreign(extras, ["messageUrl"], "a server that is not of type \"sse\"");
        }

        ServerParameters server = type switch
        {
            "sse" => new SseServerParameters(url) { Name = name, Era = era, Headers = headers, MessageUrl = messageUrl },
            "ws" => new WebSocketServerParameters(url) { Name = name, Era = era, Headers = headers },
            _ => new StreamableHttpParameters(url) { Name = name, Era = era, Headers = headers },
        };
        server.Validate();
        return server;
    }

    private Uri? Url(IConfigurationSection section)
    {
        if (Text(section, "an absolute URL") is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url))
        {
            return url;
        }

        Fault(section, "it is no absolute URL; write http:// or https:// (ws:// or wss:// for a WebSocket) and the rest");
        return null;
    }

    private void ReadTimeouts(string server, IConfigurationSection section)
    {
        foreach (var timeout in Members(section, "an object"))
        {
            if (!timeout.Key.Equals("call", StringComparison.OrdinalIgnoreCase))
            {
                Unknown(timeout, ["call"]);
            }
            else if (Text(timeout, "a duration") is { } text)
            {
                if (Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero && duration <= TimeSpan.FromMinutes(10))
                {
                    _hub.ReadTimeouts[server] = duration;
                }
                else
                {
                    Fault(timeout, "it is no duration from 1ms to 10m; write a number and ms, s or m, for example \"30s\"");
                }
            }
        }
    }

    /// <returns><c>stdio</c>, <c>http</c>, <c>sse</c> or <c>ws</c>; <c>null</c> if the section does not say.</returns>
    private string? Type(Dictionary<string, IConfigurationSection> members, bool hasCommand)
    {
        if (!members.TryGetValue("type", out var type) || Text(type, "a word") is not { } word)
        {
            return null;
        }

        var known = word.ToLowerInvariant() switch
        {
            "stdio" or "local" when hasCommand => "stdio",
            "http" or "streamable-http" or "streamablehttp" when !hasCommand => "http",
            "sse" when !hasCommand => "sse",
            "ws" or "websocket" when !hasCommand => "ws",
            _ => null,
        };
        if (known is null)
        {
            Fault(type, $"\"{word}\" is not the type of a server with \"{(hasCommand ? "command" : "url")}\"; leave it out or write {(hasCommand ? "\"stdio\"" : "\"http\", \"sse\" or \"ws\"")}");
        }

        return known;
    }

    private void Foreign(Dictionary<string, IConfigurationSection> members, string[] keys, string kind)
    {
        foreach (var key in keys)
        {
            if (members.TryGetValue(key, out var member))
            {
                Fault(member, $"\"{key}\" means nothing for {kind}; remove it");
            }
        }
    }

    private ServerParameters? Guarded(IConfigurationSection server, Func<ServerParameters?> read)
    {
        try
        {
            return read();
        }
        catch (HubException invalid)
        {
            Fault(server, $"{invalid.Message}; {invalid.Hint}");
            return null;
        }
    }

    // An empty object or array is a section without children, whose value is null or empty.
    private IEnumerable<IConfigurationSection> Members(IConfigurationSection section, string expected)
    {
        if (string.IsNullOrEmpty(section.Value))
        {
            return section.GetChildren();
        }

        Fault(section, $"it is a single value; write {expected}");
        return [];
    }

    private string? Text(IConfigurationSection section, string expected, bool allowsEmpty = false)
    {
        if (section.Value is not { } text || (text.Length == 0 && section.GetChildren().Any()))
        {
            Fault(section, $"it has no value; write {expected}");
            return null;
        }

        if (!allowsEmpty && string.IsNullOrWhiteSpace(text))
        {
            Fault(section, $"it is empty; write {expected}");
            return null;
        }

        // A pasted mcp.json: passed on as it stands it would be a wrong secret, and the server's message would not say so.
        if (Variable().IsMatch(text))
        {
            Fault(section, $"variables are not filled in here; set the environment variable {section.Path.Replace(":", "__", StringComparison.Ordinal)} (or any other configuration source) instead");
            return null;
        }

        return text;
    }

    private bool Flag(IConfigurationSection section)
    {
        if (bool.TryParse(section.Value, out var flag))
        {
            return flag;
        }

        Fault(section, "it is neither true nor false; write one of them");
        return false;
    }

    private T Choice<T>(IConfigurationSection section, Dictionary<string, T> choices, T otherwise)
    {
        if (section.Value is { } word && choices.TryGetValue(word, out var chosen))
        {
            return chosen;
        }

        Fault(section, $"\"{section.Value}\" is not known here; write one of {string.Join(", ", choices.Keys)}");
        return otherwise;
    }

    private void Unknown(IConfigurationSection section, string[] known)
    {
        var suggestion = Suggestion.Sentence(section.Key, known);
        Fault(section, $"the key is not known; {(suggestion.Length > 0 ? suggestion : "known here: " + string.Join(", ", known))}");
    }

    private void Fault(IConfigurationSection section, string what) => _hub.Faults.Add($"{section.Path}: {what}");

    // "allowList" as other files of the hub spell it; configuration keys and words are read in any case.
    private static Dictionary<string, T> Names<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToDictionary(value => char.ToLowerInvariant(value.ToString()[0]) + value.ToString()[1..], StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}")]
    private static partial Regex Variable();
}
