using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using McpHub.Protocol.Revisions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub.Testing.Http;

/// <summary>
/// Streamable HTTP of both eras on a raw socket: a web server would not let a test break the protocol below it (docs/decisions/0043-testkit.md).
/// </summary>
internal sealed class HttpEndpoint : IAsyncDisposable
{
    private const string SessionHeader = "Mcp-Session-Id";

    private readonly ScriptedServer _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    // Whether a request is being answered on it.
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly ConcurrentDictionary<string, HttpSession> _sessions = new();
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private HttpSession? _modern;

    public HttpEndpoint(ScriptedServer server)
    {
        _server = server;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/mcp");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    public void LoseSessions()
    {
        foreach (var id in _sessions.Keys)
        {
            Lose(id);
        }
    }

    /// <summary>The process behind the address is gone, and another one there that knows nothing.</summary>
    public Task EndAllAsync()
    {
        LoseSessions();
        lock (_gate)
        {
            _modern?.Over();
            _modern = null;
        }

        // Idle ones first: a client that sees its request fail may send the next one at once, and not into a connection that is about to be reset.
        foreach (var (socket, _) in _sockets.ToArray().OrderBy(open => open.Value))
        {
            Reset(socket);
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting.ConfigureAwait(false);
        await EndAllAsync().ConfigureAwait(false);
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Its client was faster.
        }

        socket.Close();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync().ConfigureAwait(false));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        _sockets[socket] = false;
        try
        {
            socket.NoDelay = true;
            using var stream = new NetworkStream(socket, ownsSocket: false);
            var reader = new HttpReader(stream);
            while (_server.IsUp && await reader.ReadAsync().ConfigureAwait(false) is { } request)
            {
                _sockets[socket] = true;
                if (!_server.IsUp || !await AnswerAsync(socket, reader, request).ConfigureAwait(false))
                {
                    break;
                }

                _sockets[socket] = false;
            }

            if (!_server.IsUp)
            {
                Reset(socket);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // The client or the script closed it.
        }
        finally
        {
            _sockets.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    /// <returns>Whether the connection can carry another request.</returns>
    private async Task<bool> AnswerAsync(Socket socket, HttpReader reader, HttpRequestHead request)
    {
        var response = new HttpResponse(_server, socket, request.Method == "GET");
        var session = request.Header(SessionHeader) is { } id ? _sessions.GetValueOrDefault(id) : null;
        if (request.Header(SessionHeader) is not null && session is null)
        {
            // 2025-11-25, transports, "Session Management" 4.
            return await response.WriteStatusAsync(404, "text/plain", "no such session").ConfigureAwait(false);
        }

        switch (request.Method)
        {
            case "DELETE" when session is not null:
                Lose(session.Id!);
                return await response.WriteStatusAsync(200, "text/plain", "").ConfigureAwait(false);
            case "GET" when session is not null:
                return await StreamAsync(session, reader, response).ConfigureAwait(false);
            case "POST":
                return await PostAsync(session, reader, request, response).ConfigureAwait(false);
            default:
                return await response.WriteStatusAsync(405, "text/plain", "").ConfigureAwait(false);
        }
    }

    private async Task<bool> PostAsync(HttpSession? session, HttpReader reader, HttpRequestHead request, HttpResponse response)
    {
        var message = ReceivedMessage.Parse(request.Body);
        var method = (string?)message?["method"];
        var connection = session;
        if (method == MethodNames.Initialize && _server.Speaks(Era.Legacy))
        {
            connection = Begin();
            response.Headers = $"{SessionHeader}: {connection.Id}\r\n";
        }
        else if (session is null && _server.Speaks(Era.Modern) && (ProtocolRevision.IsModern(request.Header("MCP-Protocol-Version")) || IsModern(message)))
        {
            connection = Modern();
        }

        if (connection is null)
        {
            return await response.WriteStatusAsync(400, "text/plain", $"{SessionHeader} is missing").ConfigureAwait(false);
        }

        if (connection.StopsReading)
        {
            await GoneAsync(reader, Task.Delay(Timeout.Infinite)).ConfigureAwait(false);
            return false;
        }

        connection.Receive(request.Body, response, request.Headers);
        if (method is null || message!["id"] is not { } id)
        {
            return await response.WriteStatusAsync(202, "text/plain", "").ConfigureAwait(false);
        }

        if (await GoneAsync(reader, response.Done).ConfigureAwait(false))
        {
            connection.Cancel(id.ToString(Formatting.None));
            return false;
        }

        return true;
    }

    // One stream for all that the server says unasked; it stays open until either side ends it.
    private static async Task<bool> StreamAsync(HttpSession session, HttpReader reader, HttpResponse response)
    {
        await response.OpenAsync().ConfigureAwait(false);
        using var gone = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            try
            {
                while (await session.Messages.WaitToReadAsync(gone.Token).ConfigureAwait(false))
                {
                    while (session.Messages.TryRead(out var message))
                    {
                        await response.WriteAsync(message, isLast: false).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client is gone.
            }
        });
        if (!await GoneAsync(reader, session.Closed).ConfigureAwait(false))
        {
            await response.CloseAsync().ConfigureAwait(false);
        }

        await gone.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        return false;
    }

    /// <summary>True if the client went away before it was over.</summary>
    private static async Task<bool> GoneAsync(HttpReader reader, Task over)
    {
        var ahead = reader.FillAsync();
        if (await Task.WhenAny(over, ahead).ConfigureAwait(false) == ahead && !over.IsCompleted && !await ahead.ConfigureAwait(false))
        {
            return true;
        }

        await over.ConfigureAwait(false);
        return false;
    }

    private static bool IsModern(JObject? message) =>
        (string?)message?["method"] == MethodNames.Discover || (message?["params"]?["_meta"] as JObject)?.ContainsKey(MetaKeys.ProtocolVersion) == true;

    private HttpSession Begin()
    {
        var session = new HttpSession(this, _server, Guid.NewGuid().ToString("N"));
        _sessions[session.Id!] = session;
        _server.OnOpened(session);
        return session;
    }

    private HttpSession Modern()
    {
        lock (_gate)
        {
            if (_modern is null)
            {
                _modern = new HttpSession(this, _server, id: null);
                _server.OnOpened(_modern);
            }

            return _modern;
        }
    }

    private void Lose(string id)
    {
        if (_sessions.TryRemove(id, out var session))
        {
            session.Over();
        }
    }
}
