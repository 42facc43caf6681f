using System.Text.Json;

namespace McpHub.Load;

/// <summary>One line of the table: medians over the rounds of one run; ratios are medians of the rounds' ratios, so that both sides had the same moment.</summary>
internal sealed record Row(string Scenario, string Call, int Callers, string Contender)
{
    public DateTime When { get; init; }

    public int Rounds { get; init; }

    public double Seconds { get; init; }

    public double PerSecond { get; init; }

    /// <summary>Calls per second as a multiple of another contender's.</summary>
    public Dictionary<string, double> Times { get; init; } = [];

    /// <summary>CPU per call as a multiple of YARP's.</summary>
    public double? CpuTimesYarp { get; init; }

    public double MedianMicroseconds { get; init; }

    public double P99Microseconds { get; init; }

    public double CpuMicroseconds { get; init; }

    public double? AllocatedBytes { get; init; }

    public double ResidentMiB { get; init; }
}

/// <summary>Resident memory of one contender with so many stdio servers.</summary>
internal sealed record MemoryRow(int Servers, string Contender, double MiB, DateTime When);

/// <summary>What could not be measured, and why.</summary>
internal sealed record Note(string Scenario, string Text);

/// <summary>All lines of a table. They may come from several runs: a run of a part replaces only what it measured again.</summary>
internal sealed record Results(IReadOnlyList<Row> Rows, IReadOnlyList<MemoryRow> Memory, IReadOnlyList<Note> Notes)
{
    private static readonly JsonSerializerOptions _format = new(JsonSerializerDefaults.Web);

    public static Results Of(IReadOnlyList<Sample> samples, IReadOnlyList<MemoryRow> memory, IEnumerable<Note> notes, RunOptions options)
    {
        var rows = new List<Row>();
        foreach (var cell in samples.GroupBy(sample => (sample.Scenario, sample.Call, sample.Callers)))
        {
            rows.AddRange(cell.GroupBy(sample => sample.Contender).Select(contender => RowOf([.. cell], [.. contender], options)));
        }

        return new Results(rows, memory, [.. notes.Distinct()]);
    }

    public static Results Load(string file) => File.Exists(file) ? JsonSerializer.Deserialize<Results>(File.ReadAllText(file), _format)! : new Results([], [], []);

    /// <summary>One line a row, so that a change of the table is read as one.</summary>
    public void Save(string file)
    {
        static string Lines<T>(IEnumerable<T> items) => string.Join(",\n", items.Select(item => JsonSerializer.Serialize(item, _format)));
        File.WriteAllText(file, $"{{\"rows\":[\n{Lines(Rows)}\n],\"memory\":[\n{Lines(Memory)}\n],\"notes\":[\n{Lines(Notes)}\n]}}\n");
    }

    /// <summary>These with what was measured since. Builds that <c>--also</c> names are not recorded.</summary>
    public Results With(Results newer, RunOptions options)
    {
        static (string, string, int) Cell(Row row) => (row.Scenario, row.Call, row.Callers);
        var measured = newer.Rows.Select(Cell).ToHashSet();
        return new Results(
            [.. Rows.Where(row => !measured.Contains(Cell(row))), .. newer.Rows.Where(row => !options.IsOther(row.Contender))],
            newer.Memory.Count > 0 ? newer.Memory : Memory,
            [.. Notes.Where(note => !options.Takes(note.Scenario)), .. newer.Notes]);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static Row RowOf(IReadOnlyList<Sample> cell, IReadOnlyList<Sample> own, RunOptions options)
    {
        var times = new Dictionary<string, double>();
        foreach (var other in (ReadOnlySpan<string>)["direct", "YARP", "naive", "hub"])
        {
            if (Ratios(cell, own, other, sample => sample.Load.PerSecond) is { Count: > 0 } ratios)
            {
                times[other] = Rounded(ratios, 3);
            }
        }

        return new Row(own[0].Scenario, own[0].Call, own[0].Callers, own[0].Contender)
        {
            When = DateTime.UtcNow,
            Rounds = own.Count,
            Seconds = options.Time.TotalSeconds,
            PerSecond = Rounded(own.Select(sample => sample.Load.PerSecond), 0),
            Times = times,
            CpuTimesYarp = Ratios(cell, own, "YARP", sample => sample.CpuPerCall) is { Count: > 0 } cpu ? Rounded(cpu, 3) : null,
            MedianMicroseconds = Rounded(own.Select(sample => sample.Load.Median), 0),
            P99Microseconds = Rounded(own.Select(sample => sample.Load.P99), 0),
            CpuMicroseconds = Rounded(own.Select(sample => sample.CpuPerCall), 1),
            AllocatedBytes = own[0].AllocatedPerCall is null ? null : Rounded(own.Select(sample => sample.AllocatedPerCall ?? 0), 0),
            ResidentMiB = Math.Round(own.Max(sample => sample.ResidentMiB)),
        };
    }

    private static double Rounded(IEnumerable<double> values, int digits) => Math.Round(Median(values), digits);

    private static List<double> Ratios(IEnumerable<Sample> cell, IEnumerable<Sample> own, string other, Func<Sample, double> value) =>
        [.. from sample in own join mate in cell.Where(sample => sample.Contender == other) on sample.Round equals mate.Round select value(sample) / value(mate)];
}
