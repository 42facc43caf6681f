using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using McpHub.Faults;
using McpHub.Host;
using McpHub.Scenarios.Scale;
using McpHub.TestSupport;
using Xunit.Abstractions;

namespace McpHub.Scenarios.Faults;

/// <summary>
/// Calls over connections that are delayed, sliced into bytes, reset, half closed, swallowed and corrupted at points that a seed chooses. Which call is hit is not known, since
/// a connection carries many; what must hold of each is.
/// </summary>
public sealed class DisturbedConnectionsSpec(ITestOutputHelper output)
{
    private const int Seed = 20261125;
    private const int Callers = 16;

    // Some dozens of calls.
    private const int MeanBytes = 10_000;

    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _late = TimeSpan.FromSeconds(1);

    /// <summary>How a call may end, and whether the server may have run it.</summary>
    private static readonly Dictionary<string, string[]> _ends = new()
    {
        ["HUB5104"] = ["notSent", "unknown"], // its deadline
        ["HUB2111"] = ["notSent", "unknown"], // the connection broke
        ["HUB2112"] = ["notSent"], // no connection
        ["HUB2107"] = ["unknown", "answered"], // what came was no answer
        ["HUB2106"] = ["answered", "unknown"], // an HTTP status: what the server got was no request
    };

    /// <summary>A corrupt byte may leave a request that a lenient server reads as another one, which it does not know.</summary>
    private const string OwnError = "the server's own error";

    private readonly ConcurrentBag<Outcome> _outcomes = [];

    public static TheoryData<string> Transports => ["stdio", "Streamable HTTP 2025-11-25", "Streamable HTTP 2026-07-28"];

