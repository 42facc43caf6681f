using System.Text;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

public sealed class FrameWriterTests
{
    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(0L)]
    public void Requests(long id)
    {
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"a\"b","params":{"x":1}}""", Accepted(FrameWriter.Request(id, "a\"b", "{\"x\":1}"u8)));
        Assert.Equal($$"""{"jsonrpc":"2.0","id":{{id}},"method":"m"}""", Accepted(FrameWriter.Request(id, "m", default)));
    }

    [Fact]
    public void Notifications()
    {
        Assert.Equal("""{"jsonrpc":"2.0","method":"m"}""", Accepted(FrameWriter.Notification("m", default)));
        Assert.Equal("""{"jsonrpc":"2.0","method":"m","params":{}}""", Accepted(FrameWriter.Notification("m", "{}"u8)));
    }

    [Fact]
    public void Responses()
    {
        Assert.Equal("""{"jsonrpc":"2.0","id":"a","result":{}}""", Accepted(FrameWriter.Result("\"a\""u8, "{}"u8)));
        Assert.Equal("""{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"é\n"}}""", Accepted(FrameWriter.Error(default, FrameWriter.ErrorObject(-1, "é\n"))));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"error":{"code":5,"message":"","data":[1]}}""", Accepted(FrameWriter.Error("1"u8, FrameWriter.ErrorObject(5, "", "[1]"u8))));
    }

    private static string Accepted(byte[] frame)
    {
        Scan.Accepted(frame);
        return Encoding.UTF8.GetString(frame);
    }
}
