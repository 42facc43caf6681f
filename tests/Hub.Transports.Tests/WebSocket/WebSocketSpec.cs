using System.Net.WebSockets;
using System.Text;
using McpHub.Transports.Tests.StreamableHttp;
using McpHub.Transports.WebSocket;
using Microsoft.AspNetCore.Http;
using Socket = System.Net.WebSockets.WebSocket;

namespace McpHub.Transports.Tests.WebSocket;

/// <summary>A WebSocket between a server of Kestrel and the test.</summary>
public abstract class WebSocketSpec : TransportSpec
{
    protected ScriptedHttpServer Server { get; private set; } = null!;

    protected WebSocketServerParameters Parameters => new(SocketUrl(Server.Url)) { Name = "peer" };

    protected static Uri SocketUrl(Uri http) => new UriBuilder(http) { Scheme = "ws" }.Uri;

    protected async Task Listen(Func<HttpContext, Task> script) => Server = Using(await ScriptedHttpServer.StartAsync((http, _) => script(http)));

    protected Task Listen(Func<Socket, Task> script, string? subprotocol = "mcp") => Listen(async http => await script(await http.WebSockets.AcceptWebSocketAsync(subprotocol)));

    protected async Task Serve(Func<Socket, Task> script)
    {
        await Listen(script);
        Connect(new WebSocketTransport(Parameters));
    }
}

internal static class Sockets
{
    public static Task Text(this Socket socket, string text, bool end = true) => socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, end, default).AsTask();

    /// <summary>The next text message; <c>null</c> if the client closed or is gone.</summary>
    public static async Task<string?> NextText(this Socket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), default);
            }
            catch (WebSocketException)
            {
                return null;
            }

            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return Encoding.UTF8.GetString(message.ToArray());
            }
        }
    }

    /// <summary>Reads on until the client closes or is gone.</summary>
    public static async Task Drain(this Socket socket)
    {
        while (await socket.NextText() is not null)
        {
        }
    }
}
