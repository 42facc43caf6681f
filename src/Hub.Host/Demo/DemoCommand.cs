using System.Diagnostics;
using McpHub.Host.Cli;
using McpHub.Host.Configuration;
using McpHub.Protocol.Errors;
using Newtonsoft.Json.Linq;

namespace McpHub.Host.Demo;

/// <summary><c>hub demo</c>: the main job on real servers, with nothing to install or configure. A client of its own calls them through <c>/mcp</c>.</summary>
internal static class DemoCommand
{
    private const int Repeats = 15;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    /// <summary>Runs the demo.</summary>
    /// <param name="once">End after the drill instead of serving until <paramref name="ct"/>.</param>
    /// <param name="urls">Where to listen; <c>null</c>: the default port, or a free one if that is taken or with <paramref name="once"/>.</param>
    /// <param name="console">Where to print.</param>
    /// <param name="ct">Ctrl+C.</param>
    /// <returns>0, or 1 if a step failed; the step is named.</returns>
    public static async Task<int> RunAsync(bool once, Uri? urls, CliConsole console, CancellationToken ct)
    {
        var screen = new DemoScreen(console);
        var step = "start";
        try
        {
            await using var hub = await StartAsync(once, urls, screen, ct);
            step = "connect the servers";
            screen.Title(hub.Endpoint);
            await hub.UntilReadyAsync(ReadyLimit, ct);
            screen.Servers(hub);

            step = "connect a client";
            await using var client = await ClientSession.ConnectAsync(new StreamableHttpParameters(hub.Endpoint) { Name = "demo" }, ct: ct);
            step = "call a tool";
            await CallAsync(screen, "tools/call get_order {\"id\":7}", async () => Text(await client.CallToolAsync("get_order", new JObject { ["id"] = 7 }, ct: ct)));
            step = "read a resource";
            await CallAsync(screen, "resources/read note://1", async () => ((TextResourceContents)(await client.ReadResourceAsync("note://1", ct: ct)).Contents[0]).Text);
            step = "get a prompt";
            await CallAsync(screen, "prompts/get plan_day {\"goal\":\"ship it\"}", async () =>
                ((TextContent)(await client.GetPromptAsync("plan_day", new Dictionary<string, string> { ["goal"] = "ship it" }, ct: ct)).Messages[0].Content).Text);

            step = "kill drill";
            screen.Drill(await KillDrill.RunAsync(hub, client, ct));
            if (!once)
            {
                screen.Serving(hub.Endpoint);
                await StoppedAsync(ct);
                screen.Text("Stopping.");
            }

            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            screen.Text("Stopped.");
            return once ? ExitCode.Unexpected : ExitCode.Ok;
        }
        catch (Exception e) when (e is DemoFailure or HubException or IOException or TimeoutException or InvalidCastException or ArgumentOutOfRangeException)
        {
            screen.Failed(step, e is PeerException peer ? $"{peer.PeerCode}, {peer.PeerMessage}" : e.Message);
            return ExitCode.Unexpected;
        }
    }

    private static async Task<DemoHub> StartAsync(bool once, Uri? urls, DemoScreen screen, CancellationToken ct)
    {
        var free = new Uri("http://127.0.0.1:0");
        try
        {
            return await DemoHub.StartAsync(urls ?? (once ? free : ListenAddress.Default), ct);
        }
        catch (HubException e) when (e.Error.Definition == HubErrors.ListenFailed && urls is null && !once)
        {
            screen.Text($"Port {ListenAddress.Default.Port} is taken: this demo listens on a free one.");
            return await DemoHub.StartAsync(free, ct);
        }
    }

    private static async Task StoppedAsync(CancellationToken ct)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ct.Register(stopped.SetResult);
        await stopped.Task;
    }

    /// <summary>Once for the result, then a few times more: the first call pays for compilation and connections, the others show what a call costs.</summary>
    private static async Task CallAsync(DemoScreen screen, string what, Func<Task<string>> call)
    {
        var watch = Stopwatch.StartNew();
        var result = await call();
        var first = watch.Elapsed;
        var others = new List<TimeSpan>();
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            watch.Restart();
            await call();
            others.Add(watch.Elapsed);
        }

        others.Sort();
        screen.Call(what, result, first, others[others.Count / 2]);
    }

    private static string Text(CallToolResult result) => result.IsError
        ? throw new DemoFailure("the tool answered with an error: " + string.Join(' ', result.Content.OfType<TextContent>().Select(text => text.Text)))
        : ((TextContent)result.Content[0]).Text;
}
