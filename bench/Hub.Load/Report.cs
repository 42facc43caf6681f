using System.Globalization;
using System.Text;

namespace McpHub.Load;

/// <summary>The table, as Markdown.</summary>
internal sealed class Report(Results results)
{
    private const string Begin = "<!-- written by bench/load --record -->";
    private const string End = "<!-- end -->";

    public string Write()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores ({Processor()}), .NET {Environment.Version}; interleaved rounds, generator, contender and upstream share the cores. Ratios are medians of the rounds' ratios; CPU and bytes are those of the contender's process.");
        Floors(text);
        foreach (var scenario in Scenario.All.Where(scenario => results.Rows.Any(row => row.Scenario == scenario.Name)))
        {
            var rows = results.Rows.Where(row => row.Scenario == scenario.Name).ToList();
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {scenario.Title}").AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"{Times(rows.Select(row => row.When))}; {rows.Min(row => row.Rounds)} rounds of {rows.Min(row => row.Seconds)} s.").AppendLine();
            text.AppendLine("| size | callers | contender | calls/s | x direct | x YARP | x naive | p50 µs | p99 µs | CPU µs/call | bytes/call | RSS MiB |");
            text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
            foreach (var row in rows.OrderByDescending(row => row.Call, StringComparer.Ordinal).ThenBy(row => row.Callers))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Call} | {row.Callers} | {row.Contender} | {row.PerSecond:0} | {Ratio(row, "direct")} | {Ratio(row, "YARP")} | {Ratio(row, "naive")} "
                    + $"| {row.MedianMicroseconds:0} | {row.P99Microseconds:0} | {row.CpuMicroseconds:0.0} | {row.AllocatedBytes?.ToString("0", CultureInfo.InvariantCulture) ?? "-"} | {row.ResidentMiB:0} |");
            }
        }

        if (results.Memory.Count > 0)
        {
            text.AppendLine().AppendLine("### Resident memory, idle for 15 s, children not counted").AppendLine().AppendLine(Times(results.Memory.Select(row => row.When)) + ".").AppendLine();
            text.AppendLine("| stdio servers | contender | MiB |").AppendLine("|---|---|---|");
            foreach (var row in results.Memory)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Servers} | {row.Contender} | {row.MiB:0} |");
            }
        }

        foreach (var note in results.Notes.Select(note => note.Text).Distinct().Order(StringComparer.Ordinal))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Left out: {note}");
        }

        return text.ToString();
    }

    public static void Replace(string file, string text)
    {
        var all = File.ReadAllText(file);
        var (begin, end) = (all.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, all.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(file, all[..begin] + "\n" + text.ReplaceLineEndings("\n") + all[end..]);
    }

    // The floors that the project set itself; each is a ratio of one run.
    private void Floors(StringBuilder text)
    {
        var lines = new List<(string What, double Seen, string Floor)>();
        void Add(string what, string scenario, string call, int callers, string floor, Func<Row, double?> value)
        {
            if (results.Rows.FirstOrDefault(row => row.Scenario == scenario && row.Call == call && row.Callers == callers && row.Contender == "hub") is { } hub && value(hub) is { } seen)
            {
                lines.Add(($"{what}, {(scenario.EndsWith("modern", StringComparison.Ordinal) ? "2026-07-28" : "2025-11-25")}", seen, floor));
            }
        }

        static Func<Row, double?> Over(string other) => row => row.Times.TryGetValue(other, out var times) ? times : null;
        foreach (var era in new[] { "legacy", "modern" })
        {
            var (http, stdio) = ("fixed-http-" + era, "fixed-stdio-" + era);
            Add("HTTP, small, 32: hub / naive", http, "small", 32, "2.0", Over("naive"));
            Add("HTTP, small, 32: hub / YARP", http, "small", 32, "1.0", Over("YARP"));
            Add("HTTP, 64 KiB, 32: hub / naive", http, "64 KiB", 32, "4.0", Over("naive"));
            Add("HTTP, 64 KiB, 32: hub / YARP", http, "64 KiB", 32, "0.75", Over("YARP"));
            Add("stdio, small, 32: hub / naive", stdio, "small", 32, "2.5", Over("naive"));
            Add("stdio, 64 KiB, 32: hub / naive", stdio, "64 KiB", 32, "4.0", Over("naive"));
            Add("CPU per call, HTTP, small, 32: hub / YARP", http, "small", 32, "at most 0.9", row => row.CpuTimesYarp);
            Add("HTTP, small, 128: hub / naive", http, "small", 128, "1.7", Over("naive"));
        }

        var fifty = results.Memory.Where(row => row.Servers == 50).ToDictionary(row => row.Contender, row => row.MiB);
        if (fifty.TryGetValue("hub", out var hub) && fifty.TryGetValue("naive", out var naive))
        {
            lines.Add(("memory with 50 stdio servers: hub / naive", hub / naive, "at most 1.3"));
        }

        if (lines.Count == 0)
        {
            return;
        }

        text.AppendLine().AppendLine("| ratio | seen | floor |").AppendLine("|---|---|---|");
        foreach (var (what, seen, floor) in lines)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {seen:0.00} | {floor} |");
        }
    }

    private static string Ratio(Row row, string other) => row.Times.TryGetValue(other, out var times) ? times.ToString("0.00", CultureInfo.InvariantCulture) : "-";

    private static string Times(IEnumerable<DateTime> times)
    {
        var (first, last) = (times.Min(), times.Max());
        return first.ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture) + (last - first > TimeSpan.FromMinutes(1) ? last.ToString(first.Date == last.Date ? "' to 'HH:mm" : "' to 'd MMM yyyy HH:mm", CultureInfo.InvariantCulture) : "") + " UTC";
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
}
