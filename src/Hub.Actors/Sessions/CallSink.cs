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
    // Progress is coalesced when the reader is slow: the newest values survive (contract 3.6 "progress flood").
    private const int NotificationBuffer = 64;

    private readonly TaskCompletionSource<CallOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Envelope>? _notifications;

    /// <param name="wantsNotifications">False spares the buffer: notifications of this call are dropped.</param>
    public CallSink(bool wantsNotifications)
    {
        if (wantsNotifications)
        {
            _notifications = Channel.CreateBounded<Envelope>(new BoundedChannelOptions(NotificationBuffer)
            {
                FullMode = BoundedChannelFullMode.DropOldest,
                SingleReader = true,
                SingleWriter = true,
            });
        }
    }

    /// <summary>The call's notifications as the server sent them; <c>null</c> if none were asked for. Completes before <see cref="Outcome"/>.</summary>
    public ChannelReader<Envelope>? Notifications => _notifications?.Reader;

    /// <summary>How the call ended. Never faults and is never cancelled.</summary>
    public Task<CallOutcome> Outcome => _outcome.Task;

    /// <summary>Session only: hands on a notification.</summary>
    public void Push(Envelope notification) => _notifications?.Writer.TryWrite(notification);

    /// <summary>Session (or whoever refuses the call before it): ends the call. Only the first one counts.</summary>
    public bool TryComplete(in CallOutcome outcome)
    {
        _notifications?.Writer.TryComplete();
        return _outcome.TrySetResult(outcome);
    }

    public bool TryFail(HubError error) => TryComplete(new CallOutcome(null, error));
}
