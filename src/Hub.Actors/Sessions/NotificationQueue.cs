using System.Threading.Channels;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Sessions;

/// <summary>
/// A call's notifications in order, bounded: progress is coalesced when the reader is slow (the newest values survive, contract 3.6 "progress flood"), log
/// messages that find no place are refused, so that whoever counts them can say how many were lost. One writer, one reader.
/// </summary>
internal sealed class NotificationQueue : ChannelReader<Envelope>
{
    private const int MaxProgress = 64;
    private const int MaxOthers = 256;

    private readonly Lock _lock = new();
    private readonly List<Envelope> _queued = [];
    private TaskCompletionSource<bool>? _waiter;
    private int _progress;
    private bool _hasEnded;

    /// <summary>Adds a notification; false if there is no place for it.</summary>
    public bool TryWrite(Envelope notification)
    {
        TaskCompletionSource<bool>? waiter;
        lock (_lock)
        {
            var isProgress = IsProgress(notification);
            if (_hasEnded || (!isProgress && _queued.Count - _progress >= MaxOthers))
            {
                return false;
            }

            if (isProgress && ++_progress > MaxProgress)
            {
                _queued.RemoveAt(_queued.FindIndex(IsProgress));
                _progress--;
            }

            _queued.Add(notification);
            (waiter, _waiter) = (_waiter, null);
        }

        waiter?.TrySetResult(true);
        return true;
    }

    /// <summary>Nothing more comes. What was added before is still read.</summary>
    public void End()
    {
        TaskCompletionSource<bool>? waiter;
        lock (_lock)
        {
            _hasEnded = true;
            (waiter, _waiter) = (_waiter, null);
        }

        waiter?.TrySetResult(false);
    }

    public override bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out Envelope item)
    {
        lock (_lock)
        {
            if (_queued.Count == 0)
            {
                item = null;
                return false;
            }

            item = _queued[0];
            _queued.RemoveAt(0);
            _progress -= IsProgress(item) ? 1 : 0;
            return true;
        }
    }

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_queued.Count > 0 || _hasEnded)
            {
                return new ValueTask<bool>(_queued.Count > 0);
            }

            _waiter ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask<bool>(cancellationToken.CanBeCanceled ? _waiter.Task.WaitAsync(cancellationToken) : _waiter.Task);
        }
    }

    private static bool IsProgress(Envelope notification) => notification.Method == MethodNames.Progress;
}
