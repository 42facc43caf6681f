using Akka.Actor;
using Akka.TestKit;

namespace McpHub.Testing;

/// <summary>
/// The one clock of a <see cref="HubTestKit"/>: the scheduler of its actor system and, as <see cref="TimeProvider"/>, everything that is given it. It stands still until it is advanced,
/// and then moves both together.
/// </summary>
public sealed class VirtualClock : TimeProvider
{
    // The hub looks for overdue calls so often (hub.session.tick).
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(50);

    // A message may be passed on by so many actors before it causes what a test waits for.
    private const int Rounds = 2;
    private const int MaxSteps = 200;

    // Streams and tasks hand over on threads of the pool, which nobody can ask whether they are done; at most so many looks a millisecond apart.
    private const int MaxLooks = 20;

    // An actor that is busy for longer than this is not waited for: what it does takes real time.
    private static readonly TimeSpan _settleLimit = TimeSpan.FromSeconds(1);

    private readonly ActorSystem _system;
    private readonly TestScheduler _scheduler;
    private readonly DateTimeOffset _start;

    internal VirtualClock(ActorSystem system)
    {
        _system = system;
        _scheduler = system.Scheduler as TestScheduler
            ?? throw new ArgumentException("the actor system does not run on Akka's TestScheduler: akka.scheduler.implementation is something else", nameof(system));
        _start = _scheduler.Now;
    }

    /// <summary>How far it was advanced so far.</summary>
    public TimeSpan Elapsed => _scheduler.Now - _start;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _scheduler.Now.ToUniversalTime();

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Timer(_scheduler, callback, state, dueTime, period);

    /// <summary>
    /// Lets time pass: in small steps, and after each one the actors of the system handle what it caused. What then still runs outside of actors, a socket or a user's own task,
    /// takes real time and is waited for by what is expected of it.
    /// </summary>
    /// <param name="by">How much.</param>
    public async Task AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        await SettleAsync().ConfigureAwait(false);
        var step = StepOf(by);
        for (var left = by; left > TimeSpan.Zero; left -= step)
        {
            await StepAsync(left < step ? left : step).ConfigureAwait(false);
        }
    }

    /// <summary>Lets time pass until it holds.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="atMost">The most that may pass.</param>
    /// <exception cref="ScriptException">It did not hold by then.</exception>
    public async Task AdvanceUntilAsync(Func<bool> holds, TimeSpan atMost)
    {
        ArgumentNullException.ThrowIfNull(holds);
        await SettleAsync().ConfigureAwait(false);
        var step = StepOf(atMost);
        for (var left = atMost; left > TimeSpan.Zero && !holds(); left -= step)
        {
            await StepAsync(left < step ? left : step).ConfigureAwait(false);
        }

        // What the last step set in motion may end on another thread.
        for (var limit = Environment.TickCount64 + (long)_settleLimit.TotalMilliseconds; !holds();)
        {
            if (Environment.TickCount64 > limit)
            {
                throw new ScriptException($"it did not come true in {atMost} of virtual time");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    /// <summary>Lets time pass until the task is completed, and returns its result.</summary>
    /// <param name="task">The task.</param>
    /// <param name="atMost">The most that may pass.</param>
    /// <exception cref="ScriptException">It was not completed by then.</exception>
    public async Task<T> AdvanceUntilAsync<T>(Task<T> task, TimeSpan atMost)
    {
        ArgumentNullException.ThrowIfNull(task);
        await AdvanceUntilAsync(() => task.IsCompleted, atMost).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits a few milliseconds until the actors have handled what was sent to them so far, without letting time pass.</summary>
    public async Task SettleAsync()
    {
        await ActorsAsync().ConfigureAwait(false);
        for (var look = 0; look < MaxLooks; look++)
        {
            await Task.Delay(1).ConfigureAwait(false);
            if (ThreadPool.PendingWorkItemCount == 0)
            {
                break;
            }
        }

        await ActorsAsync().ConfigureAwait(false);
    }

    private static TimeSpan StepOf(TimeSpan all) => all / MaxSteps > _step ? all / MaxSteps : _step;

    private Task StepAsync(TimeSpan by)
    {
        _scheduler.Advance(by);
        return SettleAsync();
    }

    private async Task ActorsAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            // A mailbox is in order: who answers has handled what came before.
            await Task.WhenAll(Actors().Select(AnsweredAsync)).ConfigureAwait(false);
        }
    }

    private static async Task AnsweredAsync(IActorRef actor)
    {
        try
        {
            await actor.Ask<ActorIdentity>(new Identify(null), _settleLimit).ConfigureAwait(false);
        }
        catch (Exception busy) when (busy is AskTimeoutException or TaskCanceledException)
        {
            // It is stopping, or busy in real time.
        }
    }

    private List<IActorRef> Actors()
    {
        var found = new List<IActorRef>();
        Collect(((ExtendedActorSystem)_system).Guardian, found);
        return found;
    }

    private static void Collect(IActorRef actor, List<IActorRef> found)
    {
        if (actor is ActorRefWithCell cell)
        {
            found.Add(actor);
            foreach (var child in cell.Children)
            {
                Collect(child, found);
            }
        }
    }

    private sealed class Timer : ITimer
    {
        private readonly IScheduler _scheduler;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private readonly Lock _gate = new();
        private Cancelable? _next;
        private TimeSpan _period;
        private bool _isDisposed;

        public Timer(IScheduler scheduler, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_scheduler, _callback, _state) = (scheduler, callback, state);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate)
            {
                _next?.Cancel();
                _next = null;
                if (_isDisposed)
                {
                    return false;
                }

                _period = period;
                Schedule(dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _isDisposed = true;
                _next?.Cancel();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Schedule(TimeSpan dueTime)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            var next = _next = new Cancelable(_scheduler);
            if (dueTime == TimeSpan.Zero)
            {
                // A real timer would not wait for the clock either.
                ThreadPool.UnsafeQueueUserWorkItem(_ => Fire(next), null);
            }
            else
            {
                _scheduler.Advanced.ScheduleOnce(dueTime, () => Fire(next), next);
            }
        }

        private void Fire(Cancelable armed)
        {
            lock (_gate)
            {
                if (_isDisposed || armed != _next)
                {
                    return;
                }

                _next = null;
                if (_period > TimeSpan.Zero)
                {
                    Schedule(_period);
                }
            }

            if (_context is null)
            {
                _callback(_state);
            }
            else
            {
                ExecutionContext.Run(_context, state => _callback(state), _state);
            }
        }
    }
}
