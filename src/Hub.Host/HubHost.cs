using System.Net;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting.Logging;
using McpHub.Actors;
using McpHub.Host.Downstream;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Wire;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace McpHub.Host;

/// <summary>One standalone hub: an actor system with a <see cref="HubRuntime"/> and Kestrel with the MCP endpoint in front of it.</summary>
internal sealed partial class HubHost : IAsyncDisposable
{
    // The host decides when the system ends, after the last answer; nothing of it writes to standard output, which belongs to the command line.
    private const string SystemHocon = """
        akka {
          stdout-loglevel = OFF
          loglevel = INFO
          loggers = ["McpHub.Actors.ActorLog, McpHub.Actors"]
          log-dead-letters = off
          coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
        }
        """;

    private readonly HubHostOptions _options;
    private readonly ActorSystem _system;
    private readonly LoopbackGuard _guard = new();
    private readonly Lock _stopLock = new();
    private WebApplication _app = null!;
    private McpEndpoint _endpoint = null!;
    private Task? _stopping;

    private HubHost(HubHostOptions options, ActorSystem system) => (_options, _system) = (options, system);

    /// <summary>The MCP endpoint as clients reach it, with the port that was taken.</summary>
    public Uri Url { get; private set; } = null!;

    public HubRuntime Runtime { get; private set; } = null!;

    /// <summary>Legacy client sessions that are open.</summary>
    public int ClientSessions => _endpoint.Sessions;

    /// <summary>Requests being answered; streams are not counted.</summary>
    public int Requests => _endpoint.Requests;

    /// <summary>GET streams and subscriptions that are open.</summary>
    public int OpenStreams => _endpoint.Streams;

    /// <summary>Listens, then starts the servers; returns before they are connected.</summary>
    /// <exception cref="HubException"><c>HUB1015</c>: the address is not this machine only. <c>HUB1019</c>: it cannot be listened on.</exception>
    public static async Task<HubHost> StartAsync(HubHostOptions options, CancellationToken ct)
    {
        var address = LoopbackAddress(options.Listen);
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(options.Hocon).WithFallback(ConfigurationFactory.ParseString(SystemHocon))),
            new LoggerFactorySetup(options.Loggers));
        var host = new HubHost(options, ActorSystem.Create("hub", setup));
        try
        {
            await host.ListenAsync(address, ct);
            return host;
        }
        catch
        {
            await host._system.Terminate();
            throw;
        }
    }

    /// <summary>Admits nothing new, lets calls in flight end (at most 5 s), ends sessions and streams, closes the servers. The same task for every caller.</summary>
    public Task StopAsync()
    {
        lock (_stopLock)
        {
            return _stopping ??= StopOnceAsync();
        }
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    private async Task ListenAsync(IPAddress address, CancellationToken ct)
    {
        var app = BuildApp(address);
        try
        {
            // Before any server is started: a second hub on the same port must not start the children of the first.
            await app.StartAsync(ct);
        }
        catch (IOException failed)
        {
            await app.DisposeAsync();
            throw new HubException(HubErrors.ListenFailed.With(("url", _options.Listen), ("reason", failed.Message)), failed);
        }

        try
        {
            Begin(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private void Begin(WebApplication app)
    {
        _app = app;
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Url = new UriBuilder(bound) { Path = _options.Path }.Uri;
        Runtime = HubRuntime.Start(_system, _options.Runtime, _options.Servers);
        _endpoint = new McpEndpoint(Runtime, OpenClientAsync, _options.Limits, _options.Runtime.Time, _options.Loggers.CreateLogger("McpHub.Downstream"));

        // The guard refuses everything until it knows the port: nothing above is seen half-made.
        _guard.Serve(bound.Port);
    }

    private WebApplication BuildApp(IPAddress address)
    {
        // Empty: no environment variable, command line or file but the hub's own decides where it listens and whom it serves.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "hub" });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(_options.Loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(_ => Runtime);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, address));
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            sockets.MaxWriteBufferSize = ResponseOutput.Buffer;
            // A request is only scanned and handed over on this thread: nothing on it blocks (docs/decisions/0068).
            sockets.UnsafePreferInlineScheduling = true;
        });

        var app = builder.Build();
        app.Use(ServeAsync);
        app.UseRouting();
        _options.Map?.Invoke(app);
        return app;
    }

    private void Configure(KestrelServerOptions kestrel, IPAddress address)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(address, _options.Listen.Port, listen => listen.Protocols = HttpProtocols.Http1);
        var limits = kestrel.Limits;
        limits.MaxResponseBufferSize = ResponseOutput.Buffer;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(240, _options.Limits.WriteStall);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
        limits.MaxConcurrentConnections = 20_000;

        // The endpoint holds the limit itself and answers in JSON-RPC; this one is for what is not looked at.
        limits.MaxRequestBodySize = ScanLimits.FromClient.MaxBytes + (64 * 1024);
    }

    private Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Request.Headers;
        if (!_guard.IsOwnHost(headers.Host))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, HubErrors.HostRefused.With());
        }

        if (!_guard.IsOwnOrigin(headers.Origin))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, HubErrors.OriginRefused.With());
        }

        return string.Equals(context.Request.Path.Value, _options.Path, StringComparison.Ordinal) ? _endpoint.HandleAsync(context) : next(context);
    }

    private Task<IActorRef> OpenClientAsync(Props props) => Runtime.OpenClient(props);

    private async Task StopOnceAsync()
    {
        var time = _options.Runtime.Time;
        var log = _options.Loggers.CreateLogger<HubHost>();
        try
        {
            await _endpoint.DrainAsync().WaitAsync(_options.Limits.Drain, time);
        }
        catch (TimeoutException)
        {
            Log.CallsCut(log, _endpoint.Requests);
        }

        // Ends what was too slow with an error of its own, while there is still a session to answer and a connection to send it on.
        await Runtime.DisposeAsync();
        _endpoint.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        await _system.Terminate();
    }

    private static IPAddress LoopbackAddress(Uri listen)
    {
        var address = listen.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(listen.Host, out var parsed) ? parsed : null;
        return listen.Scheme == Uri.UriSchemeHttp && address is not null && IPAddress.IsLoopback(address)
            ? address
            : throw new HubException(HubErrors.ListenAddressRefused.With(("path", "listen"), ("url", listen), ("reason", "it is not this machine only")));
    }

    /// <summary>Signals belong to the command line.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} calls were still running when the hub had waited long enough: they are cut off")]
        public static partial void CallsCut(ILogger logger, int count);
    }
}
