using BenchmarkDotNet.Attributes;
using McpHub.Protocol.Wire;

namespace McpHub.Benchmarks;

/// <summary>The one strict pass over each message.</summary>
[MemoryDiagnoser]
public class ScanBenchmarks
{
    [Params("Request", "Small", "Escapes", "Quoted", "Objects", "Greek")]
    public string Frame { get; set; } = "";

    private byte[] _frame = [];

    [GlobalSetup]
    public void Setup() => _frame = (byte[])typeof(Frames).GetProperty(Frame)!.GetValue(null)!;

    [Benchmark]
    public Envelope Scan() => EnvelopeScanner.TryScan(_frame, ScanLimits.FromServer, out var envelope, out _) ? envelope : throw new InvalidOperationException(Frame);
}
