using System.Text;
using CsCheck;
using McpHub.Protocol.Errors;
using McpHub.Transports.Framing;

namespace McpHub.Transports.Tests.Framing;

public class LineFramingTests
{
    // Pieces that meet every rule: messages, line ends, blank and stray lines, marks in the wrong place, broken UTF-8, lines around a limit of 24 bytes.
    private static readonly byte[][] _pieces =
    [
        [.. "{\"n\":1}"u8], [.. "{\"text\":\"äöü😀\"}"u8], [.. "\n"u8], [.. "\r\n"u8], [.. "\r"u8], [.. " \t"u8], [.. "[{}]"u8], [.. "[INFO] hello"u8], [.. "[] "u8],
        [0xEF, 0xBB, 0xBF], [0xEF], [0xC3, 0x28, 0xFF], [.. "\u001b[1mstray\u001b[0m"u8], [.. "{\"x\":\"3456789012345678\"}"u8], [.. "{\"x\":\"34567890123456789\"}"u8],
        [.. Enumerable.Repeat((byte)'y', 40)], [.. Enumerable.Repeat((byte)'{', 1000)],
    ];

    private static readonly int[] _limits = [24, 200, 16 * 1024 * 1024];

    [Fact(DisplayName = "C-001 1-2 whatever way a stream is cut, the events are the same")]
    public void Cuts_do_not_matter() =>
        Gen.Select(Gen.Int[0, _pieces.Length - 1].Array[0, 30], Gen.Int[1, 40].Array[0, 60], Gen.Int[0, 2]).Sample((picks, cuts, pick) =>
        {
            var limit = _limits[pick];
            byte[] stream = [.. picks.SelectMany(one => _pieces[one])];
            var whole = Read(limit, [stream]);
            var chunks = new List<byte[]>();
            for (int at = 0, n = 0; at < stream.Length; n++)
            {
                var length = Math.Min(stream.Length - at, n < cuts.Length ? cuts[n] : 1);
                chunks.Add(stream[at..(at + length)]);
                at += length;
            }

            Assert.Equal(whole, Read(limit, chunks));
        }, iter: 20_000);

    [Fact(DisplayName = "Frames stay as they are when the chunk's buffer is used again")]
    public void Frames_are_not_views_of_the_chunk()
    {
        var (framing, events, buffer) = (new LineFraming(), new List<InboundEvent>(), new byte[16]);
        foreach (var text in new[] { "{\"n\":1}\n{\"n\"", ":2}\n{\"n\":3}\n{", "\"n\":4}\n" })
        {
            framing.Append(buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer)), events);
            buffer.AsSpan().Fill((byte)'!');
        }

        Assert.Equal(["F {\"n\":1}", "F {\"n\":2}", "F {\"n\":3}", "F {\"n\":4}"], events.Select(Show));
    }

    [Theory(DisplayName = "1-2 a mark at the start, CRLF and blank lines are no part of messages")]
    [InlineData("\uFEFF{}\n", "F {}")]
    [InlineData("\n\r\n \t\r\n{}\r\n\n", "F {}")]
    [InlineData("  {}  \n", "F   {}  ")]
    [InlineData("[{}]\n[ {\"n\":1}]\n", "F [{}]|F [ {\"n\":1}]")]
    [InlineData("\uFEFF\n{}\n", "F {}")]
    public void Lines(string stream, string expected) => Assert.Equal(expected, string.Join('|', Read(1000, [Encoding.UTF8.GetBytes(stream)])));

    [Theory(DisplayName = "1-4 what is no object and no array of objects is stray text, shown without control characters")]
    [InlineData("hello\n", "hello")]
    [InlineData("[INFO] started\n", "[INFO] started")]
    [InlineData("[1]\n", "[1]")]
    [InlineData("\u001b[31mred\u001b[0m\ttext\u0007\u0085\n", "red text")]
    [InlineData("\u001b]0;title\u0007plain\n", "plain")]
    [InlineData("{}\n\uFEFF{}\n", "\uFEFF{}")]
    public void Stray(string stream, string excerpt)
    {
        var rejected = Assert.IsType<InboundEvent.Rejected>(Events(1000, [Encoding.UTF8.GetBytes(stream)])[^1]);
        Assert.Equal(HubErrors.StrayLine, rejected.Error.Definition);
        Assert.Equal(excerpt, rejected.Excerpt);
    }

    [Fact(DisplayName = "An excerpt has at most 200 characters and no half ones")]
    public void Excerpts_are_short()
    {
        var rejected = Assert.IsType<InboundEvent.Rejected>(Assert.Single(Events(100_000, [Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("😀", 1000)) + "\n")])));
        Assert.Equal("x" + string.Concat(Enumerable.Repeat("😀", 99)), rejected.Excerpt);
    }

    [Theory(DisplayName = "A line of the limit passes, with CRLF and a mark too; one byte more is rejected once and skipped to its end")]
    [InlineData("{\"x\":\"789\"}\n", true)]
    [InlineData("{\"x\":\"789\"}\r\n", true)]
    [InlineData("\uFEFF{\"x\":\"789\"}\r\n", true)]
    [InlineData("{\"x\":\"7890\"}\n", false)]
    [InlineData("{\"x\":\"7890\"}\r\n", false)]
    [InlineData("\uFEFF{\"x\":\"7890\"}\n", false)]
    [InlineData("{\"x\":\"78901234567890\"}\n", false)]
    public void Limit(string line, bool passes)
    {
        var events = Read(11, [Encoding.UTF8.GetBytes(line + "{}\n")]);
        Assert.Equal(2, events.Count);
        Assert.StartsWith(passes ? "F {\"x\"" : "HUB2108 {\"x\"", events[0], StringComparison.Ordinal);
        Assert.Equal("F {}", events[1]);
    }

    [Fact(DisplayName = "An over-long line costs no memory beyond the limit")]
    public void Overlong_lines_are_not_kept()
    {
        var (framing, events, chunk) = (new LineFraming(1_000_000), new List<InboundEvent>(), new byte[65_536]);
        chunk.AsSpan().Fill((byte)'x');
        framing.Append("{"u8, events);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 4000; i++) // 262 MB
        {
            framing.Append(chunk, events);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
        framing.Append("\n{}\n"u8, events);
        Assert.Equal(["HUB2108", "F {}"], events.Select(Show).Select(text => text.StartsWith("HUB", StringComparison.Ordinal) ? text[..7] : text));
    }

    [Theory(DisplayName = "A rest without a line end is an event of its own")]
    [InlineData("{}\n{\"n\":", "F {}|HUB2118 {\"n\":")]
    [InlineData("{}\n  ", "F {}")]
    [InlineData("\uFEFF", "")]
    public void Unfinished(string stream, string expected) => Assert.Equal(expected, string.Join('|', Read(1000, [Encoding.UTF8.GetBytes(stream)])));

    private static List<string> Read(int limit, IEnumerable<byte[]> chunks) => [.. Events(limit, chunks).Select(Show)];

    private static List<InboundEvent> Events(int limit, IEnumerable<byte[]> chunks)
    {
        var (framing, events) = (new LineFraming(limit), new List<InboundEvent>());
        foreach (var chunk in chunks)
        {
            framing.Append(chunk, events);
        }

        framing.End(events);
        return events;
    }

    private static string Show(InboundEvent one) => one switch
    {
        InboundEvent.Frame frame => $"F {Encoding.Latin1.GetString(frame.Utf8.Span)}",
        InboundEvent.Rejected rejected => $"{rejected.Error.Definition.Code} {rejected.Excerpt}",
        _ => throw new InvalidOperationException(),
    };
}
