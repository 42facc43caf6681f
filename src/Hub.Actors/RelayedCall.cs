using McpHub.Actors.Bridging;
using McpHub.Actors.Routing;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;

namespace McpHub.Actors;

/// <summary>A running call of a client.</summary>
internal abstract class RelayedCall
{
    /// <summary>
    /// Waits for the next notification to send to the client before the answer (a whole frame, tokens mapped back);
    /// <c>null</c> when there are no more: then <see cref="Answer"/> is complete or about to be.
    /// </summary>
    public abstract ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync();

    /// <summary>Completes when the answer is there. Never faults.</summary>
    public abstract Task Ended { get; }

    /// <summary>The answer. Never faults.</summary>
    public abstract ValueTask<RelayAnswer> Answer();

    /// <summary>The client gave the call up: it ends at once and the server is told.</summary>
    public abstract void Cancel();
}

/// <summary>A call that never reached a session.</summary>
internal sealed class RefusedCall(RelayAnswer answer) : RelayedCall
{
    public override Task Ended => Task.CompletedTask;

    public override ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync() => default;

    public override ValueTask<RelayAnswer> Answer() => new(answer);

    public override void Cancel()
    {
        // It is over already.
    }
}

/// <summary>A call that a session has.</summary>
internal sealed class RoutedCall(RelayRequest request, CallRoute route, StartedCall call, ReadOnlyMemory<byte> progressToken) : RelayedCall
{
    public override Task Ended => call.Sink.Outcome;

    public override ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync() => call.Sink.Notifications is null ? default : NextAsync();

    public override async ValueTask<RelayAnswer> Answer()
    {
        var outcome = await call.Sink.Outcome.ConfigureAwait(false);
        if (outcome.Answer is not { } upstream)
        {
            return Bridge.Failure(request, outcome.Error!);
        }

        var answer = Bridge.Between(request.Era, call.Peer!.Era).Answer(request, route, call.Peer, upstream);
        // A call that we cancelled has ended already: this server says "cancelled" by itself, and its client still waits.
        return answer.Cancelled
            ? Bridge.Failure(request, UpstreamCalls.WithServer(HubErrors.UpstreamViolation.With(("reason", "it cancelled a request that nobody had cancelled")), route.Server.Id) with { Delivery = Delivery.Answered })
            : answer;
    }

    public override void Cancel() => call.Cancel();

    private async ValueTask<ReadOnlyMemory<byte>?> NextAsync()
    {
        var notifications = call.Sink.Notifications!;
        while (await notifications.WaitToReadAsync().ConfigureAwait(false))
        {
            while (notifications.TryRead(out var notification))
            {
                var frame = Bridge.Between(request.Era, call.Peer!.Era).Notification(request, notification, progressToken);
                if (!frame.IsEmpty)
                {
                    return frame;
                }
            }
        }

        return null;
    }
}
