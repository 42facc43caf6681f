using Akka;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.Transports.Framing;

namespace McpHub.Transports.Stdio;

/// <summary>
/// A connection to a child process over its standard streams. It is started by the first materialisation of <see cref="Inbound"/>; <see cref="Outbound"/> waits for that.
/// Reader and writer are separate graphs: a server that stops reading can't stop the hub reading, and a broken write loses nothing the server still said.
/// </summary>
internal sealed class StdioTransport(StdioServerParameters server, TimeProvider? time = null, int maxLineBytes = LineFraming.DefaultMaxLineBytes) : IDirectTransport
{
    /// <summary>How long what is still in the pipes of a process that is gone is waited for: a descendant may hold them open.</summary>
    internal static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<IChildProcess> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TransportClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _inboundDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outboundDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StderrTail _stderr = new(server.Env);
    private bool _opened;
    private bool _writerTaken;
    private bool _onPurpose;
    private bool _forced;
    private bool _inputClosed;
    private HubError? _reason;
    private Task? _shutdown;

    public TransportKind Kind => TransportKind.Channel;

    public bool ConfirmsWrites => true;

    public Source<FrameBatch, NotUsed> Inbound => Source.FromGraph(new StdioInboundStage(this));

    public Sink<OutboundFrame, NotUsed> Outbound => Sink.FromGraph(new StdioOutboundStage(this)).MapMaterializedValue(_ => NotUsed.Instance);

    public Source<NotUsed, NotUsed> InboundTo(IFrameReceiver receiver) => Source.FromGraph(new StdioInboundStage(this, receiver)).Select(_ => NotUsed.Instance);

    public Sink<OutboundFrame, OutboundWriter> DirectOutbound(int capacity) => Sink.FromGraph(new StdioOutboundStage(this, capacity));

    public Task<TransportClosed> Closed => _closed.Task;

    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    internal int MaxLineBytes { get; } = maxLineBytes;

    /// <summary>The process; fails with the spawn error.</summary>
    internal Task<IChildProcess> Started => _started.Task;

    /// <summary>The child's process id; <c>null</c> before it was started.</summary>
    internal int? ProcessId => _started.Task.IsCompletedSuccessfully ? _started.Task.Result.Id : null;

    /// <summary>Completes when the connection is being closed: with true on purpose, with false because it broke.</summary>
    internal Task<bool> Closing => _closing.Task;

    /// <summary>Completes when the process is gone or can't be written to: only its last words are left to read.</summary>
    internal Task Ending => _ending.Task;

    /// <summary>Runs the shutdown sequence once; every call returns when it is over, at most 6 s after the first.</summary>
    public ValueTask DisposeAsync() => new(ShutdownAsync(null));

    /// <summary>Takes the reading side and starts the process. False if it was taken before.</summary>
    internal bool TryOpen()
    {
        lock (_gate)
        {
            if (_opened)
            {
                return false;
            }

            _opened = true;
        }

        _ = RunAsync();
        return true;
    }

    /// <summary>Takes the writing side. False if it was taken before.</summary>
    internal bool TryTakeWriter()
    {
        lock (_gate)
        {
            var free = !_writerTaken;
            _writerTaken = true;
            return free;
        }
    }

    internal InvalidOperationException UsedTwice()
    {
        var error = HubErrors.TransportUsedTwice.With().For(server);
        return new InvalidOperationException(error.Message, HubException.From(error));
    }

    /// <summary>Begins to close the connection.</summary>
    /// <param name="reason">What broke; <c>null</c> if it is closed on purpose.</param>
    internal Task ShutdownAsync(HubError? reason)
    {
        lock (_gate)
        {
            if (_shutdown is not null)
            {
                return _shutdown;
            }

            _reason ??= reason;
            _onPurpose = _reason is null;
            if (_opened)
            {
                _closing.TrySetResult(_onPurpose);
                return _shutdown = Task.Run(StopAsync);
            }

            _opened = _writerTaken = true;
            _closed.TrySetResult(new TransportClosed(Error: null));
            return _shutdown = Task.CompletedTask;
        }
    }

