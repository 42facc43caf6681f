using System.Text;
using System.Threading.Channels;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Sessions;

/// <summary>Why a <see cref="NotificationStream"/> ended.</summary>
internal enum StreamEnd
{
    /// <summary>It is open.</summary>
    None,

    /// <summary>The client is gone, or its session is.</summary>
    Closed,

    /// <summary>The hub stops.</summary>
    Drained,

    /// <summary>The client did not read: rather no stream than one with a hole (contract 3.7-12).</summary>
    Overflowed,
}

/// <summary>
/// Notifications on their way to one client: written by its actor, read by the exchange that holds its connection. Bounded; of each list at most one
/// change is under way (contract 3.7-6). Thread-safe for one writer and one reader.
/// </summary>
internal sealed class NotificationStream
{
    private const int DefaultCapacity = 256;

    private static readonly (ListKinds Kind, string Method)[] Methods =
    [
        (ListKinds.Tools, MethodNames.ToolsListChanged),
        (ListKinds.Prompts, MethodNames.PromptsListChanged),
        (ListKinds.Resources, MethodNames.ResourcesListChanged),
    ];

    private readonly Channel<Entry> _entries;
    private readonly ListKinds _wanted;
    private readonly byte[] _parameters;
    private readonly HashSet<string> _urisUnderWay = new(StringComparer.Ordinal);
    private int _underWay;
    private int _end;
    private volatile bool _isAbandoned;

    /// <param name="wanted">The changes that the client asked for.</param>
    /// <param name="subscriptionId">The id token of a modern <c>subscriptions/listen</c>, which every event repeats with its JSON type; empty for a legacy client.</param>
    /// <param name="capacity">How much may wait for the client.</param>
    public NotificationStream(ListKinds wanted, ReadOnlyMemory<byte> subscriptionId = default, int capacity = DefaultCapacity)
    {
        (_wanted, SubscriptionId) = (wanted, subscriptionId);
        _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _parameters = subscriptionId.IsEmpty ? [] : [.. "{\"_meta\":"u8, .. SubscriptionMeta(subscriptionId.Span), (byte)'}'];
    }

    public ReadOnlyMemory<byte> SubscriptionId { get; }

    public StreamEnd End => (StreamEnd)Volatile.Read(ref _end);

    /// <summary>A <c>_meta</c> object that names the subscription (2026-07-28, subscriptions, Receiving Notifications).</summary>
    public static byte[] SubscriptionMeta(ReadOnlySpan<byte> id) => [.. "{\""u8, .. Encoding.ASCII.GetBytes(MetaKeys.SubscriptionId), .. "\":"u8, .. id, (byte)'}'];

    /// <summary>Adds the first message of a subscription: what of it is honoured (2026-07-28, subscriptions, Acknowledgment).</summary>
    /// <param name="uris">The resources whose changes will be told.</param>
    public void PushAcknowledgement(IReadOnlyCollection<string> uris)
    {
        var honoured = new List<string>(4);
        foreach (var (kind, name) in (ReadOnlySpan<(ListKinds, string)>)[(ListKinds.Tools, "toolsListChanged"), (ListKinds.Prompts, "promptsListChanged"), (ListKinds.Resources, "resourcesListChanged")])
        {
            if (_wanted.HasFlag(kind))
            {
                honoured.Add($"\"{name}\":true");
            }
        }

        if (uris.Count > 0)
        {
            honoured.Add($"\"resourceSubscriptions\":[{string.Join(',', uris.Select(uri => Encoding.UTF8.GetString(JsonText.Quote(uri))))}]");
        }

        Push(new Entry(FrameWriter.Notification(MethodNames.SubscriptionsAcknowledged,
            [.. "{\"_meta\":"u8, .. SubscriptionMeta(SubscriptionId.Span), .. ",\"notifications\":{"u8, .. Encoding.UTF8.GetBytes(string.Join(',', honoured)), .. "}}"u8]), ListKinds.None));
    }

    /// <summary>Adds changes of these lists, unless the client did not ask for them or still has one before it.</summary>
    public void PushChanged(ListKinds changed)
    {
        foreach (var (kind, method) in Methods)
        {
            if ((changed & _wanted & kind) != 0 && (Interlocked.Or(ref _underWay, (int)kind) & (int)kind) == 0)
            {
                Push(new Entry(FrameWriter.Notification(method, _parameters), kind));
            }
        }
    }

    /// <summary>Adds the change of a resource, unless one of it is still before it.</summary>
    /// <param name="uri">The URI as the client knows it.</param>
    /// <param name="notification">For clients, without the tag of this stream.</param>
    public void PushUpdated(string uri, Envelope notification)
    {
        lock (_urisUnderWay)
        {
            if (!_urisUnderWay.Add(uri))
            {
                return;
            }
        }

        ReadOnlyMemory<byte> frame = SubscriptionId.IsEmpty
            ? notification.Frame
            : new EnvelopeSplicer(notification).Set(MemberOf.ParamsMeta, MetaKeys.SubscriptionId, SubscriptionId).ToFrame();
        Push(new Entry(frame, ListKinds.None, uri, notification));
    }

    /// <summary>Ends the stream. What was pushed before is still read. Only the first reason counts.</summary>
    public void Complete(StreamEnd reason)
    {
        Interlocked.CompareExchange(ref _end, (int)reason, (int)StreamEnd.None);
        _entries.Writer.TryComplete();
    }

    /// <summary>Ends the stream at once: what was pushed before is not read any more, but by <see cref="TakeUnread"/>.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        Complete(StreamEnd.Closed);
    }

    /// <summary>What nobody has read of a stream that ended and whose reader is gone.</summary>
    public (ListKinds Kinds, IReadOnlyList<(string Uri, Envelope Notification)> Updates) TakeUnread()
    {
        var kinds = ListKinds.None;
        var updates = new List<(string, Envelope)>();
        while (_entries.Reader.TryRead(out var entry))
        {
            kinds |= entry.Kind;
            if (entry is { Uri: { } uri, Updated: { } updated })
            {
                updates.Add((uri, updated));
            }
        }

        return (kinds, updates);
    }

    /// <summary>True when there is something to read, false when the stream has ended.</summary>
    public ValueTask<bool> WaitToReadAsync() => _isAbandoned ? new ValueTask<bool>(false) : _entries.Reader.WaitToReadAsync();

    public bool TryRead(out ReadOnlyMemory<byte> frame)
    {
        if (_isAbandoned || !_entries.Reader.TryRead(out var entry))
        {
            frame = default;
            return false;
        }

        // Before it is written: a change from now on is news.
        Interlocked.And(ref _underWay, ~(int)entry.Kind);
        if (entry.Uri is { } uri)
        {
            lock (_urisUnderWay)
            {
                _urisUnderWay.Remove(uri);
            }
        }

        frame = entry.Frame;
        return true;
    }

    private void Push(in Entry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
        {
            Complete(StreamEnd.Overflowed);
        }
    }

    private readonly record struct Entry(ReadOnlyMemory<byte> Frame, ListKinds Kind, string? Uri = null, Envelope? Updated = null);
}
