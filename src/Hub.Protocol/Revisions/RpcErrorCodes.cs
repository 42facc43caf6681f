namespace McpHub.Protocol.Revisions;

/// <summary>JSON-RPC and MCP error codes, and the hub's own (contract 0.3), which lie outside the reserved range as 2026-07-28 "Error Codes" asks.</summary>
public static class RpcErrorCodes
{
#pragma warning disable CS1591
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int InternalError = -32603;
    public const int LegacyResourceNotFound = -32002;
    public const int HeaderMismatch = -32020;
    public const int MissingClientCapability = -32021;
    public const int UnsupportedProtocolVersion = -32022;
    public const int UrlElicitationRequired = -32042;
    public const int RequestCancelled = -32800;

    public const int Unavailable = 2001;
    public const int Deadline = 2002;
    public const int Overloaded = 2003;
    public const int InputRounds = 2004;
    public const int UpstreamViolation = 2005;
    public const int Draining = 2006;
    public const int OutcomeUnknown = 2007;
    public const int TooLarge = 2008;
#pragma warning restore CS1591
}
