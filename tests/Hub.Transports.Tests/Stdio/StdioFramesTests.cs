using System.Text;
using McpHub.Protocol.Errors;
using McpHub.TestSupport;

namespace McpHub.Transports.Tests.Stdio;

[Collection("processes")]
public class StdioFramesTests(StreamsFixture streams)
{
    /// <summary>Whether the test is at the stages that speak with a session themselves.</summary>
    protected virtual bool Direct => false;

    [Fact(DisplayName = "C-001 one message in 3 chunks and 3 messages in one chunk, with CRLF and a BOM, arrive in order")]
    public async Task Chunks_do_not_matter()
    {
        string[] pieces = ["\uFEFF{\"n\":1,\"te", "xt\":\"ä", "\"}\r\n", "{\"n\":2}\r\n\r\n{\"n\":3}\n  \n{\"n\":4}\r\n"];
        await using var peer = Open(TestPeer.Server(["chunks", .. pieces.Select(piece => Convert.ToBase64String(Encoding.UTF8.GetBytes(piece)))]));
        Assert.Equal("{\"n\":1,\"text\":\"ä\"}", await peer.NextFrameAsync());
        Assert.Equal("{\"n\":2}", await peer.NextFrameAsync());
        Assert.Equal("{\"n\":3}", await peer.NextFrameAsync());
        Assert.Equal("{\"n\":4}", await peer.NextFrameAsync());
    }

    [Fact(DisplayName = "C-002 newlines and U+2028 in arguments: exactly one LF-terminated line is written")]
    public async Task One_message_is_one_line()
    {
        // od shows what really came through the pipe.
        await using var peer = Open(new StdioServerParameters("sh", "-c", "printf '{\"hex\":\"'; od -An -v -tx1 | tr -d ' \\n'; printf '\"}\\n'"));
        await peer.SendAsync("{\r\n  \"text\": \"line\\nbreak \u2028 \ud83d\ude00\",\n\r\n\"n\": 1.0\n}");
        await peer.SendAsync("{\"n\":2}");
        peer.CompleteOutbound();
        var hex = (await peer.NextFrameAsync())["{\"hex\":\"".Length..^2];
        Assert.Equal("{  \"text\": \"line\\nbreak \u2028 \ud83d\ude00\",\"n\": 1.0}\n{\"n\":2}\n", Encoding.UTF8.GetString(Convert.FromHexString(hex)));
        Assert.Empty(await peer.RestAsync());
        Assert.Null((await peer.ClosedAsync()).Error); // Completing the writing side is how a connection is ended on purpose.
    }

