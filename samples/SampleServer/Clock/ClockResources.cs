using System.ComponentModel;
using System.Globalization;
using System.Text;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpHub.SampleServer.Clock;

[McpServerResourceType]
internal sealed class ClockResources
{
    [McpServerResource(UriTemplate = "calendar://today", Name = "today", Title = "Today", MimeType = "text/plain")]
    [Description("Today's date in UTC, with weekday and week of the year.")]
    public static string Today()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return $"{now.ToString("dddd, yyyy-MM-dd", CultureInfo.InvariantCulture)}, week {ISOWeek.GetWeekOfYear(now)}";
    }

    [McpServerResource(UriTemplate = "calendar://{year}/{month}", Name = "month", Title = "A month", MimeType = "text/plain")]
    [Description("The calendar page of one month, weeks from Monday.")]
    public static string Month(int year, int month)
    {
        if (year is < 1 or > 9999 || month is < 1 or > 12)
        {
            throw new McpProtocolException($"There is no month {year}/{month}.", McpErrorCode.ResourceNotFound);
        }

        var first = new DateOnly(year, month, 1);
        var page = new StringBuilder("Mo Tu We Th Fr Sa Su\n").Append(' ', 3 * (((int)first.DayOfWeek + 6) % 7));
        for (var day = first; day.Month == month; day = day.AddDays(1))
        {
            page.Append(CultureInfo.InvariantCulture, $"{day.Day,2}").Append(day.DayOfWeek == DayOfWeek.Sunday ? '\n' : ' ');
            if (day == DateOnly.MaxValue)
            {
                break;
            }
        }

        return page.ToString().TrimEnd();
    }
}
