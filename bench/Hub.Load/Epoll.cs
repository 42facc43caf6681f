using System.Runtime.InteropServices;

namespace McpHub.Load;

/// <summary>What the generator and the fixed HTTP upstream need of epoll, level-triggered.</summary>
internal static unsafe class Epoll
{
    public const int Readable = 1;
    public const int Writable = 4;
    private const int Add_ = 1;
    private const int Change_ = 3;

    // struct epoll_event is packed on x64 only.
    private static readonly int _stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    public static void Add(int epoll, int socket, int index) => Control(epoll, Add_, socket, Readable, index);

    public static void Change(int epoll, int socket, int events, int index) => Control(epoll, Change_, socket, events, index);

    public static int Wait(int epoll, Span<int> ready, int milliseconds)
    {
        var entries = stackalloc byte[16 * ready.Length];
        var count = epoll_wait(epoll, entries, ready.Length, milliseconds);
        for (var i = 0; i < count; i++)
        {
            ready[i] = *(int*)(entries + (i * _stride) + _stride - 8);
        }

        return Math.Max(count, 0);
    }

    [DllImport("libc")]
    public static extern int epoll_create1(int flags);

    [DllImport("libc")]
    public static extern int close(int descriptor);

    private static void Control(int epoll, int operation, int socket, int events, int index)
    {
        var entry = stackalloc byte[16];
        *(int*)entry = events;
        *(int*)(entry + _stride - 8) = index;
        if (epoll_ctl(epoll, operation, socket, entry) != 0)
        {
            throw new InvalidOperationException("epoll_ctl failed");
        }
    }

    [DllImport("libc")]
    private static extern int epoll_ctl(int epoll, int operation, int descriptor, byte* entry);

    [DllImport("libc")]
    private static extern int epoll_wait(int epoll, byte* entries, int count, int milliseconds);
}
