using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static McpHub.Transports.Stdio.LinuxNative;

namespace McpHub.Transports.Stdio;

/// <summary>
/// A child started with <c>posix_spawn</c>: a session and a process group of its own, descriptors 0, 1 and 2 and no other, signals at their defaults.
/// The framework's <c>Process</c> puts a child into the hub's group, leaks descriptors into it, and its tree kill misses grandchildren whose parent is gone.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxChildProcess : IChildProcess
{
    private static readonly Lock _gate = new();
    private static readonly Dictionary<int, LinuxChildProcess> _running = [];
    private static PosixSignalRegistration? _childSignal;

    private readonly TaskCompletionSource<ChildExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _isServer;

    private LinuxChildProcess(bool isServer, int id, int stdin, int stdout, int stderr)
    {
        (_isServer, Id) = (isServer, id);
        // Pipe streams wait in the event loop; a FileStream would block a pool thread for each pending read.
        Stdin = new AnonymousPipeClientStream(PipeDirection.Out, new SafePipeHandle(stdin, ownsHandle: true));
        Stdout = new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(stdout, ownsHandle: true));
        Stderr = new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(stderr, ownsHandle: true));
    }

    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => HasSpawn;

    public int Id { get; }

    public Stream Stdin { get; }

    public Stream Stdout { get; }

    public Stream Stderr { get; }

    public Task<ChildExit> Exited => _exited.Task;

    public static LinuxChildProcess Start(StdioServerParameters server, Dictionary<string, string> environment)
    {
        lock (_gate)
        {
            OrphanWatch.Ensure(_running.Values.Where(child => child._isServer).Select(child => child.Id));
        }

        return Start(server, environment, isServer: true);
    }

    /// <summary>Starts a process that is no server: it is neither counted nor watched.</summary>
    public static LinuxChildProcess StartUncounted(StdioServerParameters command, Dictionary<string, string> environment) => Start(command, environment, isServer: false);

    private static LinuxChildProcess Start(StdioServerParameters server, Dictionary<string, string> environment, bool isServer)
    {
        var executable = Resolve(server);
        var arguments = new NativeStrings([server.Command, .. server.Args]);
        var variables = new NativeStrings([.. environment.Select(entry => $"{entry.Key}={entry.Value}")]);
        Span<int> pipes = [-1, -1, -1, -1, -1, -1]; // in, out, err: [read, write]
        try
        {
            for (var i = 0; i < 3; i++)
            {
                OpenPipe(server, pipes.Slice(2 * i, 2));
            }

            // Room for a few large results, so that neither side waits for the other at each. Where the user's pipes have used up their memory it stays as it is.
            _ = fcntl(pipes[3], F_SETPIPE_SZ, StdioInboundStage.PipeBytes);
            _childSignal ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Sweep());
            var id = Spawn(server, executable, pipes, arguments, variables);
            var child = new LinuxChildProcess(isServer, id, pipes[1], pipes[2], pipes[4]);
            pipes[1] = pipes[2] = pipes[4] = -1;
            lock (_gate)
            {
                _running.Add(id, child);
                if (isServer)
                {
                    ChildProcess.Started();
                    OrphanWatch.Started(id);
                }
            }

            Sweep(); // It may have ended before it was in the table.
            return child;
        }
        finally
        {
            // The child's ends at once: while the hub held them, no pipe would ever end.
            foreach (var descriptor in pipes)
            {
                if (descriptor >= 0)
                {
                    _ = close(descriptor);
                }
            }

            arguments.Free();
            variables.Free();
        }
    }

    public void Terminate() => Signal(SIGTERM);

    public void Kill() => Signal(SIGKILL);

    public void Dispose()
    {
        Stdin.Dispose();
        Stdout.Dispose();
        Stderr.Dispose();
    }

    // A command with a slash is left to the kernel, which resolves it against the child's working directory, as POSIX does.
    private static string Resolve(StdioServerParameters server)
    {
        if (server.Command.Contains('/', StringComparison.Ordinal))
        {
            return server.Command;
        }

        var error = ENOENT;
        foreach (var folder in ChildProcess.SearchPath.Split(':'))
        {
            var candidate = Path.GetFullPath(Path.Combine(folder.Length == 0 ? "." : folder, server.Command));
            if (File.Exists(candidate))
            {
                if (access(candidate, X_OK) == 0)
                {
                    return candidate;
                }

                error = EACCES;
            }
        }

        throw Failed(server, error);
    }

    private static unsafe void OpenPipe(StdioServerParameters server, Span<int> ends)
    {
        fixed (int* pointer = ends)
        {
            if (pipe2(pointer, O_CLOEXEC) != 0)
            {
                throw Failed(server, Marshal.GetLastPInvokeError());
            }
        }

        // A hub that was started with closed standard streams gets 0, 1 or 2 here, which the actions below overwrite.
        foreach (ref var end in ends)
        {
            if (end < 3)
            {
                var moved = fcntl(end, F_DUPFD_CLOEXEC, 3);
                if (moved < 0)
                {
                    throw Failed(server, Marshal.GetLastPInvokeError());
                }

                _ = close(end);
                end = moved;
            }
        }
    }

    private static unsafe int Spawn(StdioServerParameters server, string executable, Span<int> pipes, NativeStrings arguments, NativeStrings variables)
    {
        byte* actions = stackalloc byte[StructBytes], attributes = stackalloc byte[StructBytes], set = stackalloc byte[StructBytes];
        Check(server, posix_spawn_file_actions_init(actions));
        Check(server, posix_spawnattr_init(attributes));
        try
        {
            Check(server, posix_spawn_file_actions_adddup2(actions, pipes[0], 0));
            Check(server, posix_spawn_file_actions_adddup2(actions, pipes[3], 1));
            Check(server, posix_spawn_file_actions_adddup2(actions, pipes[5], 2));
            if (server.Cwd is { } cwd)
            {
                Check(server, posix_spawn_file_actions_addchdir_np(actions, cwd));
            }

            Check(server, posix_spawn_file_actions_addclosefrom_np(actions, 3));

            // .NET ignores SIGPIPE; without this the child would too.
            _ = sigemptyset(set);
            Check(server, posix_spawnattr_setsigmask(attributes, set));
            _ = sigfillset(set);
            Check(server, posix_spawnattr_setsigdefault(attributes, set));
            Check(server, posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));

            int id;
            Check(server, posix_spawn(&id, executable, actions, attributes, arguments.Pointer, variables.Pointer));
            return id;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    private static void Check(StdioServerParameters server, int error)
    {
        if (error != 0)
        {
            throw Failed(server, error);
        }
    }

    private static HubException Failed(StdioServerParameters server, int error) =>
        ChildProcess.Failed(server, $"{Marshal.GetPInvokeErrorMessage(error)} (errno {error})");

    // Under the gate and only while the leader is not reaped: after that its number may belong to somebody else.
    private void Signal(int signal)
    {
        lock (_gate)
        {
            if (_running.ContainsKey(Id))
            {
                _ = kill(-Id, signal);
            }
        }
    }

    // The gate also keeps two sweeps apart: they would take each other's exit codes.
    private static void Sweep()
    {
        lock (_gate)
        {
            List<LinuxChildProcess>? gone = null;
            foreach (var child in _running.Values)
            {
                if (child.TryReap(out var exit))
                {
                    (gone ??= []).Add(child);
                    child._exited.TrySetResult(exit);
                }
            }

            foreach (var child in gone ?? [])
            {
                _running.Remove(child.Id);
                if (child._isServer)
                {
                    ChildProcess.Reaped();
                }
            }
        }
    }

    private unsafe bool TryReap(out ChildExit exit)
    {
        exit = default;
        var info = stackalloc byte[StructBytes];
        new Span<byte>(info, StructBytes).Clear();
        int result;
        do
        {
            result = waitid(P_PID, Id, info, WEXITED | WNOHANG | WNOWAIT);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == EINTR);

        if (result != 0)
        {
            // ECHILD: the hub was started with SIGCHLD ignored, and the kernel reaped the child.
            _ = kill(-Id, SIGKILL);
            return true;
        }

        if (*(int*)info == 0)
        {
            return false; // si_signo is 0: it still runs.
        }

        if (_isServer)
        {
            OrphanWatch.Ended(Id);
        }

        // What is left of the group has no server to belong to. The leader is not reaped yet, so the number can't have been given away.
        _ = kill(-Id, SIGKILL);
        int status;
        while (waitpid(Id, &status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != EINTR)
            {
                return true;
            }
        }

        var signal = status & 0x7f;
        exit = signal == 0 ? new ChildExit((status >> 8) & 0xff, null) : new ChildExit(128 + signal, signal);
        return true;
    }

    /// <summary>A null-terminated array of UTF-8 strings outside the managed heap.</summary>
    private readonly unsafe struct NativeStrings
    {
        private readonly int _count;

        public NativeStrings(string[] strings)
        {
            _count = strings.Length;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
            }
        }

        public byte** Pointer { get; }

        public void Free()
        {
            for (var i = 0; i < _count; i++)
            {
                Marshal.FreeCoTaskMem((nint)Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
