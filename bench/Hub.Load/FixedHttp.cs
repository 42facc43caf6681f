using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace McpHub.Load;

/// <summary>
/// The fixed upstream over HTTP/1.1. One thread over epoll, as the generator, one receive and one send a call: what it takes of the cores that it shares
/// presses the ratios between the contenders together.
/// </summary>
internal sealed class FixedHttp : IDisposable
{
    private readonly bool _modern;
    private readonly FixedAnswers _answers;
    private readonly int _epoll = Epoll.epoll_create1(0);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Dictionary<int, Connection> _connections = [];
    private readonly ArrayBufferWriter<byte> _output = new(256 * 1024);
    private readonly ArrayBufferWriter<byte> _chunks = new();
    private readonly Action<int> _begin;
    private readonly Action<int> _beginSession;
    private volatile bool _ended;

    private FixedHttp(IPEndPoint at, bool modern)
    {
        _modern = modern;
        _answers = new FixedAnswers(modern);
        _begin = length => Begin("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "u8, length);
        _beginSession = length => Begin("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: fixed\r\nContent-Length: "u8, length);
        _listener.Bind(at);
        _listener.Listen(512);
        Epoll.Add(_epoll, (int)_listener.Handle, (int)_listener.Handle);
    }

    /// <summary>Until SIGTERM or SIGINT.</summary>
    public static void Run(string url, bool modern)
    {
        using var server = new FixedHttp(IPEndPoint.Parse(new Uri(url).Authority), modern);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, server.End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, server.End);
        server.Loop();
    }

    public void Dispose()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Socket.Dispose();
        }

        _listener.Dispose();
        _ = Epoll.close(_epoll);
    }

    private void End(PosixSignalContext signal) => signal.Cancel = _ended = true;

    private void Loop()
    {
        Span<int> ready = stackalloc int[256];
        while (!_ended)
        {
            var count = Epoll.Wait(_epoll, ready, 500);
            foreach (var descriptor in ready[..count])
            {
                if (descriptor == (int)_listener.Handle)
                {
                    Accept();
                }
                else if (_connections.TryGetValue(descriptor, out var connection) && !(connection.Unsent.IsEmpty ? Read(connection) : Send(connection, connection.Unsent)))
                {
                    _connections.Remove(descriptor);
                    connection.Socket.Dispose();
                }
            }
        }
    }

    private void Accept()
    {
        var socket = _listener.Accept();
        socket.NoDelay = true;
        var connection = new Connection(socket);
        _connections.Add(connection.Descriptor, connection);
        Epoll.Add(_epoll, connection.Descriptor, connection.Descriptor);
    }

    /// <summary>Answers all requests that have come, in one write. False when the connection is over.</summary>
    private bool Read(Connection connection)
    {
        if (!connection.Receive())
        {
            return false;
        }

        _output.ResetWrittenCount();
        try
        {
            var at = 0;
            while (!connection.IsLast && FixedRequest.TryRead(connection.Seen[at..], _chunks, out var request))
            {
                Answer(request);
                at += request.Length;
                connection.IsLast = request.IsLast;
            }

            connection.Drop(at);
        }
        catch (InvalidDataException)
        {
            _output.Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8);
            connection.IsLast = true;
        }

        return _output.WrittenCount == 0 || Send(connection, _output.WrittenMemory);
    }

    private void Answer(FixedRequest request)
    {
        if (!request.Method.SequenceEqual("POST"u8))
        {
            _output.Write(request.Method.SequenceEqual("DELETE"u8)
                ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8
                : "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"u8);
        }
        else if (!_answers.TryAnswer(request.Body, _output, _modern || request.HasSession ? _begin : _beginSession))
        {
            _output.Write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"u8);
        }
    }

    private void Begin(ReadOnlySpan<byte> head, int length)
    {
        _output.Write(head);
        length.TryFormat(_output.GetSpan(11), out var written, provider: CultureInfo.InvariantCulture);
        _output.Advance(written);
        _output.Write("\r\n\r\n"u8);
    }

    /// <summary>What the socket does not take waits, and with it the connection's next requests. False when the connection is over.</summary>
    private bool Send(Connection connection, ReadOnlyMemory<byte> bytes)
    {
        var waited = !connection.Unsent.IsEmpty;
        var sent = connection.Send(bytes.Span);
        if (sent < 0)
        {
            return false;
        }

        var rest = bytes[sent..];
        connection.Unsent = waited ? rest : rest.ToArray();
        if (waited == rest.IsEmpty)
        {
            Epoll.Change(_epoll, connection.Descriptor, waited ? Epoll.Readable : Epoll.Writable, connection.Descriptor);
        }

        return !rest.IsEmpty || !connection.IsLast;
    }

    private sealed unsafe class Connection(Socket socket)
    {
        private const int DontWait = 0x40;
        private const int NoSignal = 0x4000;
        private const int Again = 11;
        private byte[] _buffer = new byte[16 * 1024];
        private int _filled;

        public Socket Socket => socket;

        public int Descriptor { get; } = (int)socket.Handle;

        public ReadOnlyMemory<byte> Unsent { get; set; }

        public bool IsLast { get; set; }

        public ReadOnlySpan<byte> Seen => _buffer.AsSpan(0, _filled);

        public bool Receive()
        {
            if (_filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, 2 * _filled);
            }

            fixed (byte* start = &_buffer[_filled])
            {
                var count = (int)recv(Descriptor, start, _buffer.Length - _filled, DontWait);
                _filled += Math.Max(count, 0);
                return count > 0 ? _filled <= 2 * FixedRequest.Largest : count < 0 && Marshal.GetLastPInvokeError() == Again;
            }
        }

        public void Drop(int count)
        {
            Seen[count..].CopyTo(_buffer);
            _filled -= count;
        }

        /// <summary>How much the socket took; less than 0 when the connection is over. (Socket.Send does not tell when it takes a part.)</summary>
        public int Send(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* start = bytes)
            {
                var count = (int)send(Descriptor, start, bytes.Length, DontWait | NoSignal);
                return count < 0 && Marshal.GetLastPInvokeError() == Again ? 0 : count;
            }
        }

        [DllImport("libc", SetLastError = true)]
        private static extern nint recv(int descriptor, byte* bytes, nint count, int flags);

        [DllImport("libc", SetLastError = true)]
        private static extern nint send(int descriptor, byte* bytes, nint count, int flags);
    }
}
