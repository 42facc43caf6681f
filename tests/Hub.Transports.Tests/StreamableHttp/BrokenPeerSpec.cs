using System.Net;
using System.Net.Sockets;
using McpHub.Protocol.Errors;
using McpHub.Transports.StreamableHttp;
using Microsoft.AspNetCore.Http;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>Connections and responses that break, and the limits.</summary>
public class BrokenPeerSpec : HttpTransportSpec
{
    private const string JsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private const string EventsHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Fact]
    public async Task A_closed_port_ends_the_exchange_as_not_sent()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var url = new Uri($"http://{free.LocalEndpoint}/mcp");
        free.Stop();
        Connect(new StreamableHttpParameters(url));
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal((HubErrors.ConnectFailed, Delivery.NotSent), (error.Definition, error.Delivery));
    }

    [Fact]
    public async Task A_connect_that_takes_too_long_ends_the_exchange_as_not_sent()
    {
        // A listener whose queue of unaccepted connections is full answers no further SYN.
        using var deaf = new Socket(SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        using var first = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(deaf.LocalEndPoint!);
        List<Socket> more = [];
        for (var i = 0; i < 4; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _ = socket.ConnectAsync(deaf.LocalEndPoint!).ContinueWith(_ => { }, TaskScheduler.Default);
            more.Add(socket);
        }

        Connect(new StreamableHttpParameters(new Uri($"http://{deaf.LocalEndPoint}/mcp")) { ConnectTimeout = TimeSpan.FromMilliseconds(300) });
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal((HubErrors.ConnectFailed, Delivery.NotSent), (error.Definition, error.Delivery));
        more.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Ty", true)]
    [InlineData("not HTTP at all\r\n\r\n", true)]
    [InlineData(JsonHead + "Content-Length: 50\r\n\r\n{\"jsonrpc\":", true)]
    [InlineData(JsonHead + "Content-Length: 50\r\n\r\n{\"jsonrpc\":", false)]
    [InlineData(JsonHead + "Content-Length: 2000000\r\n\r\n{}", true)]
    [InlineData(JsonHead + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n", true)]
    [InlineData(JsonHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", true)]
    public async Task A_connection_that_breaks_after_the_request_leaves_its_outcome_unknown(string answer, bool politely)
    {
        await using var peer = new HostilePeer(async socket =>
        {
            await HostilePeer.Send(socket, answer);
            if (!politely)
            {
                HostilePeer.Reset(socket);
            }
        });
        Connect(new StreamableHttpParameters(peer.Url));
        await Ask(1);
        var error = (await Ended(1)).Error!;
        Assert.Equal((HubErrors.OutcomeUnknown, Delivery.Unknown), (error.Definition, error.Delivery));
        await Ask(2);
        Assert.Equal(HubErrors.OutcomeUnknown, (await Ended(2)).Error?.Definition);
    }

    [Fact]
    public async Task A_stream_that_breaks_delivers_what_it_said_before()
    {
        await using var peer = new HostilePeer(async socket =>
        {
            await HostilePeer.Send(socket, EventsHead + "9\r\ndata: 1\n\n\r\n8\r\ndata: 2\n\r\n");
            socket.Shutdown(SocketShutdown.Send);
        });
        Connect(new StreamableHttpParameters(peer.Url));
        await Ask(1);
        Assert.Equal("1", await NextText(1));
        Assert.Equal(HubErrors.OutcomeUnknown, (await Ended(1)).Error?.Definition);
    }

    [Fact]
    public async Task A_stream_cut_at_every_byte_gives_the_same_frames()
    {
        await using var peer = new HostilePeer(async socket =>
        {
            foreach (var piece in EventsHead + "19\r\nid: 1\r\ndata: {\"é\":\n\ndata\r\n5\r\n: 2\n\n\r\n0\r\n\r\n")
            {
                await HostilePeer.Send(socket, piece.ToString());
            }
        });
        Connect(new StreamableHttpParameters(peer.Url));
        await Ask(1);
        Assert.Equal("{\"é\":", await NextText(1));
        Assert.Equal("2", await NextText(1));
        Assert.Null((await Ended(1)).Error);
    }

    [Fact]
    public async Task A_body_of_more_than_it_announced_is_cut_at_its_length()
    {
        await using var peer = new HostilePeer(socket => HostilePeer.Send(socket, JsonHead + "Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nsmuggled"));
        Connect(new StreamableHttpParameters(peer.Url));
        await Ask(1);
        Assert.Equal("{}", await NextText(1));
        Assert.Null((await Ended(1)).Error);
        await Ask(2);
        Assert.Equal("{}", await NextText(2));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_message_at_the_limit_passes_and_one_byte_more_does_not(bool withLength, bool events)
    {
        await Serve(async (http, request) =>
        {
            var body = new byte[HttpConnection.MaxFrameBytes + (IdOf(request) == "2" ? 1 : 0)];
            body.AsSpan().Fill((byte)' ');
            http.Response.ContentType = events ? "text/event-stream" : "application/json";
            http.Response.ContentLength = withLength ? body.Length : null;
            await http.Response.WriteAsync(events ? "data:  " : "");
            await http.Response.Body.WriteAsync(body.AsMemory(events ? 1 : 0));
            await http.Response.WriteAsync(events ? "\n\n" : "");
        });
        await Ask(1);
        Assert.Equal(HttpConnection.MaxFrameBytes, (await Next<InboundEvent.Frame>()).Utf8.Length);
        Assert.Null((await Ended(1)).Error);
        await Ask(2);
        var error = (await Ended(2)).Error!;
        Assert.Equal((HubErrors.FrameTooLarge, Delivery.Answered), (error.Definition, error.Delivery));
    }
}
