using System.Buffers.Binary;
using System.Net.Sockets;

/// <summary>
/// Loaded into each managed process under test by DOTNET_STARTUP_HOOKS: whoever connects to its socket gets the bytes it has allocated so far.
/// So nothing of the product knows of the measurement.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1050", Justification = "The runtime looks for the type in the global namespace.")]
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("HUB_BENCH_PROBES") is { } folder)
        {
            new Thread(() => Serve(Path.Combine(folder, $"{Environment.ProcessId}.sock"))) { IsBackground = true }.Start();
        }
    }

    private static void Serve(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Span<byte> answer = stackalloc byte[8];
        while (true)
        {
            using var reader = listener.Accept();
            BinaryPrimitives.WriteInt64LittleEndian(answer, GC.GetTotalAllocatedBytes(precise: false));
            reader.Send(answer);
        }
    }
}
