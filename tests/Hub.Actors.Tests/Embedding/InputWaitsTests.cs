using Akka.Actor;
using Akka.Configuration;
using McpHub.Protocol.Revisions;
using McpHub.Testing;
using Microsoft.Extensions.Time.Testing;

namespace McpHub.Actors.Tests.Embedding;

/// <summary>Rounds of input in virtual time.</summary>
public sealed class InputWaitsTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Hello = """{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"}""";
    private const string Later = """{"resultType":"input_required","requestState":"s"}""";
    private const string Question = """{"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}}}""";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly ScriptedTransport _server = new();
    private readonly WatchedTime _time = new();
    private ActorSystem _system = null!;
    private ClientSession? _session;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public Task InitializeAsync()
    {
        _system = TimeProviderScheduler.CreateSystem("rounds", _time, ConfigurationFactory.ParseString("akka.loglevel = WARNING"));
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _session!.DisposeAsync();
        await _system.Terminate();
    }

    [Fact(DisplayName = "H-006 a state and nothing to ask: the waits are 50, 100, 200, 250 ms, and start anew after a round with input")]
    public async Task Waits()
    {
        var session = await OpenAsync((_, _) => Task.FromResult<IReadOnlyList<Root>>([]));
        var call = session.CallToolAsync("t");
        var request = await _server.ExpectAsync(MethodNames.ToolsCall);
        foreach (var wait in new[] { 50, 100, 200, 250, 250 })
        {
            request = await LaterAsync(request, wait);
        }

        _server.Reply(request, Question);
        request = await LaterAsync(await _server.ExpectAsync(MethodNames.ToolsCall), 50);
        _server.Reply(request, """{"resultType":"complete","content":[]}""");
        await call;
    }

    [Fact]
    public async Task The_time_in_all_spans_the_rounds_and_the_input_between_them()
    {
        var started = new TaskCompletionSource();
        var session = await OpenAsync(async (_, ct) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, ct);
            return [];
        });
        // Time without progress does not run while the client itself is asked.
        var call = session.CallToolAsync("t", options: new CallOptions { Timeout = TimeSpan.FromSeconds(5) });
        var request = await _server.ExpectAsync(MethodNames.ToolsCall);
        _time.Advance(TimeSpan.FromSeconds(4));
        _server.Reply(request, Question);
        await started.Task.WaitAsync(_patience);
        await _time.SetAsync(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(4));
        _time.Advance(TimeSpan.FromMinutes(9) + TimeSpan.FromSeconds(55));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<RequestTimeoutException>(() => call.WaitAsync(_patience));
        Assert.Equal(("HUB5104", Delivery.Answered), (error.Code, error.Delivery));
        Assert.True(_server.IsQuiet);
    }

    /// <summary>The server wants to be called again: not before the wait is over, and then at once.</summary>
    private async Task<System.Text.Json.JsonElement> LaterAsync(System.Text.Json.JsonElement request, int wait)
    {
        _server.Reply(request, Later);
        await _time.SetAsync(TimeSpan.FromMilliseconds(wait));
        _time.Advance(TimeSpan.FromMilliseconds(wait - 1));
        Assert.True(_server.IsQuiet);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var retry = await _server.ExpectAsync(MethodNames.ToolsCall);
        Assert.Equal("s", retry.GetProperty("params").GetProperty("requestState").GetString());
        Assert.False(retry.GetProperty("params").TryGetProperty("inputResponses", out _));
        return retry;
    }

    private async Task<ClientSession> OpenAsync(Func<RootsRequest, CancellationToken, Task<IReadOnlyList<Root>>> roots)
    {
        _session = new ClientSession(_server, new ClientSessionOptions { ActorSystem = _system, ListRootsCallback = roots });
        var opening = _session.InitializeAsync();
        _server.Reply(await _server.ExpectAsync(MethodNames.Discover), Hello);
        await opening;
        return _session;
    }

    /// <summary>Says when a timer was set, which other threads do: only then may time go on.</summary>
    private sealed class WatchedTime : FakeTimeProvider
    {
        private readonly Lock _gate = new();
        private readonly List<TimeSpan> _set = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (period == Timeout.InfiniteTimeSpan)
            {
                lock (_gate)
                {
                    _set.Add(dueTime);
                }
            }

            return timer;
        }

        public Task SetAsync(TimeSpan due) => TestSupport.Eventually.HoldsAsync(
            () =>
            {
                lock (_gate)
                {
                    return _set.Remove(due);
                }
            },
            _patience);
    }
}
