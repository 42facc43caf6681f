using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace McpHub.Transports.Framing;

/// <summary>Makes text of a peer safe to show: no terminal sequences, no control characters, bounded.</summary>
internal static partial class PlainText
{
    /// <summary>Characters of a frame that an error shows.</summary>
    public const int ExcerptChars = 200;

    /// <summary>Bytes that always suffice for <see cref="ExcerptChars"/> characters.</summary>
    public const int ExcerptBytes = ExcerptChars * 4;

    public static string Of(ReadOnlySpan<byte> utf8, int maxChars)
    {
        var chars = new char[utf8.Length];
        // Not a final block: a character that the cut divided is left out instead of shown as U+FFFD.
        Utf8.ToUtf16(utf8, chars, out _, out var written, replaceInvalidSequences: true, isFinalBlock: false);
        var text = TerminalSequence().Replace(new string(chars, 0, written), "");
        var plain = new StringBuilder(Math.Min(text.Length, maxChars));
        foreach (var c in text)
        {
            if (plain.Length == maxChars)
            {
                break;
            }

            if (c == '\t')
            {
                plain.Append(' ');
            }
            else if (!char.IsControl(c))
            {
                plain.Append(c);
            }
        }

        if (plain.Length > 0 && char.IsHighSurrogate(plain[^1]))
        {
            plain.Length--;
        }

        return plain.ToString();
    }

    // ECMA-48: control sequences (colours, cursor) and operating system commands (titles, links).
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalSequence();
}
