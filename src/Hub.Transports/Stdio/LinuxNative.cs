using System.Runtime.InteropServices;

namespace McpHub.Transports.Stdio;

/// <summary>The imports behind <see cref="LinuxChildProcess"/>. glibc 2.34 or newer (<c>posix_spawn_file_actions_addclosefrom_np</c>).</summary>
internal static unsafe partial class LinuxNative
{
    public const int ENOENT = 2, EINTR = 4, ECHILD = 10, EACCES = 13;
    public const int SIGKILL = 9, SIGTERM = 15;
    public const int O_CLOEXEC = 0x80000, F_DUPFD_CLOEXEC = 1030, F_SETPIPE_SZ = 1031, X_OK = 1;
    public const short POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSIGMASK = 0x08, POSIX_SPAWN_SETSID = 0x80;
    public const int P_PID = 1, WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x01000000;

    /// <summary>More than any of posix_spawnattr_t (336), posix_spawn_file_actions_t (80), sigset_t (128) and siginfo_t (128) takes.</summary>
    public const int StructBytes = 512;

    private const string C = "libc.so.6";

    public static bool HasSpawn { get; } = OperatingSystem.IsLinux() && NativeLibrary.TryLoad(C, out var libc)
        && NativeLibrary.TryGetExport(libc, "posix_spawn_file_actions_addclosefrom_np", out _)
        && NativeLibrary.TryGetExport(libc, "posix_spawn_file_actions_addchdir_np", out _);

    [LibraryImport(C, SetLastError = true)]
    public static partial int pipe2(int* descriptors, int flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport(C, SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int access(string path, int mode);

    [LibraryImport(C, SetLastError = true)]
    public static partial int kill(int process, int signal);

    [LibraryImport(C, SetLastError = true)]
    public static partial int waitpid(int process, int* status, int options);

    [LibraryImport(C, SetLastError = true)]
    public static partial int waitid(int type, int id, byte* info, int options);

    [LibraryImport(C)]
    public static partial int sigemptyset(byte* set);

    [LibraryImport(C)]
    public static partial int sigfillset(byte* set);

    // The posix_spawn family returns the error number and leaves errno alone.
    [LibraryImport(C)]
    public static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport(C)]
    public static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport(C)]
    public static partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn_file_actions_addchdir_np(byte* actions, string path);

    [LibraryImport(C)]
    public static partial int posix_spawn_file_actions_addclosefrom_np(byte* actions, int from);

    [LibraryImport(C)]
    public static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport(C)]
    public static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport(C)]
    public static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport(C)]
    public static partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);

    [LibraryImport(C)]
    public static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn(int* process, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);
}
