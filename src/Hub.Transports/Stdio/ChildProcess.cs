using McpHub.Protocol.Errors;

namespace McpHub.Transports.Stdio;

/// <summary>Starts server processes, one at a time for the whole hub: a burst of starts must not take the pool's threads.</summary>
internal static class ChildProcess
{
    private static readonly TaskFactory _spawner = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);

    private static int _alive;

    /// <summary>Processes that were started and not reaped yet.</summary>
    public static int Alive => Volatile.Read(ref _alive);

    /// <summary>Starts the process of a server.</summary>
    /// <exception cref="HubException"><c>HUB2101</c>: it cannot be started. Nothing is left open then.</exception>
    public static Task<IChildProcess> StartAsync(StdioServerParameters server) => _spawner.StartNew<IChildProcess>(() =>
    {
        if (server.Cwd is { } cwd && !Directory.Exists(cwd))
        {
            throw Failed(server, "the working directory does not exist");
        }

        var environment = ChildEnvironment.Of(server);
        Check(server, environment);
        return LinuxChildProcess.IsSupported ? LinuxChildProcess.Start(server, environment) : FrameworkChildProcess.Start(server, environment);
    });

    internal static void Started() => Interlocked.Increment(ref _alive);

    internal static void Reaped() => Interlocked.Decrement(ref _alive);

    internal static HubException Failed(StdioServerParameters server, string reason, Exception? inner = null)
    {
        var error = HubErrors.SpawnFailed.With(
            ("command", server.Command), ("cwd", server.Cwd ?? Environment.CurrentDirectory), ("reason", reason), ("path", SearchPath));
        return HubException.From(error.For(server), inner);
    }

    /// <summary>The hub's own PATH: where a command without a slash is looked for, whatever PATH the server gets.</summary>
    internal static string SearchPath => Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : "/bin:/usr/bin";

    // argv and envp end at a NUL: what stands after it would be lost in silence.
    private static void Check(StdioServerParameters server, Dictionary<string, string> environment)
    {
        if (server.Command.Contains('\0', StringComparison.Ordinal) || server.Args.Any(arg => arg.Contains('\0', StringComparison.Ordinal)))
        {
            throw Failed(server, "the command or an argument contains a NUL character");
        }

        foreach (var (name, value) in environment)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0') || value.Contains('\0', StringComparison.Ordinal))
            {
                throw Failed(server, $"the environment variable \"{name.Replace("\0", "\\0", StringComparison.Ordinal)}\" has a name or a value that no process can be given");
            }
        }
    }

    /// <summary>Names the server in an error; without a configured name its owner does that.</summary>
    internal static HubError For(this HubError error, StdioServerParameters server) => server.Name is { } name
        ? error with { ServerId = name, ToModel = error.ToModel.Replace("{server}", name, StringComparison.Ordinal) }
        : error;
}
