using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpHub.Actors;
using McpHub.Actors.Servers;
using McpHub.Host;
using McpHub.TestSupport;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Scale;

/// <summary>Calls from clients of both eras through the socket to servers of both eras over both transports, which fail at points that a seed chooses.</summary>
public sealed class TenThousandCallsSpec(ITestOutputHelper output)
{
    private const int Seed = 20261124;
    private const int CallersPerServer = 16;

    private const string Result = "result";
    private const string Deadline = "HUB5104"; // 2002
    private const string Violation = "HUB2107"; // 2005
    private const string Unknown = "HUB2111"; // 2007
    private const string Status = "HUB2106"; // 2001
    private const string NotReady = "HUB2112"; // 2001
    private const string OwnError = "the server's own error";

    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _late = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _frozen = TimeSpan.FromMilliseconds(1500);

    /// <summary>Of a thousand calls to a stdio server so many fail so, and end so.</summary>
    private static readonly Fault[] _stdio =
    [
        new("twice", 20, Result),
        new("neither", 15, Violation), new("both", 15, Violation), new("double", 15, Violation), new("noObject", 15, Violation), new("deep", 15, Violation),
        // Nothing says which call these belong to.
        new("stray", 5, Deadline), new("noise", 5, Deadline), new("broken", 5, Deadline), new("badUtf8", 5, Deadline), new("otherId", 5, Deadline),
        // Unless it is the only one.
        new("nullId", 5, Deadline, OwnError),
        new("hang", 5, Deadline), new("late", 5, Deadline),
        new("freeze", 2, Deadline) { IsShared = true }, new("reset", 3, Unknown) { IsShared = true }, new("half", 3, Unknown) { IsShared = true },
    ];

    private static readonly Fault[] _http =
    [
        new("twice", 15, Result),
        new("neither", 10, Violation), new("both", 10, Violation), new("double", 10, Violation), new("noObject", 10, Violation), new("deep", 10, Violation),
        new("stray", 10, Violation), new("noise", 10, Violation), new("broken", 10, Violation), new("badUtf8", 10, Violation), new("otherId", 10, Violation),
        new("nullId", 10, OwnError),
        new("noEvent", 10, Violation), new("status202", 10, Violation), new("empty", 10, Violation), new("html", 10, Violation), new("brokenThenRight", 10, Violation),
        new("hang", 6, Deadline), new("hangWithin", 6, Deadline), new("late", 6, Deadline),
        new("reset", 10, Unknown), new("half", 10, Unknown), new("halfEvent", 10, Unknown),
        new("status500", 10, Status), new("status503", 10, Status),
    ];

    private readonly ConcurrentBag<Outcome> _outcomes = [];

    [Fact(DisplayName = "10,000 calls with the upstream reset, hung or answering garbage at seeded points: each ends exactly once, in time, with its result or the right error, and runs at most once")]
    public async Task Each_call_ends_exactly_once()
    {
        var calls = Rounds.Of(10_000);
        var folder = Directory.CreateTempSubdirectory("hub-faults-").FullName;
        await using var httpLegacy = new FaultyHttpPeer("http-legacy", Era.Legacy);
        await using var httpModern = new FaultyHttpPeer("http-modern", Era.Modern);
        await Task.WhenAll(httpLegacy.StartAsync(), httpModern.StartAsync());
        var servers = new[] { Stdio("stdio-legacy", Era.Legacy), Stdio("stdio-modern", Era.Modern), httpLegacy.Definition, httpModern.Definition };
        await using (var hub = await HubUnderTest.StartAsync(new HubHostOptions
        {
            Servers = [.. servers.Select(server => server with { CallTimeout = _deadline, RestartMin = TimeSpan.FromMilliseconds(20), RestartMax = TimeSpan.FromMilliseconds(100) })],
            Runtime = new HubRuntimeOptions { Naming = NamingRule.Always },
        }))
        {
            using var legacy = await RawClient.OpenAsync(hub.Host.Url, Era.Legacy);
            using var modern = await RawClient.OpenAsync(hub.Host.Url, Era.Modern);
            await Task.WhenAll(servers.Select((server, index) => LoadAsync(hub, server.Id, Plan(server, index, calls / servers.Length), [legacy, modern])));
            await HubUnderTest.EventuallyAsync(() => hub.Runtime.Table.Servers.All(server => server.Session.InFlight == 0) ? "" : null, "places of calls that have ended are still taken");
            await HubUnderTest.EventuallyAsync(() => hub.Host.Requests == 0 ? "" : null, "requests that were answered are still counted");
        }

        Report();
        Assert.Equal(calls, _outcomes.Count);
        Assert.Equal(calls, _outcomes.Select(outcome => outcome.Number).Distinct().Count());
        var ran = new[] { "stdio-legacy", "stdio-modern" }.SelectMany(id => File.ReadLines(LogOf(id))).Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            .Concat(httpLegacy.Ran).Concat(httpModern.Ran).CountBy(number => number).ToDictionary();
        var freezes = _outcomes.Where(outcome => outcome.Fault.Name == "freeze").ToLookup(outcome => outcome.Server, outcome => (From: outcome.Began, To: outcome.Began + _frozen + _deadline));
        var wrong = _outcomes.Select(outcome => (outcome, Why: WhatIsWrong(outcome, ran.GetValueOrDefault(outcome.Number), freezes[outcome.Server]))).Where(judged => judged.Why is not null).ToArray();
        Assert.True(wrong.Length == 0, $"seed {Seed}: {wrong.Length} ended wrongly, as {string.Join("\n", wrong.Take(10).Select(judged => $"{judged.Why}: {judged.outcome}"))}");

        // Each fault was met, and had its own effect and not only that of its neighbours.
        Assert.All(_stdio.Concat(_http), fault => Assert.Contains(_outcomes, outcome => outcome.Fault == fault && fault.Ends.Contains(outcome.How)));
        Directory.Delete(folder, recursive: true);

        string LogOf(string id) => Path.Combine(folder, id);

        ServerDefinition Stdio(string id, Era era) => new(id)
        {
            OpenTransport = () => McpTransports.Open(TestPeer.Server("faulty", LogOf(id), era == Era.Modern ? "modern" : "legacy")),
            TransportName = "stdio",
            Era = era,
        };
    }

