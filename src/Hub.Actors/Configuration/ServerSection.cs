using McpHub.Protocol.Errors;

namespace McpHub.Actors.Configuration;

/// <summary>Reads one entry under <c>mcpServers</c> or <c>servers</c>, in the form of any of the clients that have such files.</summary>
internal static class ServerSection
{
    private const int MaxNameLength = 128;
    private const string AllTools = "all tools of this server are offered";
    private const string NoSandbox = "this server runs without a sandbox";

    private static readonly string[] Keys = ["type", "command", "args", "env", "envFile", "cwd", "url", "headers", "disabled", "enabled", "x-hub"];

    private static readonly string[] LocalKeys = ["command", "args", "env", "envFile", "cwd"];
    private static readonly string[] RemoteKeys = ["url", "headers"];

    private static readonly Dictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        ["stdio"] = Kind.Stdio,
        ["local"] = Kind.Stdio,
        ["http"] = Kind.Http,
        ["streamable-http"] = Kind.Http,
        ["streamableHttp"] = Kind.Http,
        ["sse"] = Kind.Sse,
        ["ws"] = Kind.WebSocket,
        ["websocket"] = Kind.WebSocket,
    };

    /// <summary>Keys by which other clients restrict a server. Left alone like any foreign key, but whoever wrote one must hear what that means here.</summary>
    private static readonly Dictionary<string, string> Restrictions = new(StringComparer.Ordinal)
    {
        ["tools"] = AllTools,
        ["includeTools"] = AllTools,
        ["excludeTools"] = AllTools,
        ["disabledTools"] = AllTools,
        ["sandbox"] = NoSandbox,
        ["sandboxEnabled"] = NoSandbox,
    };

    /// <summary>How a server is reached. <c>local</c> is what Copilot calls stdio.</summary>
    private enum Kind
    {
        Stdio,
        Http,
        Sse,
        WebSocket,

        /// <summary>Only a URL is written, and its scheme decides.</summary>
        ByUrl,
    }

    public static bool Knows(string key) => Keys.Contains(key, StringComparer.Ordinal);

    /// <param name="entry">The entry.</param>
    /// <param name="variables">Fills in variables.</param>
    /// <param name="report">The report of this server.</param>
    /// <param name="warned">Keys of other clients that were warned about already: once a file is enough.</param>
    public static ConfiguredServer Read(ConfigEntry entry, IVariables variables, ConfigReport report, ISet<string> warned)
    {
        var (name, at, value) = entry;
        var settings = new ServerSettings();
        ServerParameters? parameters = null;
        if (name.Length is 0 or > MaxNameLength || string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
        {
            report.Error(HubErrors.WrongValue, at, ("path", value.Path), ("expected", $"named with 1 to {MaxNameLength} printable characters"), ("suggestion", ""));
        }

        var members = value.Members(Keys);
        if (value.IsObject)
        {
            if (IsDisabled(members))
            {
                return new ConfiguredServer(name, null, settings, report.Diagnostics, at, Disabled: !report.HasErrors);
            }

            Unknown(members, report, warned);
            var extras = members.TryGetValue("x-hub", out var xhub) ? ServerExtras.Read(xhub.Value) : new ServerExtras();
            settings = extras.Settings;
            var kind = KindOf(entry, members, report);
            if (kind is not null)
            {
                Useless(members, kind == Kind.Stdio ? RemoteKeys : LocalKeys, kind == Kind.Stdio ? "a local server" : "a remote server", report);
            }

            parameters = kind switch
            {
                Kind.Stdio => StdioServerSection.Read(name, members, extras, variables, report),
                Kind.Http => HttpServerSection.Read(name, "http", members, extras, variables, report),
                Kind.Sse => HttpServerSection.Read(name, "sse", members, extras, variables, report),
                Kind.WebSocket => HttpServerSection.Read(name, "ws", members, extras, variables, report),
                Kind.ByUrl => HttpServerSection.Read(name, null, members, extras, variables, report),
                _ => null,
            };
        }

        return new ConfiguredServer(name, report.HasErrors ? null : parameters, settings, report.Diagnostics, at, Disabled: false);
    }

    private static bool IsDisabled(IReadOnlyDictionary<string, ConfigEntry> members)
    {
        var disabled = members.TryGetValue("disabled", out var off) && off.Value.Flag() == true;
        return (members.TryGetValue("enabled", out var on) && on.Value.Flag() == false) || disabled;
    }

    /// <returns><c>null</c> if it cannot be told, or is not supported: reported.</returns>
    private static Kind? KindOf(ConfigEntry entry, IReadOnlyDictionary<string, ConfigEntry> members, ConfigReport report)
    {
        var (hasCommand, hasUrl) = (members.ContainsKey("command"), members.ContainsKey("url"));
        Kind kind;
        if (members.TryGetValue("type", out var type))
        {
            if (type.Value.Choice(Kinds) is not { } written)
            {
                return null;
            }

            kind = written;
        }
        else if (hasCommand && hasUrl)
        {
            report.Contradiction(members["url"].At, entry.Value.Path, "it has both \"command\" and \"url\"", "keep one, or say which with \"type\"");
            return null;
        }
        else
        {
            kind = hasUrl ? Kind.ByUrl : Kind.Stdio;
        }

        if (kind == Kind.Stdio ? !hasCommand : !hasUrl)
        {
            var wrong = members.Keys.Where(key => Suggestion.For(key, ["command", "url"]) is not null && !Keys.Contains(key, StringComparer.Ordinal)).FirstOrDefault();
            var suggestion = wrong is null ? "" : $"; \"{wrong}\" is \"{Suggestion.For(wrong, ["command", "url"])}\" here";
            report.Error(HubErrors.ServerNeedsCommandOrUrl, entry.At, ("path", entry.Value.Path),
                ("key", type.Value is not null ? (kind == Kind.Stdio ? "command" : "url") : "command\" or \"url"), ("suggestion", suggestion));
            return null;
        }

        return kind;
    }

    /// <summary>What was written for the other kind of server is not used, and whoever wrote it must hear so.</summary>
    private static void Useless(IReadOnlyDictionary<string, ConfigEntry> members, string[] keys, string kind, ConfigReport report)
    {
        foreach (var key in keys)
        {
            if (members.TryGetValue(key, out var member))
            {
                report.Warning(HubErrors.ForeignKey, member.At, ("path", member.Value.Path), ("suggestion", $"it means nothing for {kind}: remove it"));
            }
        }
    }

    /// <summary>Keys that mean nothing here warn: the same file serves other clients (contract 0.3, "configuration parser").</summary>
    private static void Unknown(IReadOnlyDictionary<string, ConfigEntry> members, ConfigReport report, ISet<string> warned)
    {
        foreach (var (name, at, value) in members.Values)
        {
            if (Keys.Contains(name, StringComparer.Ordinal))
            {
                continue;
            }

            if (report.IsStrict)
            {
                report.Unknown(members[name], Keys, ServerExtras.Place(name));
                continue;
            }

            var suggestion = Restrictions.GetValueOrDefault(name) ?? ServerExtras.Place(name) ?? Suggestion.Sentence(name, Keys);
            if (suggestion.Length > 0 || warned.Add(name))
            {
                report.Warning(HubErrors.ForeignKey, at, ("path", value.Path), ("suggestion", suggestion.Length > 0 ? suggestion : "a key of another client: left alone"));
            }
        }
    }
}
