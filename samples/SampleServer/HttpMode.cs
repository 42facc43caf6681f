using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using ModelContextProtocol.AspNetCore;

namespace McpHub.SampleServer;

internal static class HttpMode
{
    /// <summary>Sessions, GET stream, DELETE: a request of revision 2026-07-28 is answered with -32022.</summary>
    public static Task RunLegacyAsync(string urls, bool whileStdinOpen)
        => RunAsync(urls, whileStdinOpen, HttpServerSessionMode.Stateful, services => services.AddThemedServer("clock", revision: null));

    /// <summary>Pinned to 2026-07-28: <c>initialize</c> is refused.</summary>
    public static Task RunModernAsync(string urls, bool whileStdinOpen)
        => RunAsync(urls, whileStdinOpen, HttpServerSessionMode.Stateless, services => services.AddThemedServer("orders", "2026-07-28"));

    private static async Task RunAsync(string urls, bool whileStdinOpen, HttpServerSessionMode sessions, Func<IServiceCollection, IMcpServerBuilder> addServer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().UseUrls(urls);
        builder.Services.AddRoutingCore();
        addServer(builder.Services).WithHttpTransport(http => http.SessionMode = sessions);

        await using var app = builder.Build();
        app.UseRouting();
        app.MapMcp("/mcp");
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await Console.Out.WriteLineAsync($"listening on {address}/mcp");
        if (whileStdinOpen)
        {
            _ = StopWhenStdinEndsAsync(app.Lifetime);
        }

        await app.WaitForShutdownAsync();
    }

    private static async Task StopWhenStdinEndsAsync(IHostApplicationLifetime lifetime)
    {
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        lifetime.StopApplication();
    }
}
