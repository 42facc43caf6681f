using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using McpHub.Actors.Configuration;

namespace McpHub.Host.Configuration;

/// <summary>JSON with comments and trailing commas (contract 0.3, "configuration parser") to nodes with positions. Strict in everything else.</summary>
internal static class JsoncParser
{
    /// <summary>A configuration is written by people; what is larger is a mistake, not a configuration.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Parses a whole file.</summary>
    /// <returns>The root, or why there is none and where.</returns>
    public static (ConfigNode? Root, string Reason, SourcePosition At) Parse(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith(Encoding.UTF8.Preamble))
        {
            text = text[Encoding.UTF8.Preamble.Length..];
        }

        // What a shell of Windows writes when output is redirected.
        if (text.StartsWith<byte>([0xFF, 0xFE]) || text.StartsWith<byte>([0xFE, 0xFF]))
        {
            return (null, "it is UTF-16; save it as UTF-8", default);
        }

        if (text.Length > MaxBytes)
        {
            return (null, $"it has more than {MaxBytes} bytes", default);
        }

        var lines = new LineMap(text);

        // Utf8JsonReader accepts broken UTF-8 inside strings (LIBRARIES 4), so it is looked at first.
        if (!Utf8.IsValid(text))
        {
            return (null, "it is not valid UTF-8", lines.Position(text, FirstInvalid(text)));
        }

        var open = new Stack<SourcePosition>();
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 });
        try
        {
            reader.Read();
            var root = ReadValue(ref reader, text, lines, open);
            reader.Read();
            return (root, "", default);
        }
        catch (JsonException e)
        {
            var at = lines.Position(text, (int)(e.LineNumber ?? 0), (int)(e.BytePositionInLine ?? 0));
            return (null, Reason(e.Message, open), at);
        }
        catch (InvalidOperationException)
        {
            // GetString on an escaped lone surrogate: valid JSON, but no text.
            return (null, "a string has half of a surrogate pair", lines.Position(text, (int)reader.TokenStartIndex));
        }
    }

    /// <param name="reader">At the value's first token.</param>
    /// <param name="text">All of it.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="open">The objects and arrays around it.</param>
    private static ConfigNode ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, LineMap lines, Stack<SourcePosition> open)
    {
        var at = lines.Position(text, (int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                open.Push(at);
                var members = new List<ConfigMember>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var (name, nameAt) = (reader.GetString()!, lines.Position(text, (int)reader.TokenStartIndex));
                    reader.Read();
                    members.Add(new ConfigMember(name, nameAt, ReadValue(ref reader, text, lines, open)));
                }

                open.Pop();

                return new ConfigNode(ConfigKind.Object, at) { Members = members };
            case JsonTokenType.StartArray:
                open.Push(at);
                var items = new List<ConfigNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(ref reader, text, lines, open));
                }

                open.Pop();

                return new ConfigNode(ConfigKind.Array, at) { Items = items };
            case JsonTokenType.String:
                return new ConfigNode(ConfigKind.String, at) { Text = reader.GetString()! };
            case JsonTokenType.Number:
                return new ConfigNode(ConfigKind.Number, at) { Text = Encoding.UTF8.GetString(reader.ValueSpan) };
            case JsonTokenType.True or JsonTokenType.False:
                return new ConfigNode(ConfigKind.Boolean, at) { Text = reader.TokenType == JsonTokenType.True ? "true" : "false" };
            default:
                return new ConfigNode(ConfigKind.Null, at);
        }
    }

    /// <summary>The framework's sentence without its own, zero-based position and without advice about its options.</summary>
    private static string Reason(string message, Stack<SourcePosition> open)
    {
        if (message.StartsWith("Expected depth to be zero", StringComparison.Ordinal) && open.TryPeek(out var begin))
        {
            return string.Create(CultureInfo.InvariantCulture, $"it ends, and what is opened at line {begin.Line}, column {begin.Column} is not closed");
        }

        if (message.Contains("invalid escapable character", StringComparison.Ordinal))
        {
            return "a backslash in a text begins an escape; write two for one, as in \"C:\\\\Users\"";
        }

        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        message = (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
        var advice = message.IndexOf(". Change the reader options", StringComparison.Ordinal);
        message = advice < 0 ? message : message[..advice];
        return message.Length > 0 && message.StartsWith("The input does not contain any JSON tokens", StringComparison.Ordinal) ? "it is empty" : message;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    /// <summary>Byte offsets of line starts; LF and CR LF end a line, as in Utf8JsonReader.</summary>
    private sealed class LineMap
    {
        private readonly List<int> _starts = [0];

        /// <summary>The place asked for last: tokens come in order, so that a minified file is not counted from its start for each.</summary>
        private (int Offset, int Column) _last;

        public LineMap(ReadOnlySpan<byte> text)
        {
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == (byte)'\n')
                {
                    _starts.Add(i + 1);
                }
            }
        }

        public SourcePosition Position(ReadOnlySpan<byte> text, int offset)
        {
            var line = _starts.BinarySearch(offset);
            line = line < 0 ? ~line - 1 : line;
            return Position(text, line, offset - _starts[line]);
        }

        public SourcePosition Position(ReadOnlySpan<byte> text, int line, int byteInLine)
        {
            var start = _starts[Math.Clamp(line, 0, _starts.Count - 1)];
            var end = Math.Clamp(start + byteInLine, start, text.Length);
            var (from, column) = _last.Offset >= start && _last.Offset <= end && _last.Column > 0 ? _last : (start, 1);
            _last = (end, column + Encoding.UTF8.GetCharCount(text[from..end]));
            return new SourcePosition(line + 1, _last.Column);
        }
    }
}