    /// <summary>Which fault each call of a server meets.</summary>
    private static ConcurrentQueue<(int Number, Fault Fault)> Plan(ServerDefinition server, int index, int calls)
    {
        var random = new Random(Seed + index);
        var faults = server.TransportName == "stdio" ? _stdio : _http;
        return new(Enumerable.Range(0, calls).Select(number => (Number: (index * calls) + number, Fault: FaultAt(random.Next(1000))))
            .Select((call, number) => call.Fault.IsShared && number < calls / 2 ? call with { Fault = Fault.None } : call));

        Fault FaultAt(int point)
        {
            foreach (var fault in faults)
            {
                if ((point -= fault.PerMille) < 0)
                {
                    return fault;
                }
            }

            return Fault.None;
        }
    }

    /// <summary>What a call may have ended with, by what it met itself and by what happened to its server meanwhile.</summary>
    private static string? WhatIsWrong(Outcome outcome, int ran, IEnumerable<(TimeSpan From, TimeSpan To)> freezes)
    {
        // A stdio server has one connection: its end is the end of all that is open on it, and for a moment there is none.
        var isStdio = outcome.Server.StartsWith("stdio", StringComparison.Ordinal);
        var isNeighbour = isStdio && (outcome.How is Unknown or NotReady || (outcome.How == Deadline && outcome.Delivery == "notSent"));
        var isFrozen = isStdio && outcome.How == Deadline && freezes.Any(freeze => outcome.Began < freeze.To && outcome.Ended > freeze.From);
        return !outcome.Fault.Ends.Contains(outcome.How) && !isNeighbour && !isFrozen ? "the wrong end"
            : outcome.Ended - outcome.Began > _deadline + _late ? "too late"
            : ran > 1 ? "run twice"
            : outcome.How == Result && ran != 1 ? "a result of nothing"
            : outcome.Delivery == "notSent" && ran != 0 ? "run, and said not to be sent"
            : outcome.Delivery == "answered" && ran != 1 && outcome.How != OwnError ? "not run, and said to be answered"
            : null;
    }

    private async Task LoadAsync(HubUnderTest hub, string server, ConcurrentQueue<(int Number, Fault Fault)> plan, RawClient[] clients)
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, CallersPerServer).Select(caller => Task.Run(() => CallAsync(clients[caller % clients.Length]))));

        async Task CallAsync(RawClient client)
        {
            while (plan.TryDequeue(out var call))
            {
                var began = clock.Elapsed;
                var members = $$"""
                    "name":"{{server}}__do","arguments":{"n":{{call.Number}},"fault":"{{call.Fault.Name}}"}
                    """;
                var answer = await client.RequestAsync("tools/call", members, name: $"{server}__do", id: $"{call.Number}");
                var outcome = Read(answer, call.Number) with { Server = server, Fault = call.Fault, Began = began, Ended = clock.Elapsed };
                _outcomes.Add(outcome);
                if (outcome.How == NotReady)
                {
                    // Else the whole plan would be used up against a server that is just starting.
                    await hub.ExpectAsync(server, ServerPhase.Ready);
                }
            }
        }
    }

    private static Outcome Read(RawAnswer answer, int number)
    {
        using var json = JsonDocument.Parse(Assert.Single(answer.Messages));
        Assert.Equal(number, json.RootElement.GetProperty("id").GetInt32());
        Assert.True(json.RootElement.TryGetProperty("result", out var result) ^ json.RootElement.TryGetProperty("error", out var error), answer.Last);
        if (result.ValueKind == JsonValueKind.Object)
        {
            // The right one, and not that of a neighbour.
            Assert.Equal($"{number}", result.GetProperty("content")[0].GetProperty("text").GetString());
            return new Outcome(number, Result, Delivery: null, answer.Last);
        }

        return error.TryGetProperty("data", out var data) && data.TryGetProperty("hub", out var code)
            ? new Outcome(number, code.GetString()!, data.GetProperty("delivery").GetString(), answer.Last)
            : new Outcome(number, OwnError, Delivery: null, answer.Last);
    }

    private void Report()
    {
        foreach (var server in _outcomes.GroupBy(outcome => outcome.Server).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{server.Key}: {server.Count()} calls in {server.Max(outcome => outcome.Ended)}, slowest {server.Max(outcome => outcome.Ended - outcome.Began)}");
            foreach (var fault in server.GroupBy(outcome => outcome.Fault.Name))
            {
                output.WriteLine($"  {fault.Key}: {string.Join(", ", fault.CountBy(outcome => $"{outcome.How} {outcome.Delivery}").Select(how => $"{how.Value} x {how.Key}"))}");
            }
        }
    }

    private sealed record Fault(string Name, int PerMille, params string[] Ends)
    {
        public static Fault None { get; } = new("none", 0, Result);

        /// <summary>It befalls all that is open on the connection, also what should have met a fault of its own: so it comes in the second half only.</summary>
        public bool IsShared { get; init; }
    }

    private sealed record Outcome(int Number, string How, string? Delivery, string Answer)
    {
        public string Server { get; init; } = "";

        public Fault Fault { get; init; } = Fault.None;

        public TimeSpan Began { get; init; }

        public TimeSpan Ended { get; init; }
    }
}
