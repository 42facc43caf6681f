using System.Text;
using McpHub.Actors.Sessions;

namespace McpHub.Host.Tests.Downstream;

public sealed class NotificationStreamTests
{
    [Fact(DisplayName = "3.7-6 of each list at most one change is under way")]
    public void Coalesced()
    {
        var stream = new NotificationStream(ListKinds.All);
        for (var i = 0; i < 1000; i++)
        {
            stream.PushChanged(ListKinds.All);
        }

        Assert.Equal(["notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed"], Drain(stream).Select(Method));

        stream.PushChanged(ListKinds.Prompts);
        Assert.Equal(["notifications/prompts/list_changed"], Drain(stream).Select(Method));
        Assert.Equal(StreamEnd.None, stream.End);
    }

    [Fact]
    public void What_was_not_asked_for_is_not_sent()
    {
        var stream = new NotificationStream(ListKinds.Resources, "7"u8.ToArray());
        stream.PushChanged(ListKinds.All);

        Assert.Equal("""{"jsonrpc":"2.0","method":"notifications/resources/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}}""", Drain(stream).Single());
    }

    [Fact(DisplayName = "3.7-12 a stream that overflows ends; it never has a hole")]
    public async Task Overflow()
    {
        var stream = new NotificationStream(ListKinds.All, capacity: 2);
        stream.PushChanged(ListKinds.Tools | ListKinds.Prompts);
        Assert.Equal(StreamEnd.None, stream.End);

        stream.PushChanged(ListKinds.Resources);

        Assert.Equal(StreamEnd.Overflowed, stream.End);
        Assert.Equal(2, Drain(stream).Count);
        Assert.False(await stream.WaitToReadAsync());
    }

    [Fact]
    public async Task What_was_pushed_before_the_end_is_still_read_and_the_first_reason_counts()
    {
        var stream = new NotificationStream(ListKinds.All);
        stream.PushChanged(ListKinds.Tools);
        stream.Complete(StreamEnd.Drained);
        stream.Complete(StreamEnd.Closed);
        stream.PushChanged(ListKinds.Prompts);

        Assert.Single(Drain(stream));
        Assert.False(await stream.WaitToReadAsync());
        Assert.Equal(StreamEnd.Drained, stream.End);
    }

    private static List<string> Drain(NotificationStream stream)
    {
        var frames = new List<string>();
        while (stream.TryRead(out var frame))
        {
            frames.Add(Encoding.UTF8.GetString(frame.Span));
        }

        return frames;
    }

    private static string Method(string frame) => System.Text.Json.Nodes.JsonNode.Parse(frame)!["method"]!.GetValue<string>();
}
