using System.Text;
using BenchmarkDotNet.Attributes;
using McpHub.Protocol.Wire;

namespace McpHub.Benchmarks;

/// <summary>What is changed in a message between two hops.</summary>
[MemoryDiagnoser]
public class SpliceBenchmarks
{
    private static readonly ReadOnlyMemory<byte> _name = Encoding.UTF8.GetBytes("\"get_weather\"");
    private Envelope _request = null!;
    private Envelope _result = null!;

    [GlobalSetup]
    public void Setup()
    {
        _ = EnvelopeScanner.TryScan(Frames.Request, ScanLimits.FromClient, out _request, out _);
        _ = EnvelopeScanner.TryScan(Frames.Escapes, ScanLimits.FromServer, out _result, out _);
    }

    /// <summary>Name replaced, one reserved key removed, a new envelope around it.</summary>
    [Benchmark]
    public byte[] Request() => FrameWriter.Request(42, _request.Method!, new EnvelopeSplicer(_request)
        .Set(MemberOf.Params, "name", _name)
        .Remove(MemberOf.ParamsMeta, "io.modelcontextprotocol/clientInfo"u8)
        .ToPart(MemberOf.Params).Span);

    /// <summary>An unchanged result: its bytes as they are.</summary>
    [Benchmark]
    public ReadOnlyMemory<byte> Result() => new EnvelopeSplicer(_result).ToPart(MemberOf.Result);
}
