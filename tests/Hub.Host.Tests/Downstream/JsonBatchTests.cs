using System.Text;
using McpHub.Host.Downstream;

namespace McpHub.Host.Tests.Downstream;

public sealed class JsonBatchTests
{
    [Theory]
    [InlineData("[]", true)]
    [InlineData(" \r\n\t[1]", true)]
    [InlineData("{\"a\":[]}", false)]
    [InlineData("", false)]
    [InlineData("  ", false)]
    public void An_array_is_a_batch(string body, bool batch) => Assert.Equal(batch, JsonBatch.IsBatch(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Entries_are_the_bytes_of_the_body()
    {
        Assert.True(JsonBatch.TrySplit(Encoding.UTF8.GetBytes("""[ {"a" : 1E5,"b":[{}]} , 7,"x\n"]"""), out var entries, out _));

        Assert.Equal(["""{"a" : 1E5,"b":[{}]}""", "7", "\"x\\n\""], entries.Select(entry => Encoding.UTF8.GetString(entry.Span)));
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_batch_has_fifty_entries_at_most(int count, bool accepted) =>
        Assert.Equal(accepted, JsonBatch.TrySplit(Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{}", count)) + "]"), out _, out _));

    [Theory]
    [InlineData("[]")]
    [InlineData("[")]
    [InlineData("[{}")]
    [InlineData("[{},]")]
    [InlineData("[{}]x")]
    [InlineData("[{}][]")]
    [InlineData("[{}}")]
    public void What_is_no_whole_array_is_refused(string body)
    {
        Assert.False(JsonBatch.TrySplit(Encoding.UTF8.GetBytes(body), out _, out var reason));
        Assert.NotEmpty(reason);
    }
}
