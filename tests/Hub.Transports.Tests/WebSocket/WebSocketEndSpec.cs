using System.Net.WebSockets;
using System.Text;
using McpHub.Transports.WebSocket;

namespace McpHub.Transports.Tests.WebSocket;

public sealed class WebSocketEndSpec : WebSocketSpec
{
    [Theory(DisplayName = "X-007 Close 1000 and 1001 are a normal end, any other code a loss")]
    [InlineData(1000, null)]
    [InlineData(1001, null)]
    [InlineData(1011, "HUB2110")]
    [InlineData(1008, "HUB2110")]
    [InlineData(4001, "HUB2110")]
    public async Task Close_codes_are_told_apart(int code, string? error)
    {
        WebSocketCloseStatus? reply = null;
        await Serve(async socket =>
        {
            await socket.Text("last words");
            await socket.CloseAsync((WebSocketCloseStatus)code, "because", default);
            reply = socket.CloseStatus;
        });
        Assert.Equal("last words", await NextText(null));
        Assert.Empty(await Rest());
        var closed = await Transport.Closed.WaitAsync(Patience);
        Assert.Equal(code, closed.CloseCode);
        Assert.Equal(error, closed.Error?.Definition.Code);
        if (error is not null)
        {
            Assert.Contains($"{code}: because", closed.Error!.Message, StringComparison.Ordinal);
        }

        await Until(() => reply is not null);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, reply);
    }

    [Fact]
    public async Task A_socket_that_breaks_is_a_loss()
    {
        await using var raw = new RawWebSocketServer((socket, _) =>
        {
            socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, 0);
            return Task.CompletedTask;
        });
        Connect(new WebSocketTransport(new WebSocketServerParameters(raw.Url)));
        Assert.Empty(await Rest());
        var closed = await Transport.Closed.WaitAsync(Patience);
        Assert.Equal("HUB2110", closed.Error!.Definition.Code);
        Assert.Null(closed.CloseCode);
        Assert.Equal(1, raw.Connections);
    }

    [Fact]
    public async Task A_write_on_a_socket_that_the_server_closed_is_not_taken_for_written()
    {
        await Serve(socket => socket.CloseAsync(WebSocketCloseStatus.InternalServerError, "", default));
        Assert.Empty(await Rest());
        await Transport.Closed.WaitAsync(Patience);
        var late = Request(1);
        await Assert.ThrowsAnyAsync<Exception>(() => Say(late).WaitAsync(Patience));
        Assert.False(late.HasBegun);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task A_write_that_the_reset_of_a_deaf_server_breaks_is_a_loss()
    {
        var goOn = new TaskCompletionSource();
        await using var raw = new RawWebSocketServer(async (socket, _) =>
        {
            await goOn.Task;
            socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, 0);
        });
        Connect(new WebSocketTransport(new WebSocketServerParameters(raw.Url)));
        var large = new OutboundFrame.Message(new byte[16 * 1024 * 1024].Select(_ => (byte)'1').ToArray(), 1, "tools/call", []);
        await Say(large);
        await Until(() => large.HasBegun);
        goOn.SetResult();
        Assert.Empty(await Rest());
        Assert.Equal("HUB2110", (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
    }

    [Fact]
    public async Task Closing_writes_what_was_said_before_and_closes_with_1000()
    {
        var seen = new TaskCompletionSource<(string?, WebSocketCloseStatus?)>();
        await Serve(async socket =>
        {
            var text = await socket.NextText();
            await socket.NextText();
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", default);
            seen.SetResult((text, socket.CloseStatus));
        });
        var request = Request(1);
        await Say(request);
        await Until(() => request.HasBegun);
        EndOutbound();
        await Transport.DisposeAsync().AsTask().WaitAsync(Patience);
        var (said, status) = await seen.Task.WaitAsync(Patience);
        Assert.Equal(Encoding.UTF8.GetString(Request(1).Utf8.Span), said);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, status);
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task After_the_end_of_the_writing_side_what_the_server_still_says_is_read()
    {
        await Serve(async socket =>
        {
            await socket.Drain();
            for (var i = 0; i < 20; i++)
            {
                await socket.Text($"{i}");
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", default);
        });
        await Ask(1);
        EndOutbound();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"{i}", await NextText(null));
        }

        Assert.Empty(await Rest());
        Assert.Null((await Transport.Closed.WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task A_server_that_ignores_the_close_is_left_after_2_seconds()
    {
        await using var deaf = new RawWebSocketServer((_, stop) => Task.Delay(Timeout.Infinite, stop));
        var transport = new WebSocketTransport(new WebSocketServerParameters(deaf.Url));
        Connect(transport);
        await transport.Started.WaitAsync(Patience);
        await Transport.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Null((await Transport.Closed).Error);
    }
}
