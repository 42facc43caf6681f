using System.Net.ServerSentEvents;
using System.Text;
using CsCheck;
using McpHub.Transports.Framing;

namespace McpHub.Transports.Tests.Framing;

public sealed class SseFramingTests
{
    private const int Limit = 1024;

    [Theory]
    [InlineData("data: a\n\n", ":a")]
    [InlineData("data: a\r\r", ":a")]
    [InlineData("data: a\r\n\r\n", ":a")]
    [InlineData("\uFEFFdata: a\n\n", ":a")]
    [InlineData("\uFEFF\uFEFFdata: a\n\n", "")]
    [InlineData("data:a\ndata: b\ndata:  c\n\n", ":a\nb\n c")]
    [InlineData("data\n\n", ":")]
    [InlineData("data\ndata\n\n", ":\n")]
    [InlineData(": comment\n\n:\ndata: a\n:b\n\n", ":a")]
    [InlineData("event: x\ndata: a\n\ndata: b\n\n", "x:a|:b")]
    [InlineData("event: x\n\ndata: b\n\n", ":b")]
    [InlineData("event: message\ndata: {\"a\":\"data: b\"}\n\n", "message:{\"a\":\"data: b\"}")]
    [InlineData("Data: a\ndata : b\nunknown: c\n\n", "")]
    [InlineData("data: a\n\ndata: unfinished", ":a")]
    [InlineData("data: a\n\ndata: unfinished\n", ":a")]
    [InlineData("data: é😀\n\n", ":é😀")]
    public void Fields_and_lines_are_read_as_the_standard_says(string stream, string events) => Assert.Equal(events, Show(Read(stream, cuts: []).Events));

    [Theory]
    [InlineData("id: 7\ndata: a\n\n", "7")]
    [InlineData("id: 7\ndata:\n\n", "7")]
    [InlineData("id: 7\n\n", "7")]
    [InlineData("id: 7\n", null)]
    [InlineData("id: 7\n\nid: 8\u0000\n\n", "7")]
    [InlineData("id: 7\n\nid\n\n", "")]
    public void The_id_of_the_last_whole_event_is_remembered(string stream, string? id) => Assert.Equal(id, Read(stream, cuts: []).Framing.LastEventId);

    [Theory]
    [InlineData("retry: 1500\n", 1500)]
    [InlineData("retry: 1500\nretry: 15s\nretry: -1\nretry:\nretry: 99999999999\n", 1500)]
    [InlineData("data: a\n\n", null)]
    public void The_wish_for_a_retry_is_digits(string stream, int? milliseconds) => Assert.Equal(milliseconds, (int?)Read(stream, cuts: []).Framing.Retry?.TotalMilliseconds);

    [Theory]
    [InlineData("data:\n\n", false)]
    [InlineData("data: a\n\n", true)]
    [InlineData("event: message\ndata: a\n\n", true)]
    [InlineData("event: ping\ndata: a\n\n", false)]
    public void Keep_alives_and_other_events_are_no_messages(string stream, bool message) => Assert.Equal(message, Assert.Single(Read(stream, cuts: []).Events).IsMessage);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void An_event_at_the_limit_passes_and_one_byte_more_does_not(string blank)
    {
        Assert.Equal(Limit, Assert.Single(Read($"data:{blank}{new string('x', Limit)}\n\n", []).Events).Data.Length);
        Assert.Equal(SseStatus.TooLarge, Read($"data:{blank}{new string('x', Limit + 1)}\n\n", []).Last);
        var half = new string('x', Limit / 2);
        Assert.Equal(Limit, Assert.Single(Read($"data:{blank}{half}\ndata:{blank}{half[1..]}\n\n", []).Events).Data.Length);
        Assert.Equal(SseStatus.TooLarge, Read($"data:{blank}{half}\ndata:{blank}{half}\n\n", []).Last);
    }

    [Fact]
    public void A_line_without_end_is_refused_before_it_ends() => Assert.Equal(SseStatus.TooLarge, Read(":" + new string('x', Limit + 6), []).Last);

