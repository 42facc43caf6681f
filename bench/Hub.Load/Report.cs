using System.Globalization;
using System.Text;

namespace McpHub.Load;

/// <summary>The table, as Markdown.</summary>
internal sealed class Report(IReadOnlyList<Sample> samples, IReadOnlyList<(string Contender, int Servers, double MiB)> memory, IReadOnlyCollection<string> notes, RunOptions options)
{
    private const string Begin = "<!-- written by bench/load --record -->";
    private const string End = "<!-- end -->";

    public string Write()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:d MMM yyyy HH:mm} UTC, {Environment.ProcessorCount} cores ({Processor()}), .NET {Environment.Version}; {options.Rounds} interleaved rounds of {options.Time.TotalSeconds} s. Generator, contender and upstream share the cores. Ratios are medians of the rounds' ratios; CPU and bytes are those of the contender's process.");
        Floors(text);
        foreach (var scenario in Scenario.All.Where(scenario => samples.Any(sample => sample.Scenario == scenario.Name)))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {scenario.Title}").AppendLine();
            text.AppendLine("| size | callers | contender | calls/s | x direct | x YARP | x naive | p50 µs | p99 µs | CPU µs/call | bytes/call | RSS MiB |");
            text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
            foreach (var cell in samples.Where(sample => sample.Scenario == scenario.Name).GroupBy(sample => (sample.Call, sample.Callers)))
            {
                foreach (var contender in cell.GroupBy(sample => sample.Contender))
                {
                    var rows = contender.ToList();
                    text.AppendLine(CultureInfo.InvariantCulture, $"| {cell.Key.Call} | {cell.Key.Callers} | {contender.Key} | {Median(rows.Select(row => row.Load.PerSecond)):0} | {Ratio(cell, rows, "direct")} | {Ratio(cell, rows, "YARP")} | {Ratio(cell, rows, "naive")} "
                        + $"| {Median(rows.Select(row => row.Load.Median)):0} | {Median(rows.Select(row => row.Load.P99)):0} | {Median(rows.Select(row => row.CpuPerCall)):0.0} | {(rows[0].AllocatedPerCall is null ? "-" : Median(rows.Select(row => row.AllocatedPerCall ?? 0)).ToString("0", CultureInfo.InvariantCulture))} | {rows.Max(row => row.ResidentMiB):0} |");
                }
            }
        }

        if (memory.Count > 0)
        {
            text.AppendLine().AppendLine("### Resident memory, idle, children not counted").AppendLine().AppendLine("| stdio servers | contender | MiB |").AppendLine("|---|---|---|");
            foreach (var (contender, servers, size) in memory)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| {servers} | {contender} | {size:0} |");
            }
        }

        foreach (var note in notes)
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

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    // The floors that the project set itself; each is a ratio of one run.
    private void Floors(StringBuilder text)
    {
        var rows = new List<(string What, double Seen, string Floor)>();
        void Add(string what, string scenario, string call, int callers, string other, string floor, Func<Sample, double> value)
        {
            var cell = samples.Where(sample => sample.Scenario == scenario && sample.Call == call && sample.Callers == callers).ToList();
            if (Ratios(cell, cell.Where(sample => sample.Contender == "hub"), other, value) is { Count: > 0 } ratios)
            {
                rows.Add(($"{what}, {(scenario.EndsWith("modern", StringComparison.Ordinal) ? "2026-07-28" : "2025-11-25")}", Median(ratios), floor));
            }
        }

        foreach (var era in new[] { "legacy", "modern" })
        {
            Add("HTTP, small, 32: hub / naive", "fixed-http-" + era, "small", 32, "naive", "2.0", sample => sample.Load.PerSecond);
            Add("HTTP, small, 32: hub / YARP", "fixed-http-" + era, "small", 32, "YARP", "1.0", sample => sample.Load.PerSecond);
            Add("HTTP, 64 KiB, 32: hub / naive", "fixed-http-" + era, "64 KiB", 32, "naive", "4.0", sample => sample.Load.PerSecond);
            Add("HTTP, 64 KiB, 32: hub / YARP", "fixed-http-" + era, "64 KiB", 32, "YARP", "0.75", sample => sample.Load.PerSecond);
            Add("stdio, small, 32: hub / naive", "fixed-stdio-" + era, "small", 32, "naive", "2.5", sample => sample.Load.PerSecond);
            Add("stdio, 64 KiB, 32: hub / naive", "fixed-stdio-" + era, "64 KiB", 32, "naive", "4.0", sample => sample.Load.PerSecond);
            Add("CPU per call, HTTP, small, 32: hub / YARP", "fixed-http-" + era, "small", 32, "YARP", "at most 0.9", sample => sample.CpuPerCall);
            Add("HTTP, small, 128: hub / naive", "fixed-http-" + era, "small", 128, "naive", "1.7", sample => sample.Load.PerSecond);
        }

        var fifty = memory.Where(row => row.Servers == 50).ToDictionary(row => row.Contender, row => row.MiB);
        if (fifty.TryGetValue("hub", out var hub) && fifty.TryGetValue("naive", out var naive))
        {
            rows.Add(("memory with 50 stdio servers: hub / naive", hub / naive, "at most 1.3"));
        }

        if (rows.Count == 0)
        {
            return;
        }

        text.AppendLine().AppendLine("| ratio | seen | floor |").AppendLine("|---|---|---|");
        foreach (var (what, seen, floor) in rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {seen:0.00} | {floor} |");
        }
    }

    private static string Ratio(IEnumerable<Sample> cell, IReadOnlyList<Sample> rows, string other) =>
        Ratios(cell, rows, other, sample => sample.Load.PerSecond) is { Count: > 0 } ratios ? Median(ratios).ToString("0.00", CultureInfo.InvariantCulture) : "-";

    private static List<double> Ratios(IEnumerable<Sample> cell, IEnumerable<Sample> rows, string other, Func<Sample, double> value) =>
        [.. from row in rows join mate in cell.Where(sample => sample.Contender == other) on row.Round equals mate.Round select value(row) / value(mate)];

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
}
