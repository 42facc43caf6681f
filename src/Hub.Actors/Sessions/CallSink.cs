using System.Threading.Channels;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Sessions;

/// <summary>How a call ended: exactly one of the two is set.</summary>
/// <param name="Answer">The server's response envelope, result or error.</param>
/// <param name="Error">The hub's own error.</param>
internal readonly record struct CallOutcome(Envelope? Answer, HubError? Error);

/// <summary>
/// Where a call's events go: its notifications in order, then exactly one outcome. The session is the only writer (ARCHITECTURE 3, step 4).
/// A reader takes all of <see cref="Notifications"/> first and then awaits <see cref="Outcome"/>, so that no result overtakes its progress.
/// </summary>
internal sealed class CallSink
{
    private readonly TaskCompletionSource<CallOutcome> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NotificationQueue? _notifications;
    private TaskCompletionSource<CallOutcome>? _interrupted;

    /// <param name="wantsProgress">Whether anybody reads the progress of this call.</param>
    /// <param name="logs">Which log messages its client takes; <c>null</c> = none.</param>
    public CallSink(bool wantsProgress, LogFloor? logs = null)
    {
        Logs = logs;
        if (wantsProgress || logs is not null)
        {
            _notifications = new NotificationQueue();
        }
    }

    /// <summary>Which log messages the call's client takes; <c>null</c> = none.</summary>
    public LogFloor? Logs { get; }

    /// <summary>The call's notifications as the server sent them; <c>null</c> if none were asked for. Completes before <see cref="Outcome"/>.</summary>
    public ChannelReader<Envelope>? Notifications => _notifications;

    /// <summary>How the call ended. Never faults and is never cancelled.</summary>
    public Task<CallOutcome> Outcome => IsInterrupted ? _interrupted!.Task : _first.Task;

    /// <summary>Completes with <see cref="Outcome"/>, or before it by <see cref="Interrupt"/>: so a reader who cannot wait for ever waits once, for both.</summary>
    public Task First => _first.Task;

    private bool IsInterrupted => _first.Task is { IsCompleted: true, Result: { Answer: null, Error: null } };

    /// <summary>Session only: hands on a notification; false if it was lost.</summary>
    public bool Push(Envelope notification) => _notifications?.TryWrite(notification) ?? false;

    /// <summary>Session (or whoever refuses the call before it): ends the call. Only the first one counts.</summary>
    public bool TryComplete(in CallOutcome outcome)
    {
        _notifications?.End();
        return _first.TrySetResult(outcome) || (IsInterrupted && _interrupted!.TrySetResult(outcome));
    }

    /// <summary>Reader: whoever awaits <see cref="First"/> goes on although the call has not ended. Nothing happens if it has.</summary>
    public void Interrupt()
    {
        if (!_first.Task.IsCompleted)
        {
            Interlocked.CompareExchange(ref _interrupted, new TaskCompletionSource<CallOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), null);
            _first.TrySetResult(default);
        }
    }

    public bool TryFail(HubError error) => TryComplete(new CallOutcome(null, error));
}
