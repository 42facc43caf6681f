using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using McpHub.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpHub.Samples.Tests.Samples;

/// <summary>An MCP server behind a WebSocket: each connection is a stdio server of its own, a text message a line, as the gateways that people use do it.</summary>
internal sealed class WebSocketServer(WebApplication app) : IAsyncDisposable
{
    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single().Replace("http://", "ws://", StringComparison.Ordinal) + "/mcp";

    /// <param name="options">Options of the <c>mcp</c> mode of the test peer.</param>
    public static async Task<WebSocketServer> StartAsync(params string[] options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseWebSockets();
        app.Map("/mcp", context => ServeAsync(context, options));
        await app.StartAsync();
        return new WebSocketServer(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task ServeAsync(HttpContext context, string[] options)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("mcp");
        using var server = Process.Start(new ProcessStartInfo("dotnet", [TestPeer.Path, "mcp", .. options]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            await Task.WhenAny(ToServerAsync(socket, server.StandardInput, context.RequestAborted), ToClientAsync(server.StandardOutput, socket, context.RequestAborted));
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
        finally
        {
            server.Kill();
        }
    }

    private static async Task ToServerAsync(WebSocket socket, StreamWriter server, CancellationToken ct)
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        while (await socket.ReceiveAsync(buffer, ct) is { MessageType: WebSocketMessageType.Text } part)
        {
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                await server.WriteAsync(Encoding.UTF8.GetString(message.ToArray()) + "\n");
                await server.FlushAsync(ct);
                message.SetLength(0);
            }
        }
    }

    private static async Task ToClientAsync(StreamReader server, WebSocket socket, CancellationToken ct)
    {
        while (await server.ReadLineAsync(ct) is { } line)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(line), WebSocketMessageType.Text, endOfMessage: true, ct);
        }
    }
}
