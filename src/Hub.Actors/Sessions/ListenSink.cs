namespace McpHub.Actors.Sessions;

/// <summary>One <see cref="ClientSession.ListenAsync"/>: events between the session actor, which writes, and one reader. Bounded; an event that still waits to be read is not added again.</summary>
internal sealed class ListenSink(SubscriptionFilter filter)
{
    /// <summary>Most events that wait (contract 1, CM-16).</summary>
    public const int MaxWaiting = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<SubscriptionEvent> _waiting = new();
    private readonly HashSet<SubscriptionEvent> _isWaiting = [];
    private TaskCompletionSource? _reader;
    private HubException? _failure;
    private bool _hasEnded;

    /// <summary>What was asked for, every URI once.</summary>
    public SubscriptionFilter Filter { get; } = filter with { ResourceSubscriptions = [.. filter.ResourceSubscriptions.Distinct(StringComparer.Ordinal)] };

    /// <summary>Session actor only: what the server honours; <c>null</c> before its first acknowledgement.</summary>
    public SubscriptionFilter? Honoured { get; set; }

    /// <summary>Session actor only: the request that carries the stream of a modern server.</summary>
    public long? Id { get; set; }

    /// <summary>Session actor only: the stream of <see cref="Id"/> is acknowledged.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Session actor only: attempts since the last acknowledgement.</summary>
    public int Failures { get; set; }

    /// <summary>Session actor only: the resources that are claimed for it at a legacy server.</summary>
    public List<string> Claimed { get; } = [];

    /// <summary>False if it finds no place: the subscription is then lost.</summary>
    public bool Push(SubscriptionEvent item)
    {
        TaskCompletionSource? reader;
        lock (_lock)
        {
            if (_hasEnded || !_isWaiting.Add(item))
            {
                return true;
            }

            if (_waiting.Count == MaxWaiting)
            {
                return false;
            }

            _waiting.Enqueue(item);
            (reader, _reader) = (_reader, null);
        }

        reader?.TrySetResult();
        return true;
    }

    /// <summary>Nothing more comes. What waits is still read, then <paramref name="failure"/> is thrown.</summary>
    public void End(HubException? failure)
    {
        TaskCompletionSource? reader;
        lock (_lock)
        {
            if (_hasEnded)
            {
                return;
            }

            (_hasEnded, _failure) = (true, failure);
            (reader, _reader) = (_reader, null);
        }

        reader?.TrySetResult();
    }

    /// <summary>The next event; <c>null</c> at the end.</summary>
    /// <exception cref="HubException">The subscription was lost or refused.</exception>
    public async ValueTask<SubscriptionEvent?> NextAsync(CancellationToken ct)
    {
        while (true)
        {
            Task reader;
            lock (_lock)
            {
                if (_waiting.TryDequeue(out var item))
                {
                    _isWaiting.Remove(item);
                    return item;
                }

                if (_hasEnded)
                {
                    return _failure is null ? null : throw _failure;
                }

                reader = (_reader ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await reader.WaitAsync(ct).ConfigureAwait(false);
        }
    }
}