    [Theory(DisplayName = "2,000 calls over a disturbed connection: each ends exactly once, by its result or the right error, at most one second after its deadline, and runs at most once")]
    [MemberData(nameof(Transports))]
    public async Task Each_call_ends_exactly_once(string transport)
    {
        var calls = Rounds.Of(2_000);
        await using var server = transport == "stdio" ? new DisturbedStdio() : (DisturbedServer)await DisturbedHttp.StartAsync(transport.EndsWith("28", StringComparison.Ordinal) ? Era.Modern : Era.Legacy);
        await using (var hub = await HubUnderTest.BeginAsync(new HubHostOptions
        {
            Servers = [server.Definition with { CallTimeout = _deadline, RestartMin = TimeSpan.FromMilliseconds(20), RestartMax = TimeSpan.FromMilliseconds(100) }],
            Runtime = new HubRuntimeOptions { Naming = NamingRule.Always },
        }))
        {
            await hub.ExpectAsync("s", ServerPhase.Ready);
            using var legacy = await RawClient.OpenAsync(hub.Host.Url, Era.Legacy);
            using var modern = await RawClient.OpenAsync(hub.Host.Url, Era.Modern);
            var plan = new ConcurrentQueue<int>(Enumerable.Range(0, calls));
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(hub, plan, caller % 2 == 0 ? legacy : modern))));
            await HubUnderTest.EventuallyAsync(() => hub.Runtime.Table.Servers.All(each => each.Session.InFlight == 0) ? "" : null, "places of calls that have ended are still taken");
        }

        output.WriteLine(string.Join(", ", server.Seen.Select(seen => $"{seen.Value} connections {seen.Key}")));
        output.WriteLine(string.Join(", ", _outcomes.CountBy(outcome => $"{outcome.How} {outcome.Delivery}").Select(how => $"{how.Value} x {how.Key}")));
        Assert.Equal(calls, _outcomes.Select(outcome => outcome.Number).Distinct().Count());
        Assert.Equal(calls, _outcomes.Count);
        var ran = server.Ran.CountBy(number => number).ToDictionary();
        var wrong = _outcomes.Select(outcome => (outcome, Why: WhatIsWrong(outcome, ran.GetValueOrDefault(outcome.Number)))).Where(judged => judged.Why is not null).ToArray();
        Assert.True(wrong.Length == 0, $"seed {Seed}: {wrong.Length} ended wrongly, as {string.Join("\n", wrong.Take(10).Select(judged => $"{judged.Why}: {judged.outcome}"))}");

        // Calls got through, and calls were hit; each disturbance was met.
        Assert.InRange(_outcomes.Count(outcome => outcome.How == "result"), calls / 2, calls - 1);
        Assert.Equal(Enum.GetValues<Disturbance>(), server.Seen.Keys.Order());
    }

    private static string? WhatIsWrong(Outcome outcome, int ran) =>
        outcome.How == OwnError ? (ran == 0 ? null : "run, and refused")
        : outcome.How != "result" && !(_ends.TryGetValue(outcome.How, out var deliveries) && deliveries.Contains(outcome.Delivery)) ? "the wrong end"
        : outcome.Took > _deadline + _late ? "too late"
        : ran > 1 ? "run twice"
        : outcome.How == "result" && ran != 1 ? "a result of nothing"
        : outcome.Delivery == "notSent" && ran != 0 ? "run, and said not to be sent"
        : null;

    private async Task CallAsync(HubUnderTest hub, ConcurrentQueue<int> plan, RawClient client)
    {
        while (plan.TryDequeue(out var number))
        {
            var watch = Stopwatch.StartNew();
            var answer = await client.RequestAsync("tools/call", $$""" "name":"s__do","arguments":{"n":{{number}},"fault":"none"} """, name: "s__do", id: $"{number}");
            var outcome = Read(answer, number) with { Took = watch.Elapsed };
            _outcomes.Add(outcome);
            if (outcome.How == "HUB2112")
            {
                // Else the whole plan would be used up against a server that is just starting.
                await hub.ExpectAsync("s", ServerPhase.Ready);
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
            Assert.Equal($"{number}", result.GetProperty("content")[0].GetProperty("text").GetString());
            return new Outcome(number, "result", Delivery: null, answer.Last);
        }

        var data = error.TryGetProperty("data", out var found) ? found : default;
        return data.ValueKind == JsonValueKind.Object && data.TryGetProperty("hub", out var code)
            ? new Outcome(number, code.GetString()!, data.GetProperty("delivery").GetString(), answer.Last)
            : new Outcome(number, OwnError, Delivery: null, answer.Last);
    }

    private sealed record Outcome(int Number, string How, string? Delivery, string Answer)
    {
        public TimeSpan Took { get; init; }
    }

    /// <summary>A server behind a relay.</summary>
    private abstract class DisturbedServer : IAsyncDisposable
    {
        public abstract ServerDefinition Definition { get; }

        /// <summary>The calls it ran.</summary>
        public abstract IEnumerable<int> Ran { get; }

        public abstract IReadOnlyDictionary<Disturbance, int> Seen { get; }

        public abstract ValueTask DisposeAsync();
    }

    private sealed class DisturbedStdio : DisturbedServer
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hub-faults-");
        private readonly ConcurrentDictionary<Disturbance, int> _seen = new();
        private int _starts;

        public override ServerDefinition Definition => new("s")
        {
            OpenTransport = () =>
            {
                var seed = Seed + Interlocked.Increment(ref _starts);
                using var like = new DisturbedRelay(seed, MeanBytes);
                _seen.AddOrUpdate(like.Kind, 1, (_, count) => count + 1);
                return McpTransports.Open(TestPeer.Server("disturbed", $"{seed}", $"{MeanBytes}", "faulty", Log, "legacy"));
            },
            TransportName = "stdio",
            Era = Era.Legacy,
        };

        public override IEnumerable<int> Ran => File.ReadLines(Log).Select(line => int.Parse(line, CultureInfo.InvariantCulture));

        public override IReadOnlyDictionary<Disturbance, int> Seen => _seen;

        private string Log => Path.Combine(_folder.FullName, "ran");

        public override ValueTask DisposeAsync()
        {
            _folder.Delete(recursive: true);
            return default;
        }
    }

    private sealed class DisturbedHttp(FaultyHttpPeer peer, FaultProxy proxy, Era era) : DisturbedServer
    {
        public override ServerDefinition Definition => EmbeddedServer.FromParameters("s", new StreamableHttpParameters(proxy.Url) { Era = era }, options: null);

        public override IEnumerable<int> Ran => peer.Ran;

        public override IReadOnlyDictionary<Disturbance, int> Seen => proxy.Seen;

        public static async Task<DisturbedHttp> StartAsync(Era era)
        {
            var peer = new FaultyHttpPeer("s", era);
            await peer.StartAsync();
            return new DisturbedHttp(peer, new FaultProxy(peer.Url, Seed, MeanBytes), era);
        }

        public override async ValueTask DisposeAsync()
        {
            await proxy.DisposeAsync();
            await peer.DisposeAsync();
        }
    }
}
