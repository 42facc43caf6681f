using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace McpHub.Actors.Sessions;

/// <summary>
/// Per actor system: the connections that are being closed, which a hub's drain waits for, and the end of calls that reach a session that is gone
/// (stopping an actor sends its queue to dead letters).
/// </summary>
internal sealed class OpenConnections : ExtensionIdProvider<OpenConnections>, IExtension
{
    private readonly ConcurrentDictionary<Task, string> _closing = new();
    private ILoggingAdapter? _log;

    public static OpenConnections Of(ActorSystem system) => system.WithExtension<OpenConnections, OpenConnections>();

    public override OpenConnections CreateExtension(ExtendedActorSystem system)
    {
        _log = Logging.GetLogger(system, nameof(OpenConnections));
        var listener = system.SystemActorOf(Props.Create(() => new DeadCallListener()), "hub-dead-calls");
        system.EventStream.Subscribe(listener, typeof(DeadLetter));
        return this;
    }

    /// <summary>Closes a transport outside of actors; completes when it is closed and never fails.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="owner">An actor of the hub that waits for it.</param>
    public Task TrackClosing(ITransport transport, ActorPath owner)
    {
        var closing = CloseAsync(transport);
        if (!closing.IsCompleted)
        {
            _closing[closing] = HubOf(owner);
            _ = closing.ContinueWith(done => _closing.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return closing;
    }

    /// <summary>Completes when everything of a hub that is closing now is closed. Another hub's hanging server is not waited for.</summary>
    public Task AllClosed(ActorPath supervisor) => Task.WhenAll(_closing.Where(closing => closing.Value == HubOf(supervisor)).Select(closing => closing.Key));

    // /user/hub-1/...
    private static string HubOf(ActorPath path) => path.Elements is { Count: > 1 } elements ? elements[1] : "";

    private async Task CloseAsync(ITransport transport)
    {
        // Off the actor's thread: a transport of a user may block in its dispose.
        await Task.Yield();
        try
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _log?.Error(failure, "A transport failed while it was disposed");
        }
    }

    /// <summary>Actor, one per actor system: ends the calls that arrive at a stopped session.</summary>
    private sealed class DeadCallListener : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is DeadLetter { Message: UpstreamSession.Call call })
            {
                call.EndUndelivered();
            }
        }
    }
}
