using System.Globalization;
using System.Text;
using McpHub.Actors.Embedding;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub;

/// <content>What a session tells its server, and the server's log.</content>
public sealed partial class ClientSession
{
    /// <summary>
    /// Sets the least severe log message that the server is to send. A legacy server is told at once (<c>logging/setLevel</c>) and again after every reconnect; to a modern one
    /// the level goes with every call, where <see cref="CallOptions.LogLevel"/> replaces it.
    /// </summary>
    /// <param name="level">The level.</param>
    /// <param name="ct">Gives the request up.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the eight.</exception>
    /// <exception cref="PeerException">The server answered with an error.</exception>
    /// <exception cref="HubException"><c>HUB5107</c>: the server sends no log messages. Otherwise as for <see cref="CallToolAsync(string, Newtonsoft.Json.Linq.JObject, CallOptions, CancellationToken)"/>.</exception>
    public async Task SetLoggingLevelAsync(LoggingLevel level, CancellationToken ct = default)
    {
        if (!Enum.IsDefined(level))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "it is none of the eight levels");
        }

        var session = Place.Session;
        if (Connected(session).Era == Era.Legacy)
        {
            await SendAsync<EmptyResult>(TypedRequest.SetLevel(level), null, null, ct).ConfigureAwait(false);
        }
        else
        {
            TypedCalls.RequireOffered(session, MethodNames.SetLevel);
        }

        session.LogLevel = level;
    }

    /// <summary>
    /// Tells the server how far the answer to one of its requests is (<c>notifications/progress</c>), from inside a callback. Nothing is sent if no such request is being answered,
    /// if <paramref name="progress"/> is no more than before, or to a modern server, which takes no notifications.
    /// </summary>
    /// <param name="token">The request's <see cref="ServerRequest.ProgressToken"/>.</param>
    /// <param name="progress">How much is done.</param>
    /// <param name="total">How much there is to do; <c>null</c> if that is not known.</param>
    /// <param name="message">What is being done; servers know it since 2025-03-26.</param>
    /// <param name="ct">Looked at before anything is sent.</param>
    /// <exception cref="ServerUnavailableException">The server is not connected.</exception>
    public Task SendProgressNotificationAsync(ProgressToken token, double progress, double? total = null, string? message = null, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        RequireFinite(progress, nameof(progress));
        RequireFinite(total ?? 0, nameof(total));
        Connected(Place.Session);
        byte[] parameters =
            [.. "{\"progressToken\":"u8, .. token.ToJson(), .. ",\"progress\":"u8, .. Number(progress),
                .. total is { } all ? (byte[])[.. ",\"total\":"u8, .. Number(all)] : [], .. message is null ? (byte[])[] : [.. ",\"message\":"u8, .. JsonText.Quote(message)], (byte)'}'];
        Place.Session.Actor.Tell(new UpstreamSession.ReportProgress(token, progress, parameters), Akka.Actor.ActorRefs.NoSender);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Tells the server that its roots have changed (<c>notifications/roots/list_changed</c>): it asks <see cref="ClientSessionOptions.ListRootsCallback"/> again. Nothing is sent
    /// unless <see cref="ClientSessionOptions.RootsListChanged"/> was declared, or to a modern server, which asks whenever it needs them.
    /// </summary>
    /// <param name="ct">Looked at before anything is sent.</param>
    /// <exception cref="ServerUnavailableException">The server is not connected.</exception>
    public Task SendRootsListChangedAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        var session = Place.Session;
        if (Connected(session).Era == Era.Legacy && session.Features.TellsRootsChanges)
        {
            session.Actor.Tell(new UpstreamSession.SendNotification(MethodNames.RootsListChanged), Akka.Actor.ActorRefs.NoSender);
        }

        return Task.CompletedTask;
    }

    private static PeerInfo Connected(SessionRef session) => session.Peer ?? throw HubException.From(UpstreamCalls.NotReady(session));

    private static void RequireFinite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "JSON has no such number");
        }
    }

    private static byte[] Number(double value) => Encoding.ASCII.GetBytes(value.ToString("R", CultureInfo.InvariantCulture));
}
