using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace McpHub.Load;

/// <summary>What one run of the generator saw. Times in microseconds.</summary>
internal sealed record Measured(double PerSecond, double Median, double P99, long Calls, long Bytes);

/// <summary>
/// Closed loop: each caller has one connection and sends its next call when the answer of the last one is complete. One thread over epoll,
/// so that the generator takes as little as it can of the cores that it shares. Every answer is checked: status, id, result.
/// </summary>
internal sealed class Generator : IDisposable
{
    private readonly Caller[] _callers;
    private readonly int _epoll;
    private readonly long[] _latencies = new long[Histogram.Size];
    private int _nextId = 1_000_000_000;

    public Generator(IPEndPoint to, CallTemplate call, int callers)
    {
        _epoll = Epoll.epoll_create1(0);
        _callers = [.. Enumerable.Range(0, callers).Select(i => new Caller(to, call.Copy()))];
        for (var i = 0; i < callers; i++)
        {
            Epoll.Add(_epoll, (int)_callers[i].Socket.Handle, i);
        }
    }

    public static Measured Run(IPEndPoint to, CallTemplate call, int callers, TimeSpan warmup, TimeSpan time, Action measuring)
    {
        using var generator = new Generator(to, call, callers);
        foreach (var caller in generator._callers)
        {
            generator.Send(caller);
        }

        generator.Loop(warmup);
        measuring();
        return generator.Loop(time);
    }

    public void Dispose()
    {
        foreach (var caller in _callers)
        {
            caller.Socket.Dispose();
        }

        _ = Epoll.close(_epoll);
    }

    private Measured Loop(TimeSpan time)
    {
        Array.Clear(_latencies);
        var (calls, bytes, start) = (0L, 0L, Stopwatch.GetTimestamp());
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        Span<int> ready = stackalloc int[256];
        long now;
        while ((now = Stopwatch.GetTimestamp()) < end)
        {
            var count = Epoll.Wait(_epoll, ready, 2000);
            if (count == 0)
            {
                throw new InvalidOperationException($"no answer came for 2 s with {_callers.Length} callers");
            }

            foreach (var index in ready[..count])
            {
                var caller = _callers[index];
                if (!caller.Receive())
                {
                    continue;
                }

                now = Stopwatch.GetTimestamp();
                caller.Check();
                _latencies[Histogram.Slot(Stopwatch.GetElapsedTime(caller.Sent, now).Ticks / TimeSpan.TicksPerMicrosecond)]++;
                calls++;
                bytes += caller.Filled;
                Send(caller);
            }
        }

        return new Measured(calls / Stopwatch.GetElapsedTime(start, now).TotalSeconds, Histogram.At(_latencies, calls, 0.5), Histogram.At(_latencies, calls, 0.99), calls, bytes);
    }

    private void Send(Caller caller)
    {
        caller.Begin(_nextId++);
        caller.Sent = Stopwatch.GetTimestamp();
        caller.Socket.Send(caller.Call.Bytes);
    }

    private sealed class Caller
    {
        private readonly byte[] _buffer = new byte[256 * 1024];
        private int _bodyStart;
        private int _length;

        public Caller(IPEndPoint to, CallTemplate call)
        {
            Call = call;
            Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Socket.Connect(to);
            Socket.Blocking = false;
        }

        public Socket Socket { get; }

        public CallTemplate Call { get; }

        public long Sent { get; set; }

        public int Filled { get; private set; }

        public void Begin(int id)
        {
            Call.SetId(id);
            (Filled, _bodyStart) = (0, 0);
        }

        /// <summary>Takes what has come. True when the answer is complete.</summary>
        public bool Receive()
        {
            var count = Socket.Receive(_buffer, Filled, _buffer.Length - Filled, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return false;
            }

            if (count == 0 || error != SocketError.Success)
            {
                throw new InvalidOperationException($"the connection ended before the answer: {error}");
            }

            Filled += count;
            var seen = _buffer.AsSpan(0, Filled);
            if (_bodyStart == 0)
            {
                var end = seen.IndexOf("\r\n\r\n"u8);
                if (end < 0)
                {
                    return false;
                }

                _bodyStart = end + 4;
                _length = ContentLength(seen[..end]);
            }

            return _length >= 0 ? Filled >= _bodyStart + _length : seen[_bodyStart..].EndsWith("\r\n0\r\n\r\n"u8);
        }

        public void Check()
        {
            var answer = _buffer.AsSpan(0, Filled);
            if (!answer.StartsWith("HTTP/1.1 200"u8) || answer.IndexOf(Call.Id) < 0 || Filled < Call.MinAnswer || answer.IndexOf("\"result\":"u8) < 0)
            {
                throw new InvalidOperationException("not the answer: " + System.Text.Encoding.UTF8.GetString(answer[..Math.Min(700, Filled)]));
            }
        }

        private static int ContentLength(ReadOnlySpan<byte> head)
        {
            var at = head.IndexOf("\r\nContent-Length: "u8);
            at = at < 0 ? head.IndexOf("\r\ncontent-length: "u8) : at;
            return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(head[(at + 18)..], out int length, out _) ? length : -1;
        }
    }
}

/// <summary>Latencies in microseconds with a relative error of at most 3 %.</summary>
internal static class Histogram
{
    public const int Size = 32 * 40;

    public static int Slot(long value)
    {
        var shift = Math.Max(0, 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)value | 1) - 5);
        return Math.Min(Size - 1, (32 * shift) + (int)(value >> shift));
    }

    public static double At(long[] counts, long total, double share)
    {
        var wanted = (long)Math.Ceiling(total * share);
        for (var slot = 0; slot < Size; slot++)
        {
            wanted -= counts[slot];
            if (wanted <= 0 && counts[slot] > 0)
            {
                var shift = slot < 64 ? 0 : (slot / 32) - 1;
                return (slot - (32L * shift)) * Math.Pow(2, shift);
            }
        }

        return 0;
    }
}
