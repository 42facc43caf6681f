using System.ComponentModel;
using System.Globalization;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Clock;

[McpServerToolType]
internal sealed class ClockTools
{
    [McpServerTool(Name = "current_time", Title = "Current time", ReadOnly = true, OpenWorld = false)]
    [Description("Tells date and time, in UTC or at an offset from it.")]
    public static string CurrentTime([Description("Hours from UTC, -12 to 14.")] int offsetHours = 0)
    {
        if (offsetHours is < -12 or > 14)
        {
            throw new McpException("offsetHours must be -12 to 14.");
        }

        return TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(offsetHours)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    [McpServerTool(Name = "add_days", Title = "Add days to a date", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("Counts days forward or back from a date and names the weekday.")]
    public static string AddDays(
        [Description("The date to count from, as yyyy-MM-dd.")] string date,
        [Description("Days to add; negative counts back.")] int days)
    {
        if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var start) || Math.Abs((long)days) > 100_000)
        {
            throw new McpException("date must be yyyy-MM-dd and days at most 100000 either way.");
        }

        return start.AddDays(days).ToString("yyyy-MM-dd, dddd", CultureInfo.InvariantCulture);
    }

    [McpServerTool(Name = "wait", Title = "Wait", ReadOnly = true, OpenWorld = false)]
    [Description("Waits for the given seconds, reports progress each second, and stops at once when the call is cancelled.")]
    public static async Task<string> Wait(
        [Description("1 to 600.")] int seconds,
        IProgress<ProgressNotificationValue> progress,
        CancellationToken cancellationToken)
    {
        if (seconds is < 1 or > 600)
        {
            throw new McpException("seconds must be 1 to 600.");
        }

        for (var passed = 1; passed <= seconds; passed++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            progress.Report(new() { Progress = passed, Total = seconds });
        }

        return $"Waited {seconds} s.";
    }
}
