using McpHub.Protocol.Errors;
using McpHub.Transports.Framing;

namespace McpHub.Actors.Configuration;

/// <summary>Reads a server's <c>x-hub</c>. Other clients never see this key, so everything unknown in it is a mistake of ours to name.</summary>
internal sealed class ServerExtras
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private static readonly string[] Keys = ["required", "era", "inheritEnv", "timeouts", "restart", "limits", "bearerToken", "session", "tools", "messageUrl"];

    private static readonly string[] TimeoutKeys = ["start", "call", "idle"];
    private static readonly string[] RestartKeys = ["min", "max", "jitter", "attempts", "resetAfter"];
    private static readonly string[] LimitKeys = ["concurrency", "queue", "perMinute", "maxResultBytes"];
    private static readonly string[] ToolKeys = ["allow", "deny"];

    private static readonly Dictionary<string, PinnedEra> Eras = new(StringComparer.Ordinal)
    {
        ["auto"] = new(null),
        ["legacy"] = new(McpHub.Era.Legacy),
        ["2026-07-28"] = new(McpHub.Era.Modern),
    };

    private static readonly Dictionary<string, InheritEnvironment> Inheritance = new(StringComparer.Ordinal)
    {
        ["allowList"] = InheritEnvironment.AllowList,
        ["all"] = InheritEnvironment.All,
        ["none"] = InheritEnvironment.None,
    };

    private static readonly Dictionary<string, bool> Sessions = new(StringComparer.Ordinal)
    {
        ["auto"] = true,
        ["shared"] = true,
        ["perClient"] = false,
        ["perUser"] = false,
        ["exclusive"] = false,
    };

    public ServerSettings Settings { get; private set; } = new();

    public Era? Era { get; private set; }

    /// <summary>For a stdio server only.</summary>
    public ConfigEntry? InheritEnvAt { get; private set; }

    public InheritEnvironment InheritEnv { get; private set; }

    /// <summary>For a remote server only.</summary>
    public ConfigEntry? BearerToken { get; private set; }

    /// <summary>For an HTTP+SSE server only.</summary>
    public ConfigEntry? MessageUrl { get; private set; }

    public static ServerExtras Read(ConfigView section)
    {
        var extras = new ServerExtras();
        foreach (var entry in section.Members(Keys).Values)
        {
            extras.Read(entry);
        }

        return extras;
    }

    private void Read(ConfigEntry entry)
    {
        var (name, _, value) = entry;
        switch (name)
        {
            case "required":
                Settings = Settings with { Required = value.Flag() ?? false };
                break;
            case "era":
                Era = value.Choice(Eras)?.Era;
                break;
            case "inheritEnv":
                (InheritEnvAt, InheritEnv) = (entry, value.Choice(Inheritance) ?? default);
                break;
            case "bearerToken":
                BearerToken = entry;
                break;
            case "timeouts":
                Section(value, TimeoutKeys, (key, duration) => Settings = key switch
                {
                    "idle" => Settings with { IdleTimeout = duration.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) },
                    "start" => Settings with { StartTimeout = duration.Duration(TimeSpan.FromMilliseconds(100), LongestWait) },
                    _ => Settings with { CallTimeout = duration.Duration(TimeSpan.FromMilliseconds(10), LongestWait) },
                });
                break;
            case "restart":
                Restart(value);
                break;
            case "limits":
                Section(value, LimitKeys, (key, number) => Settings = key switch
                {
                    "queue" => Settings with { Queue = number.Integer(0, 10_000) },
                    "concurrency" => Settings with { Concurrency = number.Integer(1, 10_000) },
                    "perMinute" => Settings with { CallsPerMinute = number.Integer(1, 1_000_000) },
                    _ => Settings with { MaxResultBytes = number.Integer(1024, LineFraming.DefaultMaxLineBytes) },
                });
                break;
            case "tools":
                Section(value, ToolKeys, (key, patterns) => Settings = key == "allow"
                    ? Settings with { AllowedTools = Patterns(patterns) }
                    : Settings with { DeniedTools = Patterns(patterns) });
                break;
            case "session":
                if (value.Choice(Sessions) == false)
                {
                    value.Report.NotSupported(value.At, value.Path, $"\"{value.Node.Text}\": a connection for each client or user", "write \"shared\", or leave it out");
                }

                break;
            case "messageUrl":
                MessageUrl = entry;
                break;
            default:
                value.Report.Unknown(entry, Keys, PlaceOf(name));
                break;
        }
    }

    /// <summary>Where under a server a key of this name stands, if it is one of ours.</summary>
    public static string? Place(string name) => Keys.Contains(name, StringComparer.Ordinal) ? "it stands under \"x-hub\""
        : SectionOf(name) is { } section ? $"it stands under \"x-hub\" in \"{section}\"" : null;

    private static string? PlaceOf(string name) => SectionOf(name) is { } section ? $"it stands in \"{section}\""
        : ServerSection.Knows(name) ? "it stands beside \"x-hub\"" : null;

    private static string? SectionOf(string name) =>
        TimeoutKeys.Contains(name, StringComparer.Ordinal) ? "timeouts"
        : RestartKeys.Contains(name, StringComparer.Ordinal) ? "restart"
        : LimitKeys.Contains(name, StringComparer.Ordinal) ? "limits"
        : ToolKeys.Contains(name, StringComparer.Ordinal) ? "tools" : null;

    private static IReadOnlyList<string> Patterns(ConfigView list) => [.. list.Items("a list of tool names; * stands for any text", "for example [\"get_*\"]").Select(item => item.Text("a tool name; * stands for any text")).OfType<string>()];

    private void Restart(ConfigView section)
    {
        Section(section, RestartKeys, (key, value) => Settings = key switch
        {
            "min" => Settings with { RestartMin = value.Duration(TimeSpan.FromMilliseconds(10), LongestWait) },
            "max" => Settings with { RestartMax = value.Duration(TimeSpan.FromMilliseconds(10), LongestWait) },
            "jitter" => Settings with { RestartJitter = value.Number(0, 1) },
            "attempts" => Settings with { RestartAttempts = value.Integer(0, 1_000_000) },
            _ => Settings with { RestartResetAfter = value.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)) },
        });

        // Against the defaults of contract 0.3 when only one of the two is written.
        var (min, max) = (Settings.RestartMin ?? TimeSpan.FromMilliseconds(500), Settings.RestartMax ?? TimeSpan.FromSeconds(60));
        if (min > max)
        {
            section.Report.Contradiction(section.At, section.Path, $"the shortest wait ({Durations.Format(min)}) is longer than the longest ({Durations.Format(max)})", "set both \"min\" and \"max\"");
        }
    }

    private static void Section(ConfigView section, string[] known, Action<string, ConfigView> read)
    {
        foreach (var entry in section.Members(known).Values)
        {
            if (known.Contains(entry.Name, StringComparer.Ordinal))
            {
                read(entry.Name, entry.Value);
            }
            else
            {
                section.Report.Unknown(entry, known);
            }
        }
    }

    private readonly record struct PinnedEra(Era? Era);
}
