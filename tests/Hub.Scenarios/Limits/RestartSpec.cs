using McpHub.Actors.Servers;
using McpHub.TestSupport;

namespace McpHub.Scenarios.Limits;

/// <summary>When a server that fails is tried again, and what is told of it.</summary>
public sealed class RestartSpec
{
    private static readonly TimeSpan _min = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _max = TimeSpan.FromSeconds(60);

    [Fact]
    public void The_wait_doubles_from_half_a_second_to_a_minute()
    {
        var backoff = new RestartBackoff(_min, _max, () => 1);

        // Far enough apart that the breaker stays closed.
        var waits = Enumerable.Range(0, 10).Select(i => backoff.Failed(TimeSpan.FromMinutes(i))).ToArray();

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60], waits.Select(failed => failed.Wait.TotalSeconds));
        Assert.DoesNotContain(waits, failed => failed.IsOpen);
    }

    [Fact]
    public void The_jitter_is_full()
    {
        Assert.Equal(TimeSpan.Zero, new RestartBackoff(_min, _max, () => 0).Failed(TimeSpan.Zero).Wait);
        Assert.Equal(_min / 2, new RestartBackoff(_min, _max, () => 0.5).Failed(TimeSpan.Zero).Wait);
    }

    [Theory]
    [InlineData(59_999, true)]
    [InlineData(60_000, false)]
    public void Five_failures_within_60_seconds_open_the_breaker(int milliseconds, bool opens)
    {
        var backoff = new RestartBackoff(_min, _max, () => 0);
        for (var i = 0; i < 4; i++)
        {
            Assert.False(backoff.Failed(TimeSpan.FromSeconds(i)).IsOpen);
        }

        var fifth = backoff.Failed(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal((opens ? _max : TimeSpan.Zero, opens), fifth);
    }

    [Fact(DisplayName = "C-019 a server that crashes at its start is started five times, and not again before 60 s have passed")]
    public async Task A_server_is_tried_five_times_and_then_left_alone()
    {
        var tries = 0;
        await using var hub = await HubUnderTest.StartAsync();
        _ = hub.Runtime.AddServerAsync(
            new ServerDefinition("broken")
            {
                OpenTransport = () =>
                {
                    Interlocked.Increment(ref tries);
                    return McpTransports.Open(new StdioServerParameters("/bin/sh", "-c", "exit 3"));
                },
                Era = Era.Legacy,
                RestartMin = TimeSpan.FromMilliseconds(10),
            },
            CancellationToken.None);

        var state = await hub.ExpectAsync("broken", ServerPhase.CrashLoop);

        Assert.Equal(5, tries);
        Assert.InRange(state.NextRetry!.Value - state.Since, TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(61));
    }

    [Theory]
    [InlineData(10, "line 1")]
    [InlineData(11, "line 2")]
    public async Task The_last_ten_lines_of_standard_error_are_in_the_error(int lines, string first)
    {
        await using var hub = await HubUnderTest.StartAsync();
        _ = hub.Runtime.AddServerAsync(
            new ServerDefinition("crashing")
            {
                OpenTransport = () => McpTransports.Open(TestPeer.Server("exit", "3", $"{lines}")),
                Era = Era.Legacy,
                RestartMin = TimeSpan.FromMinutes(1),
            },
            CancellationToken.None);

        var state = await HubUnderTest.EventuallyAsync(
            () => hub.Runtime.Table.Servers.FirstOrDefault()?.State is { Phase: ServerPhase.BackingOff or ServerPhase.CrashLoop, LastError: not null } failed ? failed : null, "it did not fail");

        Assert.True(state.LastError!.Details.Count == 10, $"{state.LastError.Definition.Code} {state.LastError.Message} {string.Join("|", state.LastError.Details)}");
        Assert.Equal((first, $"line {lines}"), (state.LastError.Details[0], state.LastError.Details[^1]));
    }
}
