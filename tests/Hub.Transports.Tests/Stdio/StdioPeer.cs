using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using McpHub.Protocol.Errors;
using McpHub.Transports.Framing;
using McpHub.Transports.Stdio;

namespace McpHub.Transports.Tests.Stdio;

/// <summary>Tests that count processes and descriptors run one after the other.</summary>
[CollectionDefinition("processes", DisableParallelization = true)]
public sealed class ProcessesCollection : ICollectionFixture<StreamsFixture>;

public sealed class StreamsFixture : IAsyncLifetime
{
    public ActorSystem System { get; } = ActorSystem.Create("stdio");

    public ActorMaterializer Materializer { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Materializer = System.Materializer();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => System.Terminate();
}

/// <summary>A stdio transport with both ends in the hands of a test.</summary>
internal sealed class StdioPeer : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly ChannelWriter<OutboundFrame> _toServer;
    private readonly ChannelReader<InboundEvent> _fromServer;

    public StdioPeer(StdioServerParameters server, IMaterializer materializer, int maxLineBytes = LineFraming.DefaultMaxLineBytes, bool direct = false)
    {
        Transport = new StdioTransport(server, maxLineBytes: maxLineBytes);
        ITransport ends = direct ? new DirectStages(Transport) : Transport;
        _toServer = ChannelSource.Create<OutboundFrame>(512, false, BoundedChannelFullMode.Wait).To(ends.Outbound).Run(materializer);
        _fromServer = ends.Inbound.SelectMany(batch => batch.Events)
            .ToMaterialized(ChannelSink.AsReader<InboundEvent>(1, false, BoundedChannelFullMode.Wait), Keep.Right).Run(materializer);
    }

    public StdioTransport Transport { get; }

    public async Task<int> ProcessIdAsync() => (await Transport.Started.WaitAsync(Soon)).Id;

    public async Task<InboundEvent> NextAsync()
    {
        using var limit = new CancellationTokenSource(Soon);
        return await _fromServer.ReadAsync(limit.Token);
    }

    public async Task<string> NextFrameAsync() => Text(Assert.IsType<InboundEvent.Frame>(await NextAsync()));

    public async Task<InboundEvent.Rejected> NextRejectedAsync() => Assert.IsType<InboundEvent.Rejected>(await NextAsync());

    /// <summary>Reads to the end and returns what still came.</summary>
    public async Task<List<InboundEvent>> RestAsync()
    {
        using var limit = new CancellationTokenSource(Soon);
        var rest = new List<InboundEvent>();
        await foreach (var one in _fromServer.ReadAllAsync(limit.Token))
        {
            rest.Add(one);
        }

        return rest;
    }

    public static OutboundFrame.Message Message(string text) => new(Encoding.UTF8.GetBytes(text), null, null, []);

    public Task SendAsync(string text) => SendAsync(Message(text));

    public async Task SendAsync(OutboundFrame frame)
    {
        using var limit = new CancellationTokenSource(Soon);
        await _toServer.WriteAsync(frame, limit.Token);
    }

    /// <summary>False once the writing side takes nothing more.</summary>
    public async Task<bool> TrySendAsync(OutboundFrame frame, CancellationToken limit)
    {
        try
        {
            await _toServer.WriteAsync(frame, limit);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public bool TrySend(OutboundFrame frame) => _toServer.TryWrite(frame);

    public void CompleteOutbound() => _toServer.TryComplete();

    public Task<TransportClosed> ClosedAsync() => Transport.Closed.WaitAsync(Soon);

    public static string Text(InboundEvent.Frame frame) => Encoding.UTF8.GetString(frame.Utf8.Span);

    public async ValueTask DisposeAsync()
    {
        _toServer.TryComplete();
        await Transport.DisposeAsync();
    }
}

internal static class Proc
{
    /// <summary>Whether the process still does something: a zombie that nobody reaped is gone for our purposes.</summary>
    public static bool Runs(int id) => Stat(id) is { } stat && stat[0] is not ("Z" or "X");

    /// <summary>Process group and session of a running process.</summary>
    public static (int Group, int Session) GroupOf(int id) => Stat(id) is { } stat
        ? (int.Parse(stat[2], CultureInfo.InvariantCulture), int.Parse(stat[3], CultureInfo.InvariantCulture))
        : throw new InvalidOperationException($"process {id} is gone");

    public static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    public static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < StdioPeer.Soon, $"not within {StdioPeer.Soon}: {what}");
            await Task.Delay(10);
        }
    }

    // Fields after the command, which stands in parentheses: state, parent, group, session.
    private static string[]? Stat(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>A descriptor that a child inherits unless somebody prevents it.</summary>
internal static partial class Leak
{
    public static int OpenInheritable() => Dup(1);

    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Dup(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
