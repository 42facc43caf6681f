using System.Text.Json;
using McpHub.Protocol.Errors;

namespace McpHub.Host.Cli;

/// <summary><c>hub status</c>: one look at a running hub. Ends with 0 if it is healthy, else with 6, so that a container's health check is this verb.</summary>
internal static class StatusCommand
{
    public const string DefaultHub = "http://127.0.0.1:4747";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Far more than any hub says: what answers at the address may be something else.</summary>
    private const int MaxAnswerBytes = 4 * 1024 * 1024;

    public static async Task<int> RunAsync(Uri hub, bool quiet, CliConsole console, CancellationToken ct)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = !hub.IsLoopback, AllowAutoRedirect = false, ConnectTimeout = Limit })
        {
            Timeout = Limit,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        byte[] body;
        int status;
        try
        {
            using var answer = await client.GetAsync(new Uri(hub, "/health?verbose"), ct);
            (status, body) = ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(ct));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            var reason = e is TaskCanceledException ? $"no answer in {Limit.TotalSeconds:0} s" : e.InnerException?.Message ?? e.Message;
            return Unreachable(console, hub, reason);
        }

        if (Read(status, body) is not { } report)
        {
            return Unreachable(console, hub, $"what answers there is no hub (HTTP {status})");
        }

        if (!quiet)
        {
            await console.Out.WriteLineAsync($"{report.Word}  {hub.GetLeftPart(UriPartial.Authority)}");
            if (report.Servers is not null)
            {
                ServerTable.Write(console, report.Servers);
            }
        }

        return report.Word == "Healthy" ? ExitCode.Ok : ExitCode.Degraded;
    }

    private static int Unreachable(CliConsole console, Uri hub, string reason)
    {
        console.Failed(HubErrors.HubUnreachable.With(("url", hub.GetLeftPart(UriPartial.Authority)), ("reason", reason)));
        return ExitCode.Degraded;
    }

    /// <summary>The JSON a loopback caller gets, or the word anybody else gets.</summary>
    private static (string Word, IReadOnlyList<ServerRow>? Servers)? Read(int status, byte[] body)
    {
        if (status is not (200 or 503))
        {
            return null;
        }

        var text = System.Text.Encoding.UTF8.GetString(body);
        if (text is "Healthy" or "Degraded" or "Unhealthy")
        {
            return (text, null);
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            var servers = json.RootElement.GetProperty("servers").EnumerateArray().Select(server => new ServerRow(Text(server, "name"), Text(server, "transport"), Text(server, "state"))
            {
                Note = string.Join(" ", new[] { Text(server, "code"), Text(server, "reason"), Fix(Text(server, "hint")) }.Where(part => part.Length > 0)),
            });
            var word = json.RootElement.GetProperty("status").GetString();
            return word is "Healthy" or "Degraded" or "Unhealthy" ? (word, [.. servers]) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static string Fix(string hint) => hint.Length == 0 ? "" : $"(fix: {hint})";

    private static string Text(JsonElement server, string name) => server.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