    /// <summary>Everything was written and the owner completed the writing side: the server learns it by the end of its input.</summary>
    internal void CloseInput(IChildProcess child)
    {
        lock (_gate)
        {
            // Once its output has ended, the server is not ending because of this.
            _inputClosed = _shutdown is null && _reason is null;
        }

        child.Stdin.Dispose();
    }

    internal void WriteFailed(Exception cause)
    {
        // The connection is lost now, not when the process ends (contract 2, 1-14).
        _ending.TrySetResult();
        _ = ShutdownAsync(Lost($"writing to its standard input failed: {cause.Message}"));
    }

    internal async Task OutputEndedAsync(IChildProcess child, string how)
    {
        lock (_gate)
        {
            // The owner, who sees the end first, may close before the exit is known; that makes no purpose of a crash.
            if (_shutdown is null)
            {
                _reason = Lost(how);
            }
        }

        // As a rule the output ends because the process does; then the exit code says more than this.
        if (!await ProcessShutdown.Within(child.Exited, LastWords, Time).ConfigureAwait(false))
        {
            await ShutdownAsync(null).ConfigureAwait(false);
        }
    }

    internal void InboundStopped(bool finished)
    {
        _inboundDone.TrySetResult();
        if (!finished)
        {
            _ = ShutdownAsync(null);
        }
    }

    internal void OutboundStopped() => _outboundDone.TrySetResult();

    private HubError Lost(string reason) => HubErrors.ConnectionLost.With(("reason", reason)).For(server);

    private async Task RunAsync()
    {
        IChildProcess child;
        try
        {
            child = await ChildProcess.StartAsync(server).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            var error = failure as HubException ?? HubException.From(HubErrors.Defect.With(("reason", failure.Message)).For(server), failure);
            _started.TrySetException(error);
            _ending.TrySetResult();
            _closed.TrySetResult(new TransportClosed(error.Error));
            return;
        }

        var stderr = _stderr.DrainAsync(child.Stderr);
        _started.TrySetResult(child);
        await Task.WhenAny(child.Exited, _abandoned.Task).ConfigureAwait(false);
        ChildExit? exit = child.Exited.IsCompletedSuccessfully ? await child.Exited.ConfigureAwait(false) : null;
        var reason = ErrorOf(exit, child.Id);
        _ending.TrySetResult();

        await ProcessShutdown.Within(Task.WhenAll(stderr, _inboundDone.Task), LastWords, Time).ConfigureAwait(false);
        var tail = _stderr.Last();
        await child.Stdin.DisposeAsync().ConfigureAwait(false);
        await child.Stderr.DisposeAsync().ConfigureAwait(false);
        _closed.TrySetResult(new TransportClosed(reason is null ? null : reason with { Details = tail }) { ExitCode = exit?.Code, StderrTail = tail });

        await _inboundDone.Task.ConfigureAwait(false);
        child.Dispose();
    }

    private HubError? ErrorOf(ChildExit? exit, int id)
    {
        lock (_gate)
        {
            return exit switch
            {
                null => HubErrors.ProcessAbandoned.With(("pid", id)).For(server),
                _ when _onPurpose || (_inputClosed && exit.Value.Signal is null) => null,
                _ when _forced => _reason,
                _ => HubErrors.ServerExited.With(("exit", exit.Value)).For(server),
            };
        }
    }

    private async Task StopAsync()
    {
        IChildProcess child;
        try
        {
            child = await _started.Task.ConfigureAwait(false);
        }
        catch (HubException)
        {
            return; // Reported by Closed.
        }

        var flushed = _writerTaken ? _outboundDone.Task : Task.CompletedTask;
        if (!await ProcessShutdown.RunAsync(child, flushed, () => _forced = true, Time).ConfigureAwait(false))
        {
            _abandoned.TrySetResult();
        }

        await _closed.Task.ConfigureAwait(false);
    }
}
