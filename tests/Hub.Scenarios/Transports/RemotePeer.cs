using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;

namespace McpHub.Scenarios.Transports;

/// <summary>
/// A small legacy server on a real socket: HTTP+SSE at <c>/sse</c> and <c>/messages</c>, a WebSocket at <c>/ws</c>. Its tool <c>echo</c> answers, <c>hold</c> never does,
/// <c>refuse</c> is refused with a status where there is one.
/// </summary>
internal sealed class RemotePeer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Connection> _connections = new();

    private RemotePeer(WebApplication app)
    {
        _app = app;
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.MapGet("/sse", StreamAsync);
        app.MapPost("/messages", PostAsync);
        app.MapGet("/ws", SocketAsync);
    }

    /// <summary>One for each socket or stream, in order.</summary>
    public ConcurrentQueue<Connection> Connections { get; } = new();

    /// <summary>Method and path of every request, and two of its headers.</summary>
    public ConcurrentQueue<(string Request, string Authorization, string Tenant)> Requests { get; } = new();

    /// <summary>Says something before it answers; for a WebSocket.</summary>
    public Func<WebSocket, Task>? Greets { get; set; }

    /// <summary>Instead of reading the message that begins with this socket's read: what the server does.</summary>
    public Func<Connection, WebSocket, JObject, Task<bool>>? Hears { get; set; }

    /// <summary>Stops reading in the middle of the first large message of its first socket.</summary>
    public bool StopsReadingLarge { get; set; }

    /// <summary>Status of the upgrade or stream, if it is refused.</summary>
    public int? Refuses { get; set; }

    public Uri Url(string path, string scheme = "http") => new UriBuilder(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) { Scheme = scheme, Path = path }.Uri;

    public static async Task<RemotePeer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var peer = new RemotePeer(builder.Build());
        await peer._app.StartAsync();
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private bool IsRefused(HttpContext http)
    {
        Requests.Enqueue(($"{http.Request.Method} {http.Request.Path}", http.Request.Headers.Authorization.ToString(), http.Request.Headers["X-Tenant"].ToString()));
        if (Refuses is not { } status)
        {
            return false;
        }

        http.Response.Headers.WWWAuthenticate = "Bearer realm=\"peer\"";
        http.Response.StatusCode = status;
        return true;
    }

    private async Task StreamAsync(HttpContext http)
    {
        if (IsRefused(http))
        {
            return;
        }

        http.Response.ContentType = "text/event-stream";
        var id = Guid.NewGuid().ToString("N");
        var gate = new SemaphoreSlim(1);
        var connection = new Connection(async text =>
        {
            await gate.WaitAsync();
            await http.Response.WriteAsync($"event: message\ndata: {text}\n\n");
            await http.Response.Body.FlushAsync();
            gate.Release();
        });
        _connections[id] = connection;
        await http.Response.WriteAsync($"event: endpoint\ndata: /messages?session={id}\n\n");
        await http.Response.Body.FlushAsync();
        Connections.Enqueue(connection);
        http.RequestAborted.Register(connection.End);
        await connection.Ended;
    }

    private async Task PostAsync(HttpContext http)
    {
        var isRefused = IsRefused(http);
        using var reader = new StreamReader(http.Request.Body);
        var message = JObject.Parse(await reader.ReadToEndAsync());
        if (isRefused || !_connections.TryGetValue(http.Request.Query["session"].ToString(), out var connection))
        {
            return;
        }

        connection.Heard.Enqueue(message);
        if ((string?)message["params"]?["name"] == "refuse")
        {
            http.Response.StatusCode = 500;
            return;
        }

        http.Response.StatusCode = 202;
        if (Answer(message) is { } answer)
        {
            await connection.SayAsync(answer);
        }
    }

    private async Task SocketAsync(HttpContext http)
    {
        if (IsRefused(http))
        {
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync("mcp");
        var connection = new Connection(text => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default)) { Abort = http.Abort };
        Connections.Enqueue(connection);
        if (Greets is not null)
        {
            await Greets(socket);
        }

        var buffer = new byte[64 * 1024];
        using var text = new MemoryStream();
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), default);
            }
            catch (WebSocketException)
            {
                return;
            }

            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", default);
                return;
            }

            text.Write(buffer, 0, part.Count);
            if (text.Length > 1024 * 1024 && StopsReadingLarge && Connections.Count == 1)
            {
                // It is read no further, and what follows it cannot be read either.
                connection.StoppedReading.TrySetResult();
                await connection.Ended;
                return;
            }

            if (!part.EndOfMessage)
            {
                continue;
            }

            var message = JObject.Parse(Encoding.UTF8.GetString(text.ToArray()));
            text.SetLength(0);
            connection.Heard.Enqueue(message);
            if ((Hears is null || !await Hears(connection, socket, message)) && Answer(message) is { } answer)
            {
                await connection.SayAsync(answer);
            }
        }
    }

    private static string? Answer(JObject message)
    {
        if (message["id"] is not { } id || message["method"] is null)
        {
            return null;
        }

        var answer = new JObject { ["jsonrpc"] = "2.0", ["id"] = id };
        switch ((string?)message["method"])
        {
            case "initialize":
                answer["result"] = JObject.Parse("""{"protocolVersion":"2024-11-05","capabilities":{"tools":{}},"serverInfo":{"name":"remote","version":"1"}}""");
                break;
            case "tools/list":
                answer["result"] = JObject.Parse("""{"tools":[{"name":"echo","inputSchema":{"type":"object"}},{"name":"hold","inputSchema":{"type":"object"}},{"name":"refuse","inputSchema":{"type":"object"}}]}""");
                break;
            case "tools/call" when (string?)message["params"]!["name"] == "hold":
                return null;
            case "tools/call":
                answer["result"] = new JObject { ["content"] = new JArray(new JObject { ["type"] = "text", ["text"] = message["params"]!["arguments"]?.ToString(Newtonsoft.Json.Formatting.None) ?? "" }) };
                break;
            case "ping":
                answer["result"] = new JObject();
                break;
            default:
                answer["error"] = new JObject { ["code"] = -32601, ["message"] = "Method not found" };
                break;
        }

        return answer.ToString(Newtonsoft.Json.Formatting.None);
    }

    /// <summary>One socket, or one stream with its POSTs.</summary>
    internal sealed class Connection(Func<string, Task> say)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<JObject> Heard { get; } = new();

        public IEnumerable<string?> Methods => Heard.Select(message => (string?)message["method"]);

        public TaskCompletionSource StoppedReading { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action Abort { get; init; } = () => { };

        public Task Ended => _ended.Task;

        public Task SayAsync(string text) => say(text);

        public void End() => _ended.TrySetResult();
    }
}
