using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using McpHub.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpHub.Scenarios.Scale;

/// <summary>The server of <see cref="FaultyAnswers"/> over Streamable HTTP. Faults of its own are those of <see cref="AnswerAsync"/>.</summary>
internal sealed class FaultyHttpPeer(string id, Era era) : IAsyncDisposable
{
    private static readonly TimeSpan _late = TimeSpan.FromMilliseconds(1500);

    private readonly WebApplication _app = Build();

    /// <summary>The calls it ran.</summary>
    public ConcurrentQueue<int> Ran { get; } = new();

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/mcp");

    public ServerDefinition Definition => EmbeddedServer.FromParameters(id, new StreamableHttpParameters(Url) { Era = era }, options: null);

    public Task StartAsync()
    {
        _app.Run(ServeAsync);
        return _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = HttpMethods.IsDelete(context.Request.Method) ? 200 : 405;
            return;
        }

        using var message = await JsonDocument.ParseAsync(context.Request.Body);
        if (!message.RootElement.TryGetProperty("id", out var idToken))
        {
            context.Response.StatusCode = 202;
            return;
        }

        var requestId = idToken.GetRawText();
        if (FaultyAnswers.CallOf(message.RootElement) is var (number, fault))
        {
            await AnswerAsync(context, fault, requestId, number);
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(FaultyAnswers.Introduction(message.RootElement.GetProperty("method").GetString()!, requestId, era == Era.Modern));
    }

    private async Task AnswerAsync(HttpContext context, string fault, string requestId, int number)
    {
        var response = context.Response;
        if (fault == "status503")
        {
            response.StatusCode = 503; // Not taken up: it does not run.
            return;
        }

        Ran.Enqueue(number);
        var right = Encoding.UTF8.GetBytes(FaultyAnswers.Right(requestId, number, era == Era.Modern));
        switch (fault)
        {
            case "hang":
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;

            case "hangWithin":
                response.ContentType = "application/json";
                await response.Body.WriteAsync(right.AsMemory(0, right.Length / 2));
                await response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;

            case "late":
                await Task.Delay(_late);
                await WriteAsync(response, right);
                break;

            case "reset":
                context.Abort();
                break;

            case "half" or "halfEvent":
                response.ContentType = fault == "half" ? "application/json" : "text/event-stream";
                await response.Body.WriteAsync((byte[])[.. fault == "half" ? ""u8 : "data: "u8, .. right.AsSpan(0, right.Length / 2)]);
                await response.Body.FlushAsync();
                context.Abort();
                break;

            case "noEvent":
                response.ContentType = "text/event-stream";
                await response.Body.WriteAsync(": bye\n\n"u8.ToArray());
                break;

            case "status500":
                response.StatusCode = 500;
                await response.WriteAsync("Internal Server Error");
                break;

            case "status202":
                response.StatusCode = 202;
                break;

            case "empty":
                response.ContentType = "application/json";
                response.ContentLength = 0;
                break;

            case "html":
                response.ContentType = "text/html";
                await response.WriteAsync("<h1>It works!</h1>");
                break;

            case "twice" or "brokenThenRight":
                response.ContentType = "text/event-stream";
                var first = fault == "twice" ? right : FaultyAnswers.Messages("broken", requestId, number, era == Era.Modern)[0];
                await response.Body.WriteAsync((byte[])[.. "data: "u8, .. first, .. "\n\ndata: "u8, .. right, .. "\n\n"u8]);
                break;

            default:
                await WriteAsync(response, FaultyAnswers.Messages(fault, requestId, number, era == Era.Modern)[0]);
                break;
        }
    }

    private static async Task WriteAsync(HttpResponse response, byte[] body)
    {
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }
}
