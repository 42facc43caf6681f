using McpHub.Actors;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;

namespace McpHub;

/// <summary>
/// A connection to one MCP server, of either era. A thin handle: every member may be used from any thread, and disposing it has no scope or order to keep to.
/// </summary>
/// <remarks>
/// <para>A session by itself ends when its connection ends; <see cref="Completion"/> says why. A session of a <see cref="ClientSessionGroup"/> stays: the group reconnects its server.</para>
/// <para>Errors: what the server answers as an error is a <see cref="PeerException"/>, everything else another <see cref="HubException"/>, whose <see cref="HubException.Delivery"/> says
/// whether the server may have run the request. A tool that failed is a result (<see cref="CallToolResult.IsError"/>), no exception.</para>
/// </remarks>
public sealed partial class ClientSession : IAsyncDisposable
{
    // Contract 1, SG-12, and ARCHITECTURE 9.
    private static readonly TimeSpan _closeLimit = TimeSpan.FromSeconds(6);

    private readonly Lock _gate = new();
    private readonly ISessionHome _home;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly TaskCompletionSource<SessionClosed> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<InitializeResult>? _opening;
    private Task? _closing;
    private int _waiting;
    private volatile SessionPlace? _place;
    private volatile PeerView? _view;

    /// <summary>Makes a session on a transport, which it disposes with itself. Nothing happens before <see cref="InitializeAsync"/>.</summary>
    /// <param name="transport">The connection, not used before. It cannot be opened twice, so a server that ends on the era probe needs a pinned era or <see cref="ConnectAsync"/> (<c>HUB2116</c>).</param>
    /// <param name="options">The session's options.</param>
    public ClientSession(ITransport transport, ClientSessionOptions? options = null)
        : this(new LoneSessionHome(EmbeddedServer.FromTransport("server", transport ?? throw new ArgumentNullException(nameof(transport)), options).Lone(), options?.ActorSystem))
    {
    }

    internal ClientSession(ISessionHome home) => _home = home;

    /// <summary>Connects to a server and initializes the session.</summary>
    /// <param name="server">How to reach the server.</param>
    /// <param name="options">The session's options.</param>
    /// <param name="ct">Gives the connect up; nothing is left behind.</param>
    /// <exception cref="HubException">The server cannot be used; the code says why: <c>HUB2101</c> cannot be started, <c>HUB2103</c> ended by itself, <c>HUB2104</c> did not answer, <c>HUB2105</c> not reachable…</exception>
    public static async Task<ClientSession> ConnectAsync(ServerParameters server, ClientSessionOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        var definition = EmbeddedServer.FromParameters(server.Name ?? ServerIds.Suggest(server), server, options).Lone();
        var session = new ClientSession(new LoneSessionHome(definition, options?.ActorSystem));
        await session.InitializeAsync(ct).ConfigureAwait(false);
        return session;
    }

    /// <summary>What the server says of itself.</summary>
    /// <value><c>null</c> if it says nothing, as a modern server may, and before <see cref="InitializeAsync"/>.</value>
    public ServerInfo? ServerInfo => _place is null ? null : View.ServerInfo;

    /// <summary>What the server offers, as negotiated on its current or last connection.</summary>
    /// <exception cref="InvalidOperationException">The session is not initialized.</exception>
    public ServerCapabilities Capabilities => View.Capabilities;

    /// <summary>The protocol revision in force, for example <c>2025-11-25</c>.</summary>
    /// <exception cref="InvalidOperationException">The session is not initialized.</exception>
    public string ProtocolVersion => View.ProtocolVersion;

    /// <summary>The era of that revision.</summary>
    /// <exception cref="InvalidOperationException">The session is not initialized.</exception>
    public Era Era => ViewOf(Place).Peer.Era;

    /// <summary>The server's guidance for a model that uses it.</summary>
    /// <value><c>null</c> if it gives none, and before <see cref="InitializeAsync"/>.</value>
    public string? Instructions => _place is null ? null : View.Instructions;

    /// <summary>Completes, and never fails, when the session is over for good: disposed, disconnected from its group, or lost and not to be replaced.</summary>
    public Task<SessionClosed> Completion => _completion.Task;

    /// <summary>The server's id in its group or hub.</summary>
    internal string ServerId => Place.Server.Id;

    /// <summary>Calls that have a place and are not ended.</summary>
    internal int InFlight => Place.Session.InFlight;

    /// <summary>For a group that borrows it.</summary>
    internal SessionPlace OpenPlace => Place;

