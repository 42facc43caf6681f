using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace McpHub.Actors;

/// <summary>An actor system's scheduler on a <see cref="TimeProvider"/>: timers, deadlines and the time of day of all its actors follow that one clock.</summary>
internal sealed class TimeProviderScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    // Akka makes its scheduler by reflection, on the thread that creates the system and before Create returns: there is no other way to hand it an object.
    [ThreadStatic]
    private static TimeProvider? _handedOver;

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ConcurrentDictionary<Entry, Entry> _entries = [];
    private volatile bool _isDisposed;

    public TimeProviderScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log) => (_time, _start) = (_handedOver ?? TimeProvider.System, (_handedOver ?? TimeProvider.System).GetTimestamp());

    public override TimeSpan MonotonicClock => _time.GetElapsedTime(_start);

    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    protected override DateTimeOffset TimeNow => _time.GetUtcNow();

    /// <summary>Makes an actor system on this clock; on <see cref="TimeProvider.System"/> with Akka's own scheduler.</summary>
    public static ActorSystem CreateSystem(string name, TimeProvider time, Config config, params Setup[] setups)
    {
        if (time != TimeProvider.System)
        {
            config = ConfigurationFactory.ParseString($"akka.scheduler.implementation = \"{typeof(TimeProviderScheduler).FullName}, {typeof(TimeProviderScheduler).Assembly.GetName().Name}\"").WithFallback(config);
        }

        _handedOver = time;
        try
        {
            return ActorSystem.Create(name, ActorSystemSetup.Create([BootstrapSetup.Create().WithConfig(config), .. setups]));
        }
        finally
        {
            _handedOver = null;
        }
    }

    /// <summary>Stops all timers; Akka calls it when the system has terminated.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var entry in _entries.Keys)
        {
            entry.Dispose();
        }
    }

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Schedule(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Schedule(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) => Schedule(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        if (_isDisposed || cancelable is { IsCancellationRequested: true })
        {
            return;
        }

        var entry = new Entry(this, action, cancelable, isRepeated: interval != Timeout.InfiniteTimeSpan);
        _entries[entry] = entry;
        entry.Start(delay < TimeSpan.Zero ? TimeSpan.Zero : delay, interval);
    }

    private sealed class Entry(TimeProviderScheduler owner, Action action, ICancelable? cancelable, bool isRepeated) : IDisposable
    {
        private CancellationTokenRegistration _cancellation;
        private ITimer? _timer;
        private int _isDone;

        public void Start(TimeSpan delay, TimeSpan interval)
        {
            var timer = owner._time.CreateTimer(static entry => ((Entry)entry!).Fire(), this, delay, interval);
            Volatile.Write(ref _timer, timer);
            if (cancelable is not null)
            {
                _cancellation = cancelable.Token.UnsafeRegister(static entry => ((Entry)entry!).Dispose(), this);
            }

            // It fired, was cancelled or the system ended before the timer was known.
            if (Volatile.Read(ref _isDone) != 0 || owner._isDisposed)
            {
                Dispose();
                timer.Dispose();
            }
        }

        public void Dispose()
        {
            Volatile.Write(ref _isDone, 1);
            owner._entries.TryRemove(this, out _);
            Volatile.Read(ref _timer)?.Dispose();
            _cancellation.Unregister();
        }

        private void Fire()
        {
            if (cancelable is { IsCancellationRequested: true } || (!isRepeated && Interlocked.Exchange(ref _isDone, 1) != 0))
            {
                Dispose();
                return;
            }

            try
            {
                action();
            }
            catch (Exception failure)
            {
                owner.Log.Error(failure, "An action of the scheduler failed");
                Dispose();
                return;
            }

            if (!isRepeated)
            {
                Dispose();
            }
        }
    }
}
