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
    /// <c>null</c> when there are no more: then it has <see cref="Ended"/> or is about to.
    /// </summary>
    public abstract ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync();

    /// <summary>Whether anything can come before the answer.</summary>
    public abstract bool HasNotifications { get; }

    /// <summary>Completes when it has <see cref="Ended"/>, or before by <see cref="Interrupt"/>. Never faults.</summary>
    public abstract Task First { get; }

    /// <summary>Completes when the answer is there. Never faults.</summary>
    public abstract Task Ended { get; }

    /// <summary>The answer of a call that has <see cref="Ended"/>.</summary>
    public abstract RelayAnswer Answer();

    /// <summary>Whoever awaits <see cref="First"/> has waited long enough.</summary>
    public abstract void Interrupt();

    /// <summary>The client gave the call up: it ends at once and the server is told.</summary>
    public abstract void Cancel();
}

/// <summary>A call that never reached a session.</summary>
internal sealed class RefusedCall(RelayAnswer answer) : RelayedCall
{
    public override bool HasNotifications => false;

    public override Task First => Task.CompletedTask;

    public override Task Ended => Task.CompletedTask;

    public override ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync() => default;

    public override RelayAnswer Answer() => answer;

    public override void Interrupt()
    {
        // Nobody waits.
    }

    public override void Cancel()
    {
        // It is over already.
    }
}

/// <summary>A call that a session has.</summary>
internal sealed class RoutedCall(RelayRequest request, CallRoute route, StartedCall call, ReadOnlyMemory<byte> progressToken) : RelayedCall
{
    public override bool HasNotifications => call.Sink.Notifications is not null;

    public override Task First => call.Sink.First;

    public override Task Ended => call.Sink.Outcome;

    public override ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync() => call.Sink.Notifications is null ? default : NextAsync();

    public override RelayAnswer Answer()
    {
        var outcome = call.Sink.Outcome.Result;
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

    public override void Interrupt() => call.Sink.Interrupt();

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
