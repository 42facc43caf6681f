namespace McpHub.Actors.Sessions;

/// <summary>
/// Calls over the server's limit that wait for a place (<c>x-hub.limits.queue</c>), in order of arrival. They are rows of the table like the others, whose frame is not handed to the
/// transport yet: deadline, cancellation and the loss of the connection find them there. How many there may be is a matter of admission (<see cref="SessionRef"/>).
/// </summary>
internal sealed partial class UpstreamSession
{
    private readonly Queue<PendingRequest> _queue = new();

    /// <summary>Counted only when more was admitted than may be in flight.</summary>
    private bool MustQueue() => _server.MaxWaiting > 0 && (_queue.Count > 0 || (_self.InFlight > _server.MaxInFlight && Running() >= _server.MaxInFlight));

    private int Running() => _pending.Values.Count(request => request is { Call: not null, IsQueued: false });

    private void Enqueue(PendingRequest request)
    {
        request.IsQueued = true;
        _queue.Enqueue(request);
    }

    private void StartQueued(Connection connection)
    {
        if (_queue.Count == 0 || connection.Peer is not { } peer || _asleep is not null)
        {
            return;
        }

        var free = _server.MaxInFlight - Running();
        while (_queue.TryPeek(out var next))
        {
            var isWanted = _pending.TryGetValue(next.Id, out var row) && ReferenceEquals(row, next);
            if (isWanted && free-- <= 0)
            {
                return;
            }

            _queue.Dequeue();
            if (isWanted)
            {
                (next.IsQueued, next.Since) = (false, _clock.Elapsed);
                Start(connection, peer, next);
            }
        }
    }
}
