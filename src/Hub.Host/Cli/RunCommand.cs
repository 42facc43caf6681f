using McpHub.Actors;
using McpHub.Actors.Servers;
using McpHub.Host.Configuration;
using McpHub.Host.Health;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Cli;

/// <summary><c>hub run</c>: serves a file's servers until a signal comes.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(RunOptions options, CliConsole console)
    {
        if (RunPlan.Make(options, new HubFileReader(), console) is not { } plan)
        {
            return ExitCode.Usage;
        }

        // Before anything is started: a signal during the start must find somebody who stops it in order.
        using var signals = new ShutdownSignals();
        // The web host's category has nothing to say at this level, but while it may speak each request is given an activity and a scope.
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddSimpleConsole(format => format.SingleLine = true)
            .AddSimpleConsole(line => (line.SingleLine, line.TimestampFormat) = (true, "HH:mm:ss "))
            .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(stream => stream.LogToStandardErrorThreshold = LogLevel.Trace));
        HubHost host;
        try
        {
            host = await HubHost.StartAsync(HostOptions(plan, loggers), signals.Drain);
        }
        catch (OperationCanceledException) when (signals.Drain.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
        catch (HubException e)
        {
            console.Failed(e.Error);
            return e.Code.StartsWith("HUB1", StringComparison.Ordinal) ? ExitCode.Usage : ExitCode.Unexpected;
        }
        catch (Exception e) when (plan.Hocon.Length > 0)
        {
            // The file parses, but a value in it is of the wrong kind: the actor system's own exceptions, which have no type in common.
            console.Failed(HubErrors.HoconInvalid.With(("reason", $"{options.HoconFile}: {e.Message}")));
            return ExitCode.Usage;
        }

        await console.Out.WriteLineAsync($"Hub {HubCommandLine.Version} · {host.Url}");
        await Task.WhenAny(host.Runtime.Settled, signals.DrainRequested);
        if (!signals.Drain.IsCancellationRequested)
        {
            ServerTable.Write(console, [.. host.Runtime.Table.Servers.Select(ServerRow.Of)]);
        }

        using var startup = new StartupMemory(TimeProvider.System);
        await signals.DrainRequested;
        try
        {
            await host.StopAsync().WaitAsync(signals.Abort);
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (signals.Abort.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    internal static HubHostOptions HostOptions(RunPlan plan, ILoggerFactory loggers)
    {
        var settings = plan.File.Settings;
        return new HubHostOptions
        {
            Listen = plan.Listen,
            Path = settings.Endpoint,
            Servers = plan.File.ToDefinitions(),
            Hocon = plan.Hocon,
            Loggers = loggers,
            Runtime = new HubRuntimeOptions
            {
                Naming = settings.Prefix switch { NamingPrefix.Always => NamingRule.Always, NamingPrefix.Never => NamingRule.Never, _ => NamingRule.Auto },
                NameSeparator = settings.Separator,
                MaxNameLength = settings.MaxNameLength,
                WaitForRequired = settings.WaitForRequired,
                Loggers = loggers,
            },
            Map = app => HealthEndpoints.Map(app, () => app.Services.GetRequiredService<HubRuntime>().Table.Servers.Select(ServerHealth.Of)),
        };
    }
}