    [Fact]
    public void Many_events_leave_no_trace_in_the_next_ones()
    {
        var text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"id: {i}\ndata: {new string('x', i % 900)}{i}\n\n"));
        var (framing, events, _) = Read(text, [1, 700, 3000, 65_000]);
        Assert.Equal("4999", framing.LastEventId);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => new string('x', i % 900) + i), events.Select(found => Encoding.UTF8.GetString(found.Data)));
    }

    [Fact]
    public void Large_and_small_events_in_turn_are_read_whole()
    {
        int[] lengths = [3, 300_000, 1, 70_000, 70_001, 10, 1_000_000, 0, 5, 500_000];
        var text = string.Concat(lengths.Select(length => $"data: {new string('x', length)}\n\n"));
        foreach (var cut in (int[])[997, 16_384, int.MaxValue])
        {
            Assert.Equal(lengths, Read(text, [cut], 1_000_000).Events.Select(found => found.Data.Length));
        }
    }

    private static readonly string[] Pieces =
    [
        "data", "event", "id", "retry", "data:", "data: ", "event: message", "event: x", "id: 1", "id: \0", "retry: 10", ":", " ", "\n", "\n", "\n\n", "\r", "\r\n", "\r\n\r\n", "x", "é😀", "\uFEFF", "{\"a\":1}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];

    private static readonly Gen<(string Stream, int[] Cuts)> Streams = Gen.Select(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 60].Select(string.Concat), Gen.Int[1, 40].Array[1, 8]);

    [Fact]
    public void Any_cut_of_any_stream_gives_the_same_events() => Streams.Sample(
        sample =>
        {
            var (whole, events, last) = Read(sample.Stream, []);
            var (cut, cutEvents, cutLast) = Read(sample.Stream, sample.Cuts);
            return Show(events) == Show(cutEvents) && last == cutLast && whole.LastEventId == cut.LastEventId && whole.Retry == cut.Retry;
        }, iter: 20_000);

    // The framework's parser lets the type of an event without data pass on to the next one; the standard does not. So each type comes with data here.
    [Fact]
    public void The_frameworks_parser_sees_the_same_events() => Streams.Select(sample => (Stream: sample.Stream.Replace("event:", "\ndata: x\nevent:", StringComparison.Ordinal), sample.Cuts)).Sample(
        sample =>
        {
            var parser = SseParser.Create(new MemoryStream(Encoding.UTF8.GetBytes(sample.Stream)), (_, data) => Encoding.UTF8.GetString(data));
            var expected = string.Join('|', parser.Enumerate().Select(item => Name(item.EventType) + ":" + item.Data));
            var (framing, events, last) = Read(sample.Stream, sample.Cuts);
            return last == SseStatus.TooLarge || expected == string.Join('|', events.Select(found => Name(found.Name) + ":" + Encoding.UTF8.GetString(found.Data)));
        }, iter: 20_000);

    // "message" is what no type means; our parser keeps only the beginning of a long one.
    private static string Name(string type) => type == "message" ? "" : type[..Math.Min(type.Length, 50)];

    private static string Show(IEnumerable<SseEvent> events) => string.Join('|', events.Select(found => found.Name + ":" + Encoding.UTF8.GetString(found.Data)));

    /// <param name="stream">The bytes as text.</param>
    /// <param name="cuts">Lengths of the pieces, over and over; none: in one piece.</param>
    private static (SseFraming Framing, List<SseEvent> Events, SseStatus Last) Read(string stream, int[] cuts, int limit = Limit)
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(stream);
        var framing = new SseFraming(limit);
        List<SseEvent> events = [];
        var status = SseStatus.NeedMore;
        for (var cut = 0; !rest.IsEmpty && status != SseStatus.TooLarge; cut++)
        {
            var room = framing.GetMemory();
            var count = Math.Min(Math.Min(room.Length, rest.Length), cuts.Length == 0 ? int.MaxValue : cuts[cut % cuts.Length]);
            rest[..count].CopyTo(room);
            rest = rest[count..];
            framing.Advance(count);
            while ((status = framing.Read(out var found)) == SseStatus.Event)
            {
                events.Add(found);
            }
        }

        return (framing, events, status);
    }
}
