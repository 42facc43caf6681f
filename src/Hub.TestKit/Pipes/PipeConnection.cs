using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using McpHub.Testing.Engine;

namespace McpHub.Testing.Pipes;

/// <summary>One child process.</summary>
internal sealed class PipeConnection : ScriptedConnection
{
    // The child ends at once; a machine under load may take its time.
    private static readonly TimeSpan _endLimit = TimeSpan.FromSeconds(5);

    private readonly NetworkStream _child;
    private readonly Output _output;
    private volatile bool _stopsReading;

    public PipeConnection(ScriptedServer server, TcpClient child)
        : base(server, server.NextConnection()) => (_child, _output) = (child.GetStream(), new Output(this));

    public override ReplyPath? Unasked => _output;

    public override bool StopsReading
    {
        get => _stopsReading;
        set
        {
            _stopsReading = value;
            _ = _output.CommandAsync(value ? PipeRelay.StopReading : PipeRelay.GoOnReading, default);
        }
    }

    public async Task RunAsync()
    {
        var isUp = Server.IsUp;
        if (isUp)
        {
            Server.OnOpened(this);
        }
        else
        {
            await _output.CommandAsync(PipeRelay.Exit, [1, 0, 0, 0]).ConfigureAwait(false);
        }

        try
        {
            await ReadAsync(isUp).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The process was killed.
        }
        finally
        {
            OnClosed();
        }
    }

    /// <summary>The server is disposed: without its test the child ends.</summary>
    public void Drop() => _child.Close();

    public override async Task EndAsync(ConnectionEnd how)
    {
        if (how.Stderr is { } stderr)
        {
            await _output.CommandAsync(PipeRelay.Error, Encoding.UTF8.GetBytes(stderr.EndsWith('\n') ? stderr : stderr + "\n")).ConfigureAwait(false);
        }

        var code = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(code, how.ExitCode ?? 0);
        await _output.CommandAsync(how.ExitCode is null ? PipeRelay.Kill : PipeRelay.Exit, code).ConfigureAwait(false);
        await Task.WhenAny(Closed, Task.Delay(_endLimit)).ConfigureAwait(false);
    }

    private async Task ReadAsync(bool isUp)
    {
        var buffer = new byte[64 * 1024];
        using var line = new MemoryStream();
        int count;
        while ((count = await _child.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            for (var start = 0; start < count;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', start, count - start);
                line.Write(buffer, start, (end < 0 ? count : end) - start);
                start = end < 0 ? count : end + 1;
                if (end >= 0)
                {
                    if (isUp)
                    {
                        Receive(line.ToArray(), _output);
                    }

                    line.SetLength(0);
                }
            }
        }

        // The end of its input ends a server (2025-11-25, lifecycle, "Shutdown"); a stubborn child keeps this from us until it is killed.
        await _output.CommandAsync(PipeRelay.Exit, new byte[4]).ConfigureAwait(false);
    }

    private sealed class Output(PipeConnection connection) : ReplyPath
    {
        private readonly SemaphoreSlim _one = new(1);

        public override Task WriteAsync(ReadOnlyMemory<byte> utf8, bool isLast) => WriteAsync((byte[])[.. utf8.Span, (byte)'\n']);

        public override Task WritePartAsync(ReadOnlyMemory<byte> utf8, int bytes) => WriteAsync(utf8[..bytes].ToArray());

        public async Task CommandAsync(byte kind, byte[]? body)
        {
            await _one.WaitAsync().ConfigureAwait(false);
            try
            {
                await SendAsync(kind, body ?? []).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // The process has ended before.
            }
            finally
            {
                _one.Release();
            }
        }

        private async Task WriteAsync(byte[] bytes)
        {
            await _one.WaitAsync().ConfigureAwait(false);
            try
            {
                foreach (var slice in bytes.Chunk(connection.Server.SliceBytes ?? bytes.Length))
                {
                    await SendAsync(PipeRelay.Output, slice).ConfigureAwait(false);
                }
            }
            finally
            {
                _one.Release();
            }
        }

        private async Task SendAsync(byte kind, byte[] body)
        {
            var frame = new byte[5 + body.Length];
            frame[0] = kind;
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(1), body.Length);
            body.CopyTo(frame, 5);
            await connection._child.WriteAsync(frame).ConfigureAwait(false);
        }
    }
}
