using System.Diagnostics;

namespace McpHub.Host.Demo;

/// <summary>
/// A sample server over HTTP, as somebody else's service would run: a process of its own that the hub only knows by URL.
/// It lives as long as its standard input is open, so that it ends with the demo however the demo ends.
/// </summary>
internal sealed class HttpSample : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly Task<string> _stderr;

    private HttpSample(Process process) => (_process, _stderr) = (process, process.StandardError.ReadToEndAsync());

    public Uri Endpoint { get; private set; } = null!;

    /// <exception cref="DemoFailure">It ended, or said nothing in <paramref name="limit"/>.</exception>
    public static async Task<HttpSample> StartAsync(string mode, TimeSpan limit, CancellationToken ct)
    {
        var sample = new HttpSample(Process.Start(SampleServer.StartInfo(mode, "--while-stdin-open")) ?? throw new DemoFailure($"the {mode} server did not start"));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
        try
        {
            sample.Endpoint = await sample.ReadEndpointAsync(mode, deadline.Token);
            return sample;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            await sample.DisposeAsync();
            throw new DemoFailure($"the {mode} server did not say within {limit.TotalSeconds:0} s where it listens");
        }
        catch
        {
            await sample.DisposeAsync();
            throw;
        }
    }

    private async Task<string?> NextLineAsync(CancellationToken ct) => await _process.StandardOutput.ReadLineAsync(ct);

    private async Task<Uri> ReadEndpointAsync(string mode, CancellationToken ct)
    {
        while (await NextLineAsync(ct) is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                return new Uri(line[Announcement.Length..]);
            }
        }

        throw new DemoFailure($"the {mode} server ended before it listened: {(await _stderr).Trim()}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _stderr;
        _process.Dispose();
    }
}
