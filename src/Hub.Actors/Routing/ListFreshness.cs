using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors.Routing;

/// <summary>How long a list may be cached by a modern client, merged over the servers that add to it (contract 3.8).</summary>
/// <param name="FreshUntil">When the first of the modern servers' hints runs out.</param>
/// <param name="FixedTtlMs">The shortest of the legacy servers' assumed hints.</param>
/// <param name="IsPublic">False if any server said so.</param>
internal readonly record struct ListFreshness(DateTimeOffset? FreshUntil, long? FixedTtlMs, bool IsPublic)
{
    private const long LegacyTtlWithChanges = 60_000;

    public static ListFreshness Unknown { get; } = new(null, null, true);

    public ListFreshness And(PeerInfo peer, ComponentKind kind, CatalogList list, DateTimeOffset readAt)
    {
        var isPublic = IsPublic && list.IsPublic;
        if (peer.Era == Era.Modern)
        {
            var until = readAt + TimeSpan.FromMilliseconds(Math.Clamp(list.TtlMs, 0, (long)TimeSpan.FromDays(1).TotalMilliseconds));
            return this with { FreshUntil = FreshUntil < until ? FreshUntil : until, IsPublic = isPublic };
        }

        var ttl = AnnouncesChanges(peer, kind) ? LegacyTtlWithChanges : 0;
        return this with { FixedTtlMs = FixedTtlMs < ttl ? FixedTtlMs : ttl, IsPublic = isPublic };
    }

    /// <summary>What is left, in whole seconds: the encoded page is then good for a second.</summary>
    public long RemainingMs(DateTimeOffset now)
    {
        var left = FreshUntil is { } until ? Math.Max(0, (long)(until - now).TotalSeconds) * 1000 : long.MaxValue;
        left = Math.Min(left, FixedTtlMs ?? long.MaxValue);
        return left == long.MaxValue ? 0 : left;
    }

    private static bool AnnouncesChanges(PeerInfo peer, ComponentKind kind)
    {
        var capability = kind switch { ComponentKind.Tool => "tools"u8, ComponentKind.Prompt => "prompts"u8, _ => "resources"u8 };
        var declared = JsonParts.Find(peer.Capabilities, capability);
        return declared.Exists && JsonParts.Find(declared.In(peer.Capabilities), "listChanged"u8).In(declared.In(peer.Capabilities)).Span.SequenceEqual("true"u8);
    }
}
