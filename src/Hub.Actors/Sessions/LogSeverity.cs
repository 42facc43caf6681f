namespace McpHub.Actors.Sessions;

/// <summary>Levels of log messages, most verbose first (RFC 5424, 6.2.1; 2025-11-25, logging, "Log Levels").</summary>
internal enum LogSeverity
{
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
    Alert,
    Emergency,
}

/// <summary>Levels as JSON tokens.</summary>
internal static class LogSeverities
{
    private static readonly byte[][] _tokens = [.. Enum.GetNames<LogSeverity>().Select(name => System.Text.Encoding.ASCII.GetBytes($"\"{name.ToLowerInvariant()}\""))];

    /// <summary>The level that a JSON token names; false for an unknown word and for what is no string.</summary>
    public static bool TryRead(ReadOnlySpan<byte> token, out LogSeverity severity)
    {
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (token.SequenceEqual(_tokens[i]))
            {
                severity = (LogSeverity)i;
                return true;
            }
        }

        severity = default;
        return false;
    }

    public static ReadOnlyMemory<byte> Token(LogSeverity severity) => _tokens[(int)severity];
}
