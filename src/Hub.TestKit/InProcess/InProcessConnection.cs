using McpHub.Protocol.Errors;
using McpHub.Testing.Engine;
using McpHub.Transports.Framing;
using McpHub.Transports.Stdio;

namespace McpHub.Testing.InProcess;

/// <summary>A connection in memory. What the server writes goes through the line framing of a pipe, so that garbage, slices and unfinished lines are what they are there.</summary>
internal sealed class InProcessConnection : ScriptedConnection
{
    private const int SigKill = 9;

    private readonly ScriptedTransport _transport;
    private readonly Output _output;

    private InProcessConnection(ScriptedServer server, ScriptedTransport transport)
        : base(server, server.NextConnection()) => (_transport, _output) = (transport, new Output(server, transport));

    public override ReplyPath? Unasked => _output;

    public override bool StopsReading
    {
        get => _transport.StopsReading;
        set => _transport.StopsReading = value;
    }

    public static void Serve(ScriptedServer server, ScriptedTransport transport)
    {
        if (!server.IsUp)
        {
            transport.Break(Ended(new ConnectionEnd(1)));
            return;
        }

        var connection = new InProcessConnection(server, transport);
        server.OnOpened(connection);
        _ = connection.RunAsync();
    }

    public override Task EndAsync(ConnectionEnd how)
    {
        _output.End();
        _transport.Break(Ended(how));
        OnClosed();
        return Task.CompletedTask;
    }

    private static TransportClosed Ended(ConnectionEnd how)
    {
        var stderr = how.Stderr?.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(10).ToArray() ?? [];
        var exit = how.ExitCode is { } code ? new ChildExit(code, null) : new ChildExit(128 + SigKill, SigKill);
        return new TransportClosed(HubErrors.ServerExited.With(("exit", exit)) with { Details = stderr }) { ExitCode = exit.Code, StderrTail = stderr };
    }

    private async Task RunAsync()
    {
        await foreach (var frame in _transport.WrittenAsync().ConfigureAwait(false))
        {
            if (frame is OutboundFrame.Message message)
            {
                Receive(message.Utf8.ToArray(), _output);
            }
        }

        OnClosed();
    }

    private sealed class Output(ScriptedServer server, ScriptedTransport transport) : ReplyPath
    {
        private readonly Lock _gate = new();
        private readonly LineFraming _lines = new();
        private bool _isEnded;

        public override Task WriteAsync(ReadOnlyMemory<byte> utf8, bool isLast)
        {
            Write([.. utf8.Span, (byte)'\n']);
            return Task.CompletedTask;
        }

        public override Task WritePartAsync(ReadOnlyMemory<byte> utf8, int bytes)
        {
            Write(utf8[..bytes].ToArray());
            return Task.CompletedTask;
        }

        public void End()
        {
            lock (_gate)
            {
                var events = new List<InboundEvent>();
                _lines.End(events);
                Report(events);
                _isEnded = true;
            }
        }

        private void Write(byte[] bytes)
        {
            lock (_gate)
            {
                foreach (var slice in bytes.Chunk(server.SliceBytes ?? bytes.Length))
                {
                    var events = new List<InboundEvent>();
                    _lines.Append(slice, events);
                    Report(events);
                }
            }
        }

        private void Report(List<InboundEvent> events)
        {
            if (events.Count > 0 && !_isEnded)
            {
                transport.Report(new FrameBatch(events));
            }
        }
    }
}
