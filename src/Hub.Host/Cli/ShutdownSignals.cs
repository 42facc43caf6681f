using System.Runtime.InteropServices;

namespace McpHub.Host.Cli;

/// <summary>Ctrl+C, SIGTERM and a closed terminal. The first asks for a drain, a second one gives up what is still in flight.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource drain = new();
    private readonly CancellationTokenSource abort = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    public ShutdownSignals()
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Received();
            }));
        }
    }

    /// <summary>The first signal came.</summary>
    public CancellationToken Drain => drain.Token;

    /// <summary>A second signal came.</summary>
    public CancellationToken Abort => abort.Token;

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        drain.Dispose();
        abort.Dispose();
    }

    /// <summary>On a thread of the runtime's own: callbacks of a token must not hold it up.</summary>
    internal void Received() => _ = drain.IsCancellationRequested ? abort.CancelAsync() : drain.CancelAsync();
}
