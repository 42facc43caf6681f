using System.Collections.Immutable;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using McpHub.Actors.Routing;

namespace McpHub.Benchmarks;

/// <summary>From the routed name in a scanned request to its owner.</summary>
[MemoryDiagnoser]
public class RouteBenchmarks
{
    private RoutingTable _table = RoutingTable.Empty;
    private Protocol.Wire.Envelope _request = null!;

    [Params(10, 2000)]
    public int Tools { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _ = Protocol.Wire.EnvelopeScanner.TryScan(Frames.Request, Protocol.Wire.ScanLimits.FromClient, out _request, out _);
        var route = new CallRoute(null!, null!, "\"weather\""u8.ToArray());
        _table = new RoutingTable
        {
            Tools = Enumerable.Range(1, Tools - 1).Select(i => "tool_" + i.ToString(CultureInfo.InvariantCulture)).Append("weather")
                .ToImmutableDictionary(name => name, name => new PublishedItem(ComponentKind.Tool, name, null!, default, route)),
        };
    }

    [Benchmark]
    public bool Route() => _table.TryRoute(new CallTarget(ComponentKind.Tool, _request.Text(Protocol.Wire.MemberOf.Params, "name"u8)!), out _, out _);
}
