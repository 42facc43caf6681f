using System.Text.RegularExpressions;
using McpHub.Actors.Configuration;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Configuration;

/// <summary>Reads the file's <c>hub</c> section. A mistake in it keeps the hub from starting.</summary>
internal static partial class HubSection
{
    private static readonly string[] Keys = ["listen", "endpoint", "naming", "startup"];
    private static readonly string[] NamingKeys = ["prefix", "separator", "maxLength"];
    private static readonly string[] StartupKeys = ["waitForRequired", "onInvalidServer"];
    private static readonly string[] ReservedPaths = ["/", "/health", "/alive"];

    private static readonly Dictionary<string, NamingPrefix> Prefixes = new(StringComparer.Ordinal)
    {
        ["auto"] = NamingPrefix.Auto,
        ["always"] = NamingPrefix.Always,
        ["never"] = NamingPrefix.Never,
    };

    private static readonly Dictionary<string, bool> OnInvalidServer = new(StringComparer.Ordinal)
    {
        ["isolate"] = false,
        ["fail"] = true,
    };

    public static HubFileSettings Read(ConfigView section)
    {
        var settings = new HubFileSettings();
        foreach (var entry in section.Members().Values)
        {
            var (name, _, value) = entry;
            switch (name)
            {
                case "listen":
                    settings = settings with { Listen = Listen(value) ?? settings.Listen };
                    break;
                case "endpoint":
                    settings = settings with { Endpoint = Endpoint(value) ?? settings.Endpoint };
                    break;
                case "naming":
                    settings = Naming(value, settings);
                    break;
                case "startup":
                    settings = Startup(value, settings);
                    break;
                default:
                    value.Report.Unknown(entry, Keys);
                    break;
            }
        }

        return settings;
    }

    private static Uri? Listen(ConfigView value)
    {
        if (value.Text() is not { } text)
        {
            return null;
        }

        var (address, error) = ListenAddress.Parse(text, value.Path);
        if (error is not null)
        {
            value.Report.Error(error, value.At);
        }

        return address;
    }

    private static string? Endpoint(ConfigView value)
    {
        if (value.Text() is not { } text)
        {
            return null;
        }

        if (!PlainPath().IsMatch(text) || ReservedPaths.Contains(text.TrimEnd('/') is "" ? "/" : text.TrimEnd('/'), StringComparer.OrdinalIgnoreCase))
        {
            value.Report.WrongValue(value, "a path such as \"/mcp\"", "/, /health and /alive are taken");
            return null;
        }

        return text;
    }

    private static HubFileSettings Naming(ConfigView section, HubFileSettings settings)
    {
        foreach (var entry in section.Members().Values)
        {
            var (name, _, value) = entry;
            switch (name)
            {
                case "prefix":
                    settings = settings with { Prefix = value.Choice(Prefixes) ?? settings.Prefix };
                    break;
                case "separator" when value.Text() is { } separator:
                    if (!SeparatorForm().IsMatch(separator))
                    {
                        value.Report.WrongValue(value, "one or two of the characters _ - .", "clients refuse other characters in names");
                        break;
                    }

                    settings = settings with { Separator = separator };
                    break;
                case "separator":
                    break;
                case "maxLength":
                    settings = settings with { MaxNameLength = value.Integer(16, 128) ?? settings.MaxNameLength };
                    break;
                default:
                    value.Report.Unknown(entry, NamingKeys);
                    break;
            }
        }

        return settings;
    }

    private static HubFileSettings Startup(ConfigView section, HubFileSettings settings)
    {
        foreach (var entry in section.Members().Values)
        {
            var (name, _, value) = entry;
            switch (name)
            {
                case "waitForRequired":
                    settings = settings with { WaitForRequired = value.Duration(TimeSpan.Zero, TimeSpan.FromMinutes(10)) ?? settings.WaitForRequired };
                    break;
                case "onInvalidServer":
                    settings = settings with { FailsOnInvalidServer = value.Choice(OnInvalidServer) ?? false };
                    break;
                default:
                    value.Report.Unknown(entry, StartupKeys);
                    break;
            }
        }

        return settings;
    }

    [GeneratedRegex(@"\A(/[A-Za-z0-9._~-]+)+\z")]
    private static partial Regex PlainPath();

    [GeneratedRegex(@"\A[_.-]{1,2}\z")]
    private static partial Regex SeparatorForm();
}
