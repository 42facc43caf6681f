using System.Runtime.CompilerServices;
using Akka.Actor;
using McpHub.Actors.Embedding;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Revisions;

namespace McpHub;

/// <content>Subscriptions: to single resources, and to everything a filter names.</content>
public sealed partial class ClientSession
{
    /// <summary>
    /// Asks the server to tell when a resource changes: <see cref="ClientSessionOptions.MessageHandler"/> then gets <c>notifications/resources/updated</c>. Counted: the server is
    /// asked once, however often the same URI is subscribed to. It holds until as many <see cref="UnsubscribeResourceAsync"/>, also over a reconnect, after which the resource may
    /// have changed and is told of once. A modern server gets a <c>subscriptions/listen</c> for all of them.
    /// </summary>
    /// <param name="uri">The URI, sent byte for byte.</param>
    /// <param name="ct">Gives the request up.</param>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="HubException"><c>HUB5107</c>: the server offers no subscriptions. <c>HUB5121</c>: a modern server did not take this one.</exception>
    public async Task SubscribeResourceAsync(string uri, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ct.ThrowIfCancellationRequested();
        var session = Place.Session;
        var done = new TaskCompletionSource<CallOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Actor.Tell(new UpstreamSession.ClaimResource(uri, outcome => done.TrySetResult(outcome)), ActorRefs.NoSender);
        try
        {
            await EndAsync(session, done.Task, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What the server agrees to all the same is taken back.
            _ = done.Task.ContinueWith(
                outcome =>
                {
                    if (outcome.Result is { Error: null, Answer: null })
                    {
                        session.Actor.Tell(new UpstreamSession.ReleaseResource(uri), ActorRefs.NoSender);
                    }
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Takes one <see cref="SubscribeResourceAsync"/> back; with the last one the server is told. Without one nothing happens.</summary>
    /// <param name="uri">The URI.</param>
    /// <param name="ct">Stops waiting for the server's answer; it is told all the same.</param>
    /// <exception cref="PeerException">The server answered with an error; it counts as unsubscribed all the same.</exception>
    /// <exception cref="HubException">The server did not answer.</exception>
    public Task UnsubscribeResourceAsync(string uri, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ct.ThrowIfCancellationRequested();
        var session = Place.Session;
        var done = new TaskCompletionSource<CallOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Actor.Tell(new UpstreamSession.ReleaseResource(uri, outcome => done.TrySetResult(outcome)), ActorRefs.NoSender);
        return EndAsync(session, done.Task, ct);
    }

    private static async Task EndAsync(SessionRef session, Task<CallOutcome> done, CancellationToken ct)
    {
        await Task.WhenAny(done, session.Ended).WaitAsync(ct).ConfigureAwait(false);
        switch (done.IsCompleted ? await done.ConfigureAwait(false) : new CallOutcome(null, UpstreamCalls.NotReady(session)))
        {
            case { Error: { } error }:
                throw HubException.From(error);
            case { Answer: { } answer }:
                throw PeerErrors.From(answer, session.ServerId);
        }
    }

    /// <summary>
    /// Tells of changes until <paramref name="ct"/> fires or the enumeration is left. First comes <see cref="SubscriptionAcknowledged"/> with what the server honours of the filter.
    /// A stream that the server ends, or that breaks, is opened anew with growing waits (0.5 s to 15 s), also after a reconnect; then everything honoured is told as changed. A legacy
    /// server, which knows no such streams, is subscribed to one resource at a time. An event that still waits to be read is not told twice.
    /// </summary>
    /// <param name="filter">What to tell of.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="PeerException">The server refused it.</exception>
    /// <exception cref="HubException"><c>HUB5107</c>: the server knows no subscriptions. <c>HUB5164</c>: more than 1,024 events waited to be read. Why the session ended, if it ended by itself;
    /// one that was closed on purpose just ends the enumeration.</exception>
    public IAsyncEnumerable<SubscriptionEvent> ListenAsync(SubscriptionFilter filter, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var session = Place.Session;
        Connected(session);
        return EventsOf(session, new ListenSink(filter), ct);
    }

    private static async IAsyncEnumerable<SubscriptionEvent> EventsOf(SessionRef session, ListenSink sink, [EnumeratorCancellation] CancellationToken ct)
    {
        session.Actor.Tell(new UpstreamSession.OpenListen(sink), ActorRefs.NoSender);
        _ = session.Ended.ContinueWith(ended => sink.End(ended.Result.Error is { } error ? HubException.From(error) : null), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            while (await sink.NextAsync(ct).ConfigureAwait(false) is { } item)
            {
                yield return item;
            }
        }
        finally
        {
            session.Actor.Tell(new UpstreamSession.CloseListen(sink), ActorRefs.NoSender);
        }
    }
}
