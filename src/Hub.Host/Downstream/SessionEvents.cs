using System.Globalization;

namespace McpHub.Host.Downstream;

/// <summary>
/// The SSE events of one legacy session that can be sent again (2025-11-25, transports, Resumability and Redelivery). An event id names its stream and its place
/// there, so that nothing of another stream is ever replayed. Bounded over all streams of the session, oldest out first. Thread-safe.
/// </summary>
internal sealed class SessionEvents(int maxEvents = SessionEvents.MaxEvents, int maxBytes = SessionEvents.MaxBytes)
{
    public const int MaxEvents = 1000;
    public const int MaxBytes = 1024 * 1024;

    // Streams without events of their own that can still be named by an id.
    private const int MaxIdleStreams = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, EventStream> _streams = [];
    private readonly Queue<EventStream> _order = new();
    private long _lastStream;
    private int _bytes;

    /// <summary>A new stream.</summary>
    /// <param name="isCall">It carries one call and ends with its answer; else it is a GET stream, which ends with the session.</param>
    public EventStream Open(bool isCall)
    {
        lock (_lock)
        {
            var stream = new EventStream(++_lastStream, isCall);
            _streams.Add(stream.Number, stream);
            Forget();
            return stream;
        }
    }

    /// <summary>Takes a stream over: who held it is told, and writes no more. Returns what <see cref="IsHeldBy"/> knows the new holder by.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="replaced">What to do when another takes it over; must not block.</param>
    public object Hold(EventStream stream, Action? replaced = null)
    {
        var holder = new object();
        Action? tell;
        lock (_lock)
        {
            (tell, stream.Replaced, stream.Holder) = (stream.Replaced, replaced, holder);
            stream.Wake();
        }

        tell?.Invoke();
        return holder;
    }

    public bool IsHeldBy(EventStream stream, object holder)
    {
        lock (_lock)
        {
            return ReferenceEquals(stream.Holder, holder);
        }
    }

    /// <summary>Keeps an event, also if nobody is connected.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="frame">The message; empty if it is too large to be kept.</param>
    /// <returns>Its id.</returns>
    public string Append(EventStream stream, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            var place = ++stream.Last;
            if (frame.IsEmpty || frame.Length > maxBytes)
            {
                stream.LostThrough = place;
            }
            else
            {
                stream.Events.Enqueue((place, frame));
                _order.Enqueue(stream);
                _bytes += frame.Length;
                while (_order.Count > maxEvents || _bytes > maxBytes)
                {
                    var oldest = _order.Dequeue();
                    var (lost, bytes) = oldest.Events.Dequeue();
                    oldest.LostThrough = lost;
                    _bytes -= bytes.Length;
                }
            }

            stream.Wake();
            return Id(stream, place);
        }
    }

    /// <summary>The call of this stream was answered.</summary>
    public void End(EventStream stream)
    {
        lock (_lock)
        {
            stream.HasEnded = true;
            stream.Wake();
        }
    }

    /// <summary>Finds the stream that an event id belongs to; false if there is none, or if something after that event is not kept any more.</summary>
    public bool TryFind(string? eventId, out EventStream stream, out long after)
    {
        (stream, after) = (null!, 0);
        var dash = eventId?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash < 1 || !TryNumber(eventId.AsSpan(0, dash), out var number) || !TryNumber(eventId.AsSpan(dash + 1), out after))
        {
            return false;
        }

        lock (_lock)
        {
            return _streams.TryGetValue(number, out stream!) && after <= stream.Last && after >= stream.LostThrough;
        }
    }

    /// <summary>The next event after a place, which moves on to it; false if there is none yet.</summary>
    public bool TryRead(EventStream stream, ref long after, out string id, out ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            foreach (var (place, kept) in stream.Events)
            {
                if (place > after)
                {
                    after = place;
                    (id, frame) = (Id(stream, place), kept);
                    return true;
                }
            }
        }

        (id, frame) = ("", default);
        return false;
    }

    /// <summary>Completes when there may be more to read; false if the stream has ended or another holds it.</summary>
    public Task<bool> WaitAsync(EventStream stream, object holder, long after)
    {
        lock (_lock)
        {
            return !ReferenceEquals(stream.Holder, holder) ? Task.FromResult(false)
                : stream.Last > after ? Task.FromResult(stream.LostThrough <= after)
                : stream.HasEnded ? Task.FromResult(false)
                : stream.Changed();
        }
    }

    public static string Id(EventStream stream, long place) => string.Create(CultureInfo.InvariantCulture, $"{stream.Number}-{place}");

    private void Forget()
    {
        if (_streams.Count <= MaxIdleStreams)
        {
            return;
        }

        // Numbers grow, and dictionaries are small here: the oldest that nothing can be replayed from go.
        foreach (var old in _streams.Values.Where(old => old.Events.Count == 0 && (old.HasEnded || !old.IsCall)).OrderBy(old => old.Number).Take(_streams.Count - MaxIdleStreams).ToArray())
        {
            _streams.Remove(old.Number);
        }
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>One SSE stream of a legacy session, which may outlive its connection. Used by <see cref="SessionEvents"/> under its lock.</summary>
internal sealed class EventStream(long number, bool isCall)
{
    private TaskCompletionSource<bool>? _changed;

    public long Number => number;

    public bool IsCall => isCall;

    internal Queue<(long Place, ReadOnlyMemory<byte> Frame)> Events { get; } = new();

    internal long Last { get; set; }

    internal long LostThrough { get; set; }

    internal bool HasEnded { get; set; }

    internal object? Holder { get; set; }

    internal Action? Replaced { get; set; }

    internal Task<bool> Changed() => (_changed ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    internal void Wake()
    {
        _changed?.TrySetResult(true);
        _changed = null;
    }
}
