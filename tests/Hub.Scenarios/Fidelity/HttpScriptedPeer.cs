using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using McpHub.Actors.Embedding;
using McpHub.Actors.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpHub.Scenarios.Fidelity;

/// <summary>A Streamable HTTP server of one era on a free loopback port.</summary>
/// <param name="id">Server id.</param>
/// <param name="era">Era.</param>
/// <param name="events">Answers are events; else JSON bodies, unless something comes before the answer.</param>
internal sealed class HttpScriptedPeer(string id, Era era, bool events = false) : ScriptedPeer(id, era)
{
    private readonly ConcurrentQueue<string> _received = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;
    private Uri? _url;
    private int _held;

    public override bool SpeaksOnOneLine => events;

    public override ServerDefinition Definition => EmbeddedServer.FromParameters(Id, new StreamableHttpParameters(_url!) { Era = Era }, options: null);

    public override IReadOnlyList<string> Received => [.. _received];

    /// <summary>Calls of tools named <c>hold…</c> that wait for <see cref="Release"/>.</summary>
    public int Held => Volatile.Read(ref _held);

    public void Release() => _release.TrySetResult();

    public override async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ServeAsync);
        await _app.StartAsync();
        _url = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/mcp");
    }

    public override async ValueTask DisposeAsync()
    {
        Release();
        if (_app is not null)
        {
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await _app.StopAsync(now.Token);
            await _app.DisposeAsync();
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = HttpMethods.IsDelete(context.Request.Method) ? 200 : 405;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var text = Encoding.UTF8.GetString(body.ToArray());
        _received.Enqueue(text);
        using var message = JsonDocument.Parse(text);
        if (!message.RootElement.TryGetProperty("id", out var requestId))
        {
            context.Response.StatusCode = 202;
            return;
        }

        var method = message.RootElement.GetProperty("method").GetString()!;
        var (name, token) = ("", "null");
        if (message.RootElement.TryGetProperty("params", out var parameters))
        {
            name = parameters.TryGetProperty("name", out var member) || parameters.TryGetProperty("uri", out member) ? member.GetString()! : "";
            token = parameters.TryGetProperty("_meta", out var meta) && meta.TryGetProperty("progressToken", out member) ? member.GetRawText() : token;
        }

        if (name.StartsWith("hold", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _held);
            await _release.Task;
        }

        var answers = Answers.GetValueOrDefault($"{method} {name}") ?? Answers[method];
        if (Era == Era.Legacy && method == "initialize")
        {
            context.Response.Headers["Mcp-Session-Id"] = "session-1";
        }

        var isStream = events || answers.Length > 1;
        context.Response.ContentType = isStream ? "text/event-stream" : "application/json";
        foreach (var answer in answers)
        {
            var filled = answer.Replace("$ID$", requestId.GetRawText(), StringComparison.Ordinal).Replace("$TOKEN$", token, StringComparison.Ordinal);
            filled = Filled(isStream ? Payloads.OnOneLine(filled) : filled);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(isStream ? $"data: {filled}\n\n" : filled));
        }
    }
}
