using McpHub.Protocol.Revisions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace McpHub;

/// <summary>What opening a session found out about its server, of either era (legacy: answer to <c>initialize</c>; modern: made of the answer to <c>server/discover</c>).</summary>
public sealed record InitializeResult : McpResult
{
    /// <summary>The revision in force, for example <c>2025-11-25</c>.</summary>
    public required string ProtocolVersion { get; init; }

    /// <summary>What the server offers.</summary>
    public required ServerCapabilities Capabilities { get; init; }

    /// <summary>What the server says of itself; a modern server need not say anything: then <c>null</c>.</summary>
    public ServerInfo? ServerInfo { get; init; }

    /// <summary>Guidance for a model that uses the server; <c>null</c> if there is none.</summary>
    public string? Instructions { get; init; }

    /// <summary>The same view of a modern server.</summary>
    /// <param name="discovered">The answer to <c>server/discover</c>; its bytes become <see cref="McpResult.Raw"/>.</param>
    /// <param name="protocolVersion">The revision chosen from <see cref="DiscoverResult.SupportedVersions"/>.</param>
    internal static InitializeResult From(DiscoverResult discovered, string protocolVersion) => new()
    {
        ProtocolVersion = protocolVersion,
        Capabilities = discovered.Capabilities,
        ServerInfo = discovered.ServerInfo,
        Instructions = discovered.Instructions,
        ResultType = discovered.ResultType,
        Meta = discovered.Meta,
        ExtensionData = discovered.ExtensionData,
        Raw = discovered.Raw,
    };
}

/// <summary>The answer to <c>server/discover</c> (2026-07-28).</summary>
public sealed record DiscoverResult : CacheableResult
{
    /// <summary>The revisions the server speaks.</summary>
    public required IReadOnlyList<string> SupportedVersions { get; init; }

    /// <summary>What the server offers.</summary>
    public required ServerCapabilities Capabilities { get; init; }

    /// <summary>Guidance for a model that uses the server; <c>null</c> if there is none.</summary>
    public string? Instructions { get; init; }

    /// <summary>What the server says of itself in <c>_meta["io.modelcontextprotocol/serverInfo"]</c>; <c>null</c> if nothing that can be read: it is for display only and must not fail a connection.</summary>
    [JsonIgnore]
    public ServerInfo? ServerInfo =>
        Meta?[MetaKeys.ServerInfo] is JObject info && info["name"]?.Type == JTokenType.String && info["version"]?.Type == JTokenType.String ? ReadServerInfo(info) : null;

    private static ServerInfo? ReadServerInfo(JObject info)
    {
        try
        {
            return info.ToObject<ServerInfo>();
        }
        catch (JsonException)
        {
            return new ServerInfo { Name = (string)info["name"]!, Version = (string)info["version"]! };
        }
    }
}
