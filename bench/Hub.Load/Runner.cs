using System.Globalization;
using System.Net;

namespace McpHub.Load;

/// <summary>One contender's run in one round of one cell.</summary>
internal sealed record Sample(string Scenario, string Call, int Callers, string Contender, int Round, Measured Load, double CpuPerCall, double? AllocatedPerCall, double ResidentMiB);

/// <summary>Rounds in which every contender has its turn, so that what else runs on the machine meets all of them alike.</summary>
internal static class Runner
{
    private static readonly TimeSpan _jit = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = RunOptions.Parse(arguments);
        var folder = Directory.CreateTempSubdirectory("hub-bench-").FullName;
        var samples = new List<Sample>();
        var notes = new List<Note>();
        try
        {
            foreach (var scenario in Scenario.All.Where(scenario => options.Takes(scenario.Name)))
            {
                using var bench = new Bench(options.Root, folder);
                var leftOut = new SortedSet<string>(StringComparer.Ordinal);
                samples.AddRange(await MeasureAsync(scenario, bench, options, leftOut));
                notes.AddRange(leftOut.Select(text => new Note(scenario.Name, text)));
            }

            var memory = options.Takes("memory") ? await MeasureMemoryAsync(options, folder, notes) : [];
            var results = Results.Of(samples, memory, notes, options);
            Console.WriteLine(new Report(results).Write());
            if (options.Record is { } readme)
            {
                var data = Path.Combine(Path.GetDirectoryName(readme)!, "results.json");
                results = Results.Load(data).With(results, options);
                results.Save(data);
                Chart.Save(results, Path.Combine(Path.GetDirectoryName(readme)!, "calls.svg"));
                Report.Replace(readme, new Report(results).Write());
            }

            return samples.Count + memory.Count > 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Load on one URL that is there already.</summary>
    public static async Task<int> DriveAsync(Uri url, bool modern, string[] arguments)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i + 1 < arguments.Length; i += 2)
        {
            options[arguments[i]] = arguments[i + 1];
        }

        var seconds = double.Parse(options.GetValueOrDefault("--seconds", "5"), CultureInfo.InvariantCulture);
        var warmup = double.Parse(options.GetValueOrDefault("--warmup", "2"), CultureInfo.InvariantCulture);
        var callers = int.Parse(options.GetValueOrDefault("--callers", "32"), CultureInfo.InvariantCulture);
        var session = await CallTemplate.ConnectAsync(url, modern, CancellationToken.None);
        var call = CallTemplate.Make(url, modern, session, new ToolCall("", options["--tool"], options.GetValueOrDefault("--arguments", "{}"), 1));
        var seen = Generator.Run(new IPEndPoint(IPAddress.Loopback, url.Port), call, callers, TimeSpan.FromSeconds(warmup), TimeSpan.FromSeconds(seconds), () => { });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seen.PerSecond:0} calls/s, p50 {seen.Median:0} µs, p99 {seen.P99:0} µs, {seen.Calls} calls, {seen.Bytes / Math.Max(1, seen.Calls)} bytes each"));
        return 0;
    }

    private static async Task<List<Sample>> MeasureAsync(Scenario scenario, Bench bench, RunOptions options, SortedSet<string> notes)
    {
        var contenders = new List<Contender>();
        var leftOut = new List<string>();
        foreach (var contender in scenario.Start(bench, options.Hubs(bench), leftOut))
        {
            try
            {
                await contender.ConnectAsync(scenario.Modern);
                if (options.Compares(contender.Name))
                {
                    contenders.Add(contender);
                }
            }
            catch (InvalidOperationException failed) when (contender.Name != "direct")
            {
                leftOut.Add($"{contender.Name} in {scenario.Name}: {failed.Message}");
            }
        }

        notes.UnionWith(leftOut);
        foreach (var contender in contenders.ToArray())
        {
            foreach (var call in scenario.Calls.Where(options.Takes))
            {
                if (Try(scenario, call, contender, Math.Min(32, options.Callers.Max()), -1, _jit, _jit / 4) is { Failure: { } failure })
                {
                    notes.Add($"{contender.Name} in {scenario.Name}, {call.Label}: {failure}");
                }
            }
        }

        var samples = new List<Sample>();
        foreach (var call in scenario.Calls.Where(options.Takes))
        {
            foreach (var callers in options.Callers)
            {
                for (var round = 0; round < options.Rounds; round++)
                {
                    for (var i = 0; i < contenders.Count; i++)
                    {
                        var contender = contenders[(i + round) % contenders.Count];
                        var (sample, failure) = Try(scenario, call, contender, callers, round, options.Warmup, options.Time);
                        if (sample is not null)
                        {
                            samples.Add(sample);
                        }
                        else
                        {
                            notes.Add($"{contender.Name} in {scenario.Name}, {call.Label}, {callers} callers: {failure}");
                        }
                    }
                }

                await Console.Error.WriteLineAsync($"{scenario.Name} {call.Label} {callers}: " + string.Join(", ", contenders.Select(contender =>
                    $"{contender.Name} {Results.Median(samples.Where(sample => sample.Contender == contender.Name && sample.Call == call.Label && sample.Callers == callers).Select(sample => sample.Load.PerSecond)):0}")));
            }
        }

        return samples;
    }

    private static (Sample? Taken, string? Failure) Try(Scenario scenario, ToolCall call, Contender contender, int callers, int round, TimeSpan warmup, TimeSpan time)
    {
        var (cpu, allocated) = (0.0, default(long?));
        var process = contender.Process;
        try
        {
            var seen = Generator.Run(contender.Address, CallTemplate.Make(contender.Url, scenario.Modern, contender.SessionId, call), callers, warmup, time,
                () => (cpu, allocated) = (process.Cpu, process.Allocated));
            return (new Sample(scenario.Name, call.Label, callers, contender.Name, round, seen, (process.Cpu - cpu) / seen.Calls, (double?)(process.Allocated - allocated) / seen.Calls, process.ResidentMiB), null);
        }
        catch (Exception failed) when (failed is InvalidOperationException or System.Net.Sockets.SocketException or IOException)
        {
            return (null, $"{failed.Message} {process.LastWords}".ReplaceLineEndings(" "));
        }
    }

    // Resident memory of the one in the middle, its children not counted, after each server was called once.
    private static async Task<List<MemoryRow>> MeasureMemoryAsync(RunOptions options, string folder, List<Note> notes)
    {
        var seen = new List<MemoryRow>();
        foreach (var servers in new[] { 1, 50 })
        {
            using var bench = new Bench(options.Root, folder);
            string[] command = Bench.FixedStdio(modern: false);
            Contender[] both =
            [
                bench.Naive(modern: false, [.. Enumerable.Range(0, servers).SelectMany(_ => (string[])["--stdio", .. command])]),
                bench.OfHub("hub", bench.Hub, modern: false, Enumerable.Range(0, servers).ToDictionary(i => $"s{i}", _ => Bench.HubEntry(modern: false, null, command))),
            ];
            foreach (var contender in both)
            {
                try
                {
                    await contender.ConnectAsync(modern: false);
                    await Task.Delay(15_000);    // idle: what the start left has been collected in both
                    seen.Add(new MemoryRow(servers, contender.Name, Math.Round(contender.Process.ResidentMiB, 1), DateTime.UtcNow));
                }
                catch (InvalidOperationException failed)
                {
                    notes.Add(new Note("memory", $"{contender.Name} with {servers} servers: {failed.Message}"));
                }
            }
        }

        return seen;
    }
}

