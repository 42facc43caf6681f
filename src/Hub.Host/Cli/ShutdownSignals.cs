using System.Runtime.InteropServices;

namespace McpHub.Host.Cli;

/// <summary>Ctrl+C, SIGTERM and a closed terminal. The first asks for a drain, a second one gives up what is still in flight.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _drainRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];

    public ShutdownSignals()
    {
        _drain.Token.Register(_drainRequested.SetResult);
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Received();
            }));
        }
    }

    /// <summary>The first signal came.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Completes with <see cref="Drain"/>.</summary>
    public Task DrainRequested => _drainRequested.Task;

    /// <summary>A second signal came.</summary>
    public CancellationToken Abort => _abort.Token;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _drain.Dispose();
        _abort.Dispose();
    }

    /// <summary>On a thread of the runtime's own: callbacks of a token must not hold it up.</summary>
    internal void Received() => _ = _drain.IsCancellationRequested ? _abort.CancelAsync() : _drain.CancelAsync();
}
