using Akka.Actor;
using Akka.Configuration;

namespace McpHub.Actors.Embedding;

/// <summary>
/// The actor system of sessions and groups that were given none: one for the whole process, made with the first of them and terminated with the last,
/// so that a hundred sessions cost the threads of one.
/// </summary>
internal sealed class PrivateActorSystem
{
    // A library does not write to a program's console; errors reach the caller as exceptions. Whoever wants the log brings an actor system.
    private static readonly Config _config = ConfigurationFactory.ParseString("""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """);

    private static readonly Lock _gate = new();
    private static ActorSystem? _current;
    private static int _users;

    /// <summary>The system in use; <c>null</c> while nobody uses one.</summary>
    public static ActorSystem? Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    public static ActorSystemLease Take()
    {
        lock (_gate)
        {
            _current ??= ActorSystem.Create("mcp-hub", _config);
            _users++;
            return new ActorSystemLease(_current, Release);
        }
    }

    private static Task Release()
    {
        lock (_gate)
        {
            if (--_users > 0)
            {
                return Task.CompletedTask;
            }

            var last = _current!;
            _current = null;
            return last.Terminate();
        }
    }
}

/// <summary>The right to use an actor system.</summary>
/// <param name="system">The system.</param>
/// <param name="release">Gives it back; called once.</param>
internal sealed class ActorSystemLease(ActorSystem system, Func<Task> release)
{
    private int _isReleased;

    public ActorSystem System => system;

    /// <summary>A system that its owner terminates.</summary>
    public static ActorSystemLease Borrow(ActorSystem system) => new(system, () => Task.CompletedTask);

    /// <summary>A system that ends with this lease.</summary>
    public static ActorSystemLease Own(ActorSystem system) => new(system, system.Terminate);

    public Task ReleaseAsync() => Interlocked.Exchange(ref _isReleased, 1) == 0 ? release() : Task.CompletedTask;
}
