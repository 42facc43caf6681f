using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpHub.Actors.Bridging;
using McpHub.Protocol.Errors;

namespace McpHub.Actors.Routing;

/// <summary>What one server adds to a list.</summary>
/// <param name="ServerEra">Decides how its items look to a client of the other era.</param>
/// <param name="Items">In the server's order.</param>
internal sealed record ListSegment(Era ServerEra, PublishedItem[] Items)
{
    public bool HasContentOf(ListSegment other) => ReferenceEquals(this, other)
        || (ServerEra == other.ServerEra && Items.Length == other.Items.Length
            && Items.Zip(other.Items).All(pair => ReferenceEquals(pair.First, pair.Second) || pair.First.Json.Span.SequenceEqual(pair.Second.Json.Span)));
}

/// <summary>
/// One of the four lists of the hub with exactly one content: a change makes a new one. Its pages are encoded when they are first asked for. Thread-safe.
/// </summary>
internal sealed class PublishedList(ComponentKind kind, IReadOnlyList<ListSegment> segments, int pageSize)
{
    public static PublishedList Empty(ComponentKind kind) => new(kind, [], 1);

    // Random, so that a cursor of another hub in this process never fits.
    private readonly long _id = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
    private readonly ConcurrentDictionary<(Era Era, int Offset), Page> _pages = new();

    public IReadOnlyList<ListSegment> Segments => segments;

    public int Count { get; } = segments.Sum(segment => segment.Items.Length);

    public bool HasContentOf(IReadOnlyList<ListSegment> others) =>
        segments.Count == others.Count && segments.Zip(others).All(pair => pair.First.HasContentOf(pair.Second));

    /// <summary>A page for a client; <paramref name="ttlMs"/> and <paramref name="isPublic"/> are shown to modern ones only.</summary>
    public ListAnswer PageAt(Era era, string? cursor, long ttlMs, bool isPublic)
    {
        var offset = cursor is null ? 0 : ListCursor.Open(cursor, _id, kind);
        if (offset < 0)
        {
            return new ListAnswer(default, HubErrors.InvalidCursor.With());
        }

        if (!_pages.TryGetValue((era, offset), out var page))
        {
            page = Close(Encode(era, offset), era, ttlMs, isPublic);
            _pages[(era, offset)] = page;
        }
        else if (era == Era.Modern && (page.TtlMs, page.IsPublic) != (ttlMs, isPublic))
        {
            page = Close(page.Result[..page.BodyLength], era, ttlMs, isPublic);
            _pages[(era, offset)] = page;
        }

        return new ListAnswer(page.Result, null);
    }

    private static ReadOnlySpan<byte> MemberName(ComponentKind kind) => kind switch
    {
        ComponentKind.Tool => "tools"u8,
        ComponentKind.Prompt => "prompts"u8,
        ComponentKind.Resource => "resources"u8,
        _ => "resourceTemplates"u8,
    };

    private static Page Close(ReadOnlyMemory<byte> body, Era era, long ttlMs, bool isPublic)
    {
        var tail = era == Era.Legacy
            ? "}"u8.ToArray()
            : [.. ",\"resultType\":\"complete\",\"ttlMs\":"u8, .. Encoding.UTF8.GetBytes(ttlMs.ToString(CultureInfo.InvariantCulture)),
               .. ",\"cacheScope\":"u8, .. isPublic ? "\"public\""u8 : "\"private\""u8, .. ",\"_meta\":"u8, .. Projections.ResultMeta.Span, (byte)'}'];
        var result = new byte[body.Length + tail.Length];
        body.CopyTo(result);
        tail.CopyTo(result, body.Length);
        return new Page(result, body.Length, ttlMs, isPublic);
    }

    // Everything but the closing part: {"tools":[…],"nextCursor":"…"
    private ReadOnlyMemory<byte> Encode(Era era, int offset)
    {
        var body = new ArrayBufferWriter<byte>(4096);
        body.Write("{\""u8);
        body.Write(MemberName(kind));
        body.Write("\":["u8);
        var (skip, left, isFirst) = (offset, pageSize, true);
        foreach (var segment in segments)
        {
            for (var i = Math.Min(skip, segment.Items.Length); i < segment.Items.Length && left > 0; i++, left--)
            {
                if (!isFirst)
                {
                    body.Write(","u8);
                }

                body.Write(ItemProjection.ForClient(segment.Items[i], era, segment.ServerEra).Span);
                isFirst = false;
            }

            skip = Math.Max(0, skip - segment.Items.Length);
        }

        body.Write("]"u8);
        if (offset + pageSize < Count)
        {
            body.Write(",\"nextCursor\":\""u8);
            body.Write(Encoding.ASCII.GetBytes(ListCursor.Seal(_id, kind, offset + pageSize)));
            body.Write("\""u8);
        }

        return body.WrittenMemory;
    }

    private sealed record Page(ReadOnlyMemory<byte> Result, int BodyLength, long TtlMs, bool IsPublic);
}