    [Fact(DisplayName = "C-003 W-09 a banner and log lines on standard output are shown and do not disturb the messages")]
    public async Task Stray_text_is_shown()
    {
        await using var peer = Open(TestPeer.Server("banner"));
        var welcome = await peer.NextRejectedAsync();
        Assert.Equal(HubErrors.StrayLine, welcome.Error.Definition);
        Assert.Equal("=== Welcome to the banner server v1.2 ===", welcome.Excerpt);
        Assert.Contains("Welcome", welcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal("[INFO] listening on stdio", (await peer.NextRejectedAsync()).Excerpt);
        Assert.Equal("ready", (await peer.NextRejectedAsync()).Excerpt);
        await peer.SendAsync("{\"id\":1}");
        Assert.Equal("{\"id\":1}", await peer.NextFrameAsync());
    }

    [Fact(DisplayName = "C-004 of lines with invalid UTF-8 only those are lost")]
    public async Task Invalid_utf8_stays_in_its_line()
    {
        await using var peer = Open(TestPeer.Server("invalid-utf8"));
        Assert.Equal("{\"n\":1}", await peer.NextFrameAsync());
        var bad = Assert.IsType<InboundEvent.Frame>(await peer.NextAsync()); // The scanner behind the transport refuses it.
        Assert.False(System.Text.Unicode.Utf8.IsValid(bad.Utf8.Span));
        Assert.Equal("{\"n\":3}", await peer.NextFrameAsync());
    }

    [Theory(DisplayName = "A line of exactly the limit passes; one byte more is dropped to its end, with a diagnostic")]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    [InlineData(3_000_000, false)]
    public async Task Line_limit(int bytes, bool passes)
    {
        await using var peer = Open(TestPeer.Server("endless-line", $"{bytes}"), maxLineBytes: 100_000);
        if (passes)
        {
            Assert.Equal(bytes, (await peer.NextFrameAsync()).Length);
        }
        else
        {
            var rejected = await peer.NextRejectedAsync();
            Assert.Equal(HubErrors.FrameTooLarge, rejected.Error.Definition);
            Assert.StartsWith("{\"x\":\"yyy", rejected.Excerpt, StringComparison.Ordinal);
        }

        Assert.Equal("{\"after\":true}", await peer.NextFrameAsync());
    }

    [Fact(DisplayName = "16 MiB in one line pass both ways")]
    public async Task The_biggest_line_passes()
    {
        await using var peer = Open(TestPeer.Server("echo"));
        var text = $"{{\"x\":\"{new string('z', 16 * 1024 * 1024 - 8)}\"}}";
        await peer.SendAsync(text);
        Assert.True(text == await peer.NextFrameAsync());
    }

    [Fact(DisplayName = "10,000 messages come back complete and in order, whatever was put into one write")]
    public async Task Order_is_kept()
    {
        await using var peer = Open(TestPeer.Server("echo"));
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                await peer.SendAsync($"{{\"n\":{i}}}");
            }
        });
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal($"{{\"n\":{i}}}", await peer.NextFrameAsync());
        }

        await sending;
    }

    [Fact(DisplayName = "A message that was taken back before it was written is not written; one that was written cannot be taken back")]
    public async Task Withdrawn_messages_are_left_out()
    {
        await using var peer = Open(TestPeer.Server("echo"));
        var (first, second, third) = (StdioPeer.Message("{\"n\":1}"), StdioPeer.Message("{\"n\":2}"), StdioPeer.Message("{\"n\":3}"));
        Assert.True(second.TryWithdraw());
        foreach (var message in new[] { first, second, third })
        {
            await peer.SendAsync(message);
        }

        Assert.Equal("{\"n\":1}", await peer.NextFrameAsync());
        Assert.Equal("{\"n\":3}", await peer.NextFrameAsync());
        Assert.False(first.TryWithdraw());
    }

    [Fact(DisplayName = "1-15 a server that stops reading: the writing side is bounded, the reading side goes on")]
    public async Task A_server_that_stops_reading_does_not_stop_the_reader()
    {
        var signal = Path.Combine(Path.GetTempPath(), $"hub-{Guid.NewGuid():N}");
        await using var peer = Open(TestPeer.Server("stop-reading", signal));
        Assert.Equal("{\"ready\":true}", await peer.NextFrameAsync());

        var frame = StdioPeer.Message($"{{\"x\":\"{new string('x', 10_000)}\"}}");
        var sent = 0;
        using (var full = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
        {
            // The channel of 512, the collected 1 MiB and the write under way are all it takes.
            while (sent < 5000 && await peer.TrySendAsync(frame, full.Token))
            {
                sent++;
            }
        }

        Assert.InRange(sent, 512, 1500);
        await File.WriteAllTextAsync(signal, "");
        Assert.Equal("{\"still\":\"talking\"}", await peer.NextFrameAsync());
        File.Delete(signal);
    }

    [Fact(DisplayName = "Nothing is read while nobody takes what was read: a flood stops in the pipe")]
    public async Task A_flood_stops_in_the_pipe()
    {
        var log = Path.Combine(Path.GetTempPath(), $"hub-{Guid.NewGuid():N}");
        await using var peer = Open(TestPeer.Server("flood", "3000", log)); // 3 MB
        Assert.StartsWith("{\"n\":0,", await peer.NextFrameAsync(), StringComparison.Ordinal);
        var (id, written, same) = (await peer.ProcessIdAsync(), "", 0);
        await Proc.EventuallyAsync(() =>
        {
            var now = File.ReadAllLines($"/proc/{id}/io").Single(line => line.StartsWith("wchar", StringComparison.Ordinal));
            (written, same) = (now, now == written ? same + 1 : 0);
            return same == 30;
        }, "the server writes no more");
        Assert.False(File.Exists(log), "the server got rid of everything although it was not read");
        for (var i = 1; i < 3000; i++)
        {
            Assert.StartsWith($"{{\"n\":{i},", await peer.NextFrameAsync(), StringComparison.Ordinal);
        }

        await Proc.EventuallyAsync(() => File.Exists(log), "the server finished");
        File.Delete(log);
    }

    private StdioPeer Open(StdioServerParameters server, int maxLineBytes = 16 * 1024 * 1024) => new(server, streams.Materializer, maxLineBytes, Direct);
}
