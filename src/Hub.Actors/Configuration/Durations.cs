using System.Globalization;
using System.Text.RegularExpressions;

namespace McpHub.Actors.Configuration;

/// <summary>Durations as the published schema writes them: a whole number and <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
internal static partial class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Form().Match(text);
        if (!match.Success || !long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var unit = match.Groups[2].Value switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            _ => TimeSpan.TicksPerDay,
        };
        if (number > TimeSpan.MaxValue.Ticks / unit)
        {
            return false;
        }

        duration = TimeSpan.FromTicks(number * unit);
        return true;
    }

    /// <summary>The shortest spelling that <see cref="TryParse"/> reads back.</summary>
    public static string Format(TimeSpan duration) => duration.Ticks switch
    {
        var ticks when ticks % TimeSpan.TicksPerHour == 0 && ticks > 0 => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerHour}h"),
        var ticks when ticks % TimeSpan.TicksPerMinute == 0 && ticks > 0 => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerMinute}m"),
        var ticks when ticks % TimeSpan.TicksPerSecond == 0 => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}s"),
        var ticks => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerMillisecond}ms"),
    };

    [GeneratedRegex(@"\A([0-9]{1,18})(ms|s|m|h|d)\z")]
    private static partial Regex Form();
}
