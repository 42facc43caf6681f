using McpHub.Actors;
using McpHub.Actors.Sessions;
using McpHub.Host.Downstream;
using Microsoft.Extensions.Time.Testing;

namespace McpHub.Host.Tests.Downstream;

public sealed class SlowCallsTests
{
    private static readonly TimeSpan _after = TimeSpan.FromMilliseconds(50);
    private readonly FakeTimeProvider _time = new();
    private readonly LegacySession _session = new("s", "2025-11-25", null, new LogInterest().OpenSession());

    [Fact(DisplayName = "Each call is interrupted once its own time has passed, whatever was watched before it, and one that is over is not")]
    public void Each_call_has_its_own_time()
    {
        var slow = new SlowCalls(_after, _time);
        var calls = new List<(LegacySession.RunningCall Running, InterruptedCall Call)>();
        for (var i = 0; i < 4; i++)
        {
            calls.Add(Start(i));
            slow.Watch(calls[i].Running);
            _time.Advance(TimeSpan.FromMilliseconds(20));
        }

        // Begun at 0, 20, 40, 60; now it is 80, and a timer may be a fifth late.
        Assert.Equal([true, true, false, false], calls.Select(call => call.Call.IsInterrupted));
        calls[2].Running.Release();
        _time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal([true, true, false, true], calls.Select(call => call.Call.IsInterrupted));
        var late = Start(9);
        slow.Watch(late.Running);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(late.Call.IsInterrupted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(late.Call.IsInterrupted);
    }

    [Fact]
    public void With_an_infinite_time_no_call_is_interrupted()
    {
        var slow = new SlowCalls(Timeout.InfiniteTimeSpan, _time);
        var (running, call) = Start(1);
        slow.Watch(running);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(call.IsInterrupted);
    }

    private (LegacySession.RunningCall Running, InterruptedCall Call) Start(int id)
    {
        Assert.Null(_session.TryStart(System.Text.Encoding.ASCII.GetBytes($"{id}"), 128, out var running));
        var call = new InterruptedCall();
        running.Attach(call);
        return (running, call);
    }

    private sealed class InterruptedCall : RelayedCall
    {
        public bool IsInterrupted { get; private set; }

        public override bool HasNotifications => false;

        public override Task First => Ended;

        public override Task Ended { get; } = new TaskCompletionSource().Task;

        public override ValueTask<ReadOnlyMemory<byte>?> NextNotificationAsync() => default;

        public override RelayAnswer Answer() => default;

        public override void Interrupt() => IsInterrupted = true;

        public override void Cancel()
        {
            // Nobody asks.
        }
    }
}
