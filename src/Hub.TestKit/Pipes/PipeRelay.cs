using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace McpHub.Testing.Pipes;

/// <summary>
/// The child process of <see cref="ScriptedServer.OverPipe"/>: it passes its standard input on to the test's process, and does what that says. It uses nothing but the framework.
/// Started as <c>dotnet exec McpHub.TestKit.dll PORT TOKEN [stubborn]</c>.
/// </summary>
internal static class PipeRelay
{
    /// <summary>Commands from the test: kind (1 byte), length of what follows (4 bytes, little-endian).</summary>
    public const byte Output = (byte)'o';
    public const byte Error = (byte)'e';
    public const byte Exit = (byte)'x';
    public const byte Kill = (byte)'k';
    public const byte StopReading = (byte)'s';
    public const byte GoOnReading = (byte)'r';

    public static int Main(string[] args)
    {
        if (args.Length < 2 || !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            Console.Error.WriteLine("the child process of McpHub.TestKit: it is started by a ScriptedServer");
            return 64;
        }

        using var term = args.Contains("stubborn") ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true) : null;
        using var socket = new TcpClient { NoDelay = true };
        socket.Connect("127.0.0.1", port);
        var test = socket.GetStream();
        test.Write(Encoding.ASCII.GetBytes(args[1] + "\n"));
        using var reading = new ManualResetEventSlim(initialState: true);
        var isStubborn = term is not null;
        new Thread(() => PassOn(socket, test, reading, isStubborn)) { IsBackground = true }.Start();
        try
        {
            return Obey(test, reading);
        }
        catch (IOException)
        {
            // The test is over.
            return 0;
        }
    }

    private static void PassOn(TcpClient socket, NetworkStream test, ManualResetEventSlim reading, bool isStubborn)
    {
        var stdin = Console.OpenStandardInput();
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                reading.Wait();
                var count = stdin.Read(buffer);
                // It may have been told to stop while it waited for this.
                reading.Wait();
                if (count == 0)
                {
                    break;
                }

                test.Write(buffer, 0, count);
            }

            if (!isStubborn)
            {
                socket.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception over) when (over is IOException or SocketException or ObjectDisposedException)
        {
            // The other thread ends the process.
        }
    }

    private static int Obey(NetworkStream test, ManualResetEventSlim reading)
    {
        var stdout = Console.OpenStandardOutput();
        var stderr = Console.OpenStandardError();
        var head = new byte[5];
        while (test.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1))];
            test.ReadExactly(body);
            switch (head[0])
            {
                case Output:
                    stdout.Write(body);
                    stdout.Flush();
                    break;
                case Error:
                    stderr.Write(body);
                    stderr.Flush();
                    break;
                case StopReading:
                    reading.Reset();
                    break;
                case GoOnReading:
                    reading.Set();
                    break;
                case Exit:
                    return BinaryPrimitives.ReadInt32LittleEndian(body);
                case Kill:
                    System.Diagnostics.Process.GetCurrentProcess().Kill();
                    Thread.Sleep(Timeout.Infinite);
                    break;
            }
        }

        return 0;
    }
}