/// <summary>What is measured, and for how long.</summary>
internal sealed record RunOptions
{
    public string Root { get; init; } = Directory.GetCurrentDirectory();

    public int Rounds { get; init; } = 5;

    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(0.3);

    public int[] Callers { get; init; } = [1, 32, 128];

    public string? Record { get; init; }

    private string[] Scenarios { get; init; } = [];

    private string[] Contenders { get; init; } = [];

    private string[] Sizes { get; init; } = [];

    private Dictionary<string, string> Others { get; init; } = [];

    public static RunOptions Parse(string[] arguments)
    {
        var options = new RunOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value");
            options = arguments[i] switch
            {
                "--root" => options with { Root = value },
                "--rounds" => options with { Rounds = Math.Clamp(int.Parse(value, CultureInfo.InvariantCulture), 1, 25) },
                "--seconds" => options with { Time = Seconds(value) },
                "--warmup" => options with { Warmup = Seconds(value) },
                "--callers" => options with { Callers = [.. value.Split(',').Select(count => Math.Clamp(int.Parse(count, CultureInfo.InvariantCulture), 1, 128))] },
                "--scenarios" => options with { Scenarios = value.Split(',') },
                "--contenders" => options with { Contenders = value.Split(',') },
                "--sizes" => options with { Sizes = value.Split(',') },
                "--also" => options with { Others = options.Others.Append(new(value[..value.IndexOf('=')], value[(value.IndexOf('=') + 1)..])).ToDictionary() },
                "--record" => options with { Record = value },
                _ => throw new ArgumentException($"unknown option {arguments[i]}"),
            };
        }

        return options;
    }

    /// <summary>No name given: all.</summary>
    public bool Takes(string scenario) => Scenarios.Length == 0 || Scenarios.Any(wanted => scenario.StartsWith(wanted, StringComparison.Ordinal));

    public bool Takes(ToolCall call) => Sizes.Length == 0 || Sizes.Any(size => call.Label.StartsWith(size, StringComparison.Ordinal));

    public bool Compares(string contender) => Contenders.Length == 0 || Contenders.Contains(contender) || Others.ContainsKey(contender);

    /// <summary>A build that <c>--also</c> names.</summary>
    public bool IsOther(string contender) => Others.ContainsKey(contender);

    /// <summary>The hub of this tree, and other builds of it that <c>--also NAME=hub.dll</c> names.</summary>
    public Dictionary<string, string> Hubs(Bench bench) => Others.Prepend(new("hub", bench.Hub)).ToDictionary();

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(Math.Clamp(double.Parse(text, CultureInfo.InvariantCulture), 0.1, 60));
}
