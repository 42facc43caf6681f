using System.Text;

namespace McpHub.Protocol.Revisions;

/// <summary>Levels of log messages as JSON tokens.</summary>
internal static class LoggingLevels
{
    private static readonly byte[][] _tokens = [.. Enum.GetNames<LoggingLevel>().Select(name => Encoding.ASCII.GetBytes($"\"{name.ToLowerInvariant()}\""))];

    /// <summary>The level that a JSON token names; false for an unknown word and for what is no string.</summary>
    public static bool TryRead(ReadOnlySpan<byte> token, out LoggingLevel level)
    {
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (token.SequenceEqual(_tokens[i]))
            {
                level = (LoggingLevel)i;
                return true;
            }
        }

        level = default;
        return false;
    }

    public static ReadOnlyMemory<byte> Token(LoggingLevel level) => _tokens[(int)level];
}
