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
    private readonly TaskCompletionSource<CallOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NotificationQueue? _notifications;

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
    public Task<CallOutcome> Outcome => _outcome.Task;

    /// <summary>Session only: hands on a notification; false if it was lost.</summary>
    public bool Push(Envelope notification) => _notifications?.TryWrite(notification) ?? false;

    /// <summary>Session (or whoever refuses the call before it): ends the call. Only the first one counts.</summary>
    public bool TryComplete(in CallOutcome outcome)
    {
        _notifications?.End();
        return _outcome.TrySetResult(outcome);
    }

    public bool TryFail(HubError error) => TryComplete(new CallOutcome(null, error));
}
