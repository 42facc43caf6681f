namespace McpHub;

/// <summary>Severity of a log message, most verbose first (RFC 5424, 6.2.1; 2025-11-25, server/utilities/logging, "Log Levels"). The order is meaningful: <c>&gt;=</c> compares.</summary>
public enum LoggingLevel
{
    /// <summary>For debugging; on the wire <c>debug</c>.</summary>
    Debug,

    /// <summary>Information; on the wire <c>info</c>.</summary>
    Info,

    /// <summary>Normal but significant; on the wire <c>notice</c>.</summary>
    Notice,

    /// <summary>A warning; on the wire <c>warning</c>.</summary>
    Warning,

    /// <summary>An error; on the wire <c>error</c>.</summary>
    Error,

    /// <summary>A critical condition; on the wire <c>critical</c>.</summary>
    Critical,

    /// <summary>Somebody must act at once; on the wire <c>alert</c>.</summary>
    Alert,

    /// <summary>The system is unusable; on the wire <c>emergency</c>.</summary>
    Emergency,
}
