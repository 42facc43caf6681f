namespace McpHub.Protocol.Revisions;

/// <summary>Reserved <c>_meta</c> keys (2026-07-28, basic, "_meta"). They belong to one hop: consumed and written anew on each.</summary>
public static class MetaKeys
{
    /// <summary>Prefix of all keys that the specification reserves.</summary>
    public const string ReservedPrefix = "io.modelcontextprotocol/";

#pragma warning disable CS1591
    public const string ProtocolVersion = ReservedPrefix + "protocolVersion";
    public const string ClientCapabilities = ReservedPrefix + "clientCapabilities";
    public const string ClientInfo = ReservedPrefix + "clientInfo";
    public const string ServerInfo = ReservedPrefix + "serverInfo";
    public const string LogLevel = ReservedPrefix + "logLevel";
    public const string SubscriptionId = ReservedPrefix + "subscriptionId";
    public const string ProgressToken = "progressToken";
#pragma warning restore CS1591
}