    private SessionPlace Place => _place ?? throw new InvalidOperationException("the session is not initialized: await InitializeAsync first");

    private InitializeResult View => ViewOf(Place).Result;

    /// <summary>
    /// Opens the connection: era probe, then discovery (2026-07-28) or handshake (2025-11-25, lifecycle). The first call does it, every other one gets the same result,
    /// also while the first is under way. If it fails, the connection is closed and stays so.
    /// </summary>
    /// <param name="ct">Stops waiting. When nobody waits any more, the attempt is given up and nothing is left behind.</param>
    /// <exception cref="HubException">The server cannot be used.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    public async Task<InitializeResult> InitializeAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        Task<InitializeResult> opening;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing is not null, this);
            opening = _opening ??= Observed(_place is null ? OpenAsync() : AlreadyOpenAsync());
            _waiting++;
        }

        try
        {
            return await opening.WaitAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (--_waiting == 0 && !opening.IsCompleted)
                {
                    _abandoned.Cancel();
                }
            }
        }
    }

    /// <summary>
    /// Closes the session: running calls end, the connection is closed, a server process is stopped (standard input closed, then SIGTERM, then SIGKILL). At most 6 s, any
    /// number of times, from any thread. A session of a group leaves the group.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync(drains: false).WaitAsync(_closeLimit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A disconnect that still drains, or a server that ignores everything: the end goes on without us, and the process is killed by its own clock.
        }
    }

    /// <summary>The group's disconnect; the first close decides whether running calls may go on.</summary>
    internal Task CloseAsync(bool drains)
    {
        lock (_gate)
        {
            return _closing ??= CloseOnceAsync(drains);
        }
    }

    /// <summary>For the group, which may see the server before its connect returns, or connected it by itself.</summary>
    internal void Attach(SessionPlace place)
    {
        lock (_gate)
        {
            if (_place is not null)
            {
                return;
            }

            _place = place;
        }

        place.Session.Ended.ContinueWith(ended => _completion.TrySetResult(SessionClosed.From(ended.Result)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<InitializeResult> OpenAsync()
    {
        // Off the caller's lock and thread: an actor system may have to be made.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        SessionPlace? place = null;
        try
        {
            place = await _home.OpenAsync(_abandoned.Token).ConfigureAwait(false);
            Attach(place);
            return View;
        }
        catch (OperationCanceledException)
        {
            // Whoever waited has got his own cancellation; this is for those who come later.
            _completion.TrySetResult(SessionClosed.OnPurpose);
            throw HubException.From(HubErrors.ServerDisconnected.With());
        }
        catch (Exception failure)
        {
            if (place is not null)
            {
                // It speaks the protocol, but what it said fits no type.
                await _home.CloseAsync(drains: false).ConfigureAwait(false);
            }

            _completion.TrySetResult(SessionClosed.Of(failure as HubException));
            throw;
        }
    }

    private async Task CloseOnceAsync(bool drains)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Task<InitializeResult>? opening;
        lock (_gate)
        {
            opening = _opening;
        }

        _abandoned.Cancel();
        if (opening is not null)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // A failed opening has cleaned up by itself.
        if (opening?.IsCompletedSuccessfully ?? _place is not null)
        {
            await _home.CloseAsync(drains).ConfigureAwait(false);
        }

        _completion.TrySetResult(SessionClosed.OnPurpose);
    }

    // When everybody stopped waiting, its failure is nobody's.
    private static Task<InitializeResult> Observed(Task<InitializeResult> opening)
    {
        opening.ContinueWith(failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return opening;
    }

    private Task<InitializeResult> AlreadyOpenAsync() => Task.Run(() => View);

    /// <summary>What the current connection taught; while there is none, or what it taught cannot be read, what the last one did.</summary>
    private PeerView ViewOf(SessionPlace place)
    {
        var view = _view;
        if (place.Session.Peer is not { } peer || ReferenceEquals(view?.Peer, peer))
        {
            return view ?? throw HubException.From(UpstreamCalls.NotReady(place.Session));
        }

        try
        {
            return _view = new PeerView(peer, peer.Era == Era.Legacy
                ? McpJson.Parse<InitializeResult>(peer.Answer, place.Server.Id)
                : InitializeResult.From(McpJson.Parse<DiscoverResult>(peer.Answer, place.Server.Id), peer.Revision));
        }
        catch (HubException) when (view is not null)
        {
            return view;
        }
    }

    private sealed record PeerView(PeerInfo Peer, InitializeResult Result);
}
