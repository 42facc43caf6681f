using McpHub.Protocol.Revisions;

namespace McpHub.Actors.Bridging;

/// <summary>What happens to an error of a server on its way to a client.</summary>
internal enum ErrorAction
{
    /// <summary>Passes as it came.</summary>
    Relay,

    /// <summary>Passes; <c>data.origin</c> says that a server sent it.</summary>
    MarkOrigin,

    /// <summary>Becomes <c>-32602</c> with <c>data.uri</c>.</summary>
    ModernResourceNotFound,

    /// <summary>Becomes <c>-32002</c>, <c>data.uri</c> kept.</summary>
    LegacyResourceNotFound,

    /// <summary>Passes to a client that knows it, else an error of the hub that says the URL.</summary>
    UrlVisit,

    /// <summary>A missing client capability: rebuilt for the client's hop.</summary>
    MissingCapability,

    /// <summary>The hub's own hop went wrong: an error of the hub.</summary>
    Violation,

    /// <summary>Nothing is answered.</summary>
    Cancelled,

    /// <summary>Becomes <c>-32603</c>.</summary>
    Internal,

    /// <summary>Becomes <c>-32603</c> with <c>data.upstreamCode</c>.</summary>
    InternalWithCode,
}

/// <summary>A row of contract 3.11. Of several that fit the first one counts.</summary>
/// <param name="From">Lowest code.</param>
/// <param name="To">Highest code.</param>
/// <param name="Action">What happens.</param>
/// <param name="Server">Only errors of servers of this era.</param>
/// <param name="Client">Only toward clients of this era.</param>
/// <param name="Method">Only answers to this method.</param>
/// <param name="WithUri">Only if <c>data.uri</c> is there.</param>
internal sealed record ErrorRule(long From, long To, ErrorAction Action, Era? Server = null, Era? Client = null, string? Method = null, bool WithUri = false)
{
    public bool Fits(long code, Era client, Era server, string? method, bool hasUri) =>
        code >= From && code <= To && (Server ?? server) == server && (Client ?? client) == client && (Method ?? method) == method && (!WithUri || hasUri);
}

/// <summary>A content type that old revisions do not know.</summary>
/// <param name="Type">The <c>type</c> member.</param>
/// <param name="Since">The first revision that has it.</param>
internal sealed record ContentRule(string Type, string Since);

/// <summary>The tables of contract 3.11 and 3.12, for the bridges and their tests.</summary>
internal static class Projections
{
    public static IReadOnlyList<ErrorRule> Errors { get; } =
    [
        new(RpcErrorCodes.LegacyResourceNotFound, RpcErrorCodes.LegacyResourceNotFound, ErrorAction.ModernResourceNotFound, Client: Era.Modern, Method: MethodNames.ResourcesRead),
        new(RpcErrorCodes.InvalidParams, RpcErrorCodes.InvalidParams, ErrorAction.LegacyResourceNotFound, Era.Modern, Era.Legacy, MethodNames.ResourcesRead, WithUri: true),
        new(RpcErrorCodes.UrlElicitationRequired, RpcErrorCodes.UrlElicitationRequired, ErrorAction.UrlVisit, Server: Era.Legacy),
        new(RpcErrorCodes.MissingClientCapability, RpcErrorCodes.MissingClientCapability, ErrorAction.MissingCapability, Server: Era.Modern),
        new(RpcErrorCodes.HeaderMismatch, RpcErrorCodes.HeaderMismatch, ErrorAction.Violation, Server: Era.Modern),
        new(RpcErrorCodes.UnsupportedProtocolVersion, RpcErrorCodes.UnsupportedProtocolVersion, ErrorAction.Violation, Server: Era.Modern),
        new(RpcErrorCodes.RequestCancelled, RpcErrorCodes.RequestCancelled, ErrorAction.Cancelled),
        new(0, 0, ErrorAction.Internal),

        // 2026-07-28, "Error Codes": servers should not use -32000 to -32019, and what legacy servers mean by the rest of the range is not what modern clients read there.
        new(-32019, -32000, ErrorAction.InternalWithCode, Client: Era.Modern),
        new(-32099, -32020, ErrorAction.InternalWithCode, Server: Era.Legacy, Client: Era.Modern),
        new(RpcErrorCodes.InternalError, RpcErrorCodes.InternalError, ErrorAction.MarkOrigin),
        new(RpcErrorCodes.InvalidRequest, RpcErrorCodes.InvalidRequest, ErrorAction.MarkOrigin),
        new(RpcErrorCodes.ParseError, RpcErrorCodes.ParseError, ErrorAction.MarkOrigin),
        new(long.MinValue, long.MaxValue, ErrorAction.Relay),
    ];

    public static IReadOnlyList<ContentRule> ContentTypes { get; } =
    [
        new("audio", ProtocolRevision.V2025_03_26),
        new("resource_link", ProtocolRevision.V2025_06_18),
    ];

    /// <summary>Members of a result that legacy revisions do not have (contract 3.0, I-7).</summary>
    public static IReadOnlyList<string> ModernResultMembers { get; } = [ResultType, TtlMs, CacheScope];

    /// <summary>Of the relayed methods, those whose modern results must have cache fields.</summary>
    public static IReadOnlyList<string> CacheableMethods { get; } = [MethodNames.ResourcesRead];

    public const string ResultType = "resultType";
    public const string TtlMs = "ttlMs";
    public const string CacheScope = "cacheScope";

    /// <summary>The <c>_meta</c> of the hub's own modern results.</summary>
    public static ReadOnlyMemory<byte> ResultMeta { get; } = (byte[])[.. "{\"io.modelcontextprotocol/serverInfo\":"u8, .. HubIdentity.Implementation.Span, (byte)'}'];
}
