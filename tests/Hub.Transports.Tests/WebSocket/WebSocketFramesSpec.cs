using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Akka.Streams.Dsl;
using McpHub.Transports.WebSocket;
using Microsoft.Extensions.Logging.Abstractions;
using Websocket.Client;

namespace McpHub.Transports.Tests.WebSocket;

public sealed class WebSocketFramesSpec : WebSocketSpec
{
    // 100 KB each: far more than the sockets of both sides hold.
    private const int Flood = 2000;

    private const int Text = 1;
    private const int Ping = 9;
    private const int Pong = 10;

    [Fact]
    public async Task Messages_go_both_ways_in_order_and_fragments_become_one()
    {
        await Serve(async socket =>
        {
            await socket.Text("{\"a\":", end: false);
            await socket.Text("", end: false);
            await socket.Text("1}");
            while (await socket.NextText() is { } text)
            {
                await socket.Text(text);
            }
        });
        Assert.Equal("{\"a\":1}", await NextText(null));
        for (var i = 0; i < 300; i++)
        {
            await Ask(i);
        }

        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(Encoding.UTF8.GetString(Request(i).Utf8.Span), await NextText(null));
        }
    }

    [Fact(DisplayName = "X-004 After a binary message and a broken text message the session goes on")]
    public async Task A_binary_message_is_reported_and_broken_text_passed_on_for_the_scan()
    {
        await Serve(async socket =>
        {
            await socket.SendAsync(new byte[] { 1, 2, 3 }.AsMemory(), WebSocketMessageType.Binary, true, default);
            await socket.Text("{\"jsonrpc\":");
            await socket.Text("");
            await socket.Text(Answer(1));
            await socket.Drain();
        });
        Assert.Equal("HUB2120", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        Assert.Equal("{\"jsonrpc\":", await NextText(null));
        Assert.Equal("", await NextText(null));
        Assert.Equal(Answer(1), await NextText(null));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task Text_that_is_no_UTF_8_ends_the_connection_as_the_RFC_asks()
    {
        await using var raw = new RawWebSocketServer((socket, stop) => socket.SendAsync(RawWebSocketServer.Frame(Text, [0x22, 0xFF, 0x22]), stop).AsTask());
        Connect(new WebSocketTransport(new WebSocketServerParameters(raw.Url)));
        Assert.Empty(await Rest());
        Assert.Equal("HUB2110", (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
    }

    [Fact]
    public async Task A_message_at_the_limit_passes_and_one_byte_more_is_dropped_to_its_end()
    {
        const int limit = 64 * 1024;
        await Listen(async socket =>
        {
            await socket.Text(new string('a', limit));
            await socket.Text(new string('b', limit + 1));
            await socket.Text(new string('c', 3 * limit));
            await socket.Text("after");
            await socket.Drain();
        });
        Connect(new WebSocketTransport(Parameters with { MaxMessageBytes = limit }));
        Assert.Equal(limit, (await NextText(null)).Length);
        Assert.Equal("HUB2108", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        Assert.Equal("HUB2108", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        Assert.Equal("after", await NextText(null));
    }

    [Fact]
    public async Task A_message_that_does_not_end_is_reported_at_the_limit_and_ends_the_connection_at_four_times_it()
    {
        const int limit = 64 * 1024;
        long sent = 0;
        await Listen(async socket =>
        {
            var piece = new string('x', 4096);
            try
            {
                while (true)
                {
                    await socket.Text(piece, end: false);
                    Interlocked.Add(ref sent, piece.Length);
                }
            }
            catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
            {
            }
        });
        Connect(new WebSocketTransport(Parameters with { MaxMessageBytes = limit }));
        Assert.Equal("HUB2108", (await Next<InboundEvent.Rejected>()).Error.Definition.Code);
        Assert.Empty(await Rest());
        Assert.Equal("HUB2108", (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
        // What the sockets of both sides hold comes on top.
        Assert.InRange(Interlocked.Read(ref sent), 4 * limit - 8192, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task A_flood_stops_at_the_socket_while_nobody_reads()
    {
        var message = new string('x', 100_000);
        var stopped = new TaskCompletionSource<int>();
        await Listen(async socket =>
        {
            for (var sent = 0; sent < Flood; sent++)
            {
                var write = socket.Text(message);
                if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(1))) != write)
                {
                    stopped.TrySetResult(sent);
                }

                await write;
            }

            stopped.TrySetResult(Flood);
            await socket.Drain();
        });
        var transport = new WebSocketTransport(Parameters);
        Connect(transport);
        Assert.InRange(await stopped.Task.WaitAsync(Patience), 1, Flood - 1);
        Assert.InRange(transport.Queued, WebSocketTransport.MaxQueuedBytes, WebSocketTransport.MaxQueuedBytes + 2 * message.Length);
        for (var i = 0; i < Flood; i++)
        {
            Assert.Equal(message.Length, (await NextText(null)).Length);
        }
    }

    [Fact]
    public async Task A_server_that_stops_reading_stops_the_writer_and_not_the_reader()
    {
        var goOn = new TaskCompletionSource();
        var read = 0;
        await Serve(async socket =>
        {
            await socket.Text("here");
            await goOn.Task;
            for (; await socket.NextText() is not null; read++)
            {
            }
        });
        Assert.Equal("here", await NextText(null));
        var frames = Enumerable.Range(0, 64).Select(_ => new OutboundFrame.Message(new byte[1024 * 1024].Select(_ => (byte)'1').ToArray(), null, null, [])).ToArray();
        foreach (var frame in frames)
        {
            _ = Say(frame);
        }

        await Until(() => frames[0].HasBegun);
        // One in the write, the rest still belongs to the session, which may take it back.
        Assert.InRange(frames.Count(frame => frame.HasBegun), 1, 40);
        Assert.True(frames[^1].TryWithdraw());
        goOn.SetResult();
        await Until(() => read == 63);
    }

    [Fact]
    public async Task A_message_that_was_taken_back_is_not_written()
    {
        var received = new TaskCompletionSource<string?>();
        await Serve(async socket =>
        {
            received.SetResult(await socket.NextText());
            await socket.Drain();
        });
        var taken = Request(1);
        Assert.True(taken.TryWithdraw());
        await Say(taken);
        await Ask(2);
        Assert.Contains("\"id\":2", await received.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Pongs_keep_a_silent_server_and_a_dead_one_is_noticed()
    {
        var pongs = 0;
        await using var alive = new RawWebSocketServer(async (socket, stop) =>
        {
            var buffer = new byte[256];
            while (await socket.ReceiveAsync(buffer, stop) > 0)
            {
                if ((buffer[0] & 0x0F) == Ping)
                {
                    // A client masks (RFC 6455, 5.3); the pong carries what the ping did.
                    var payload = buffer[6..(6 + (buffer[1] & 0x7F))];
                    for (var i = 0; i < payload.Length; i++)
                    {
                        payload[i] ^= buffer[2 + (i % 4)];
                    }

                    await socket.SendAsync(RawWebSocketServer.Frame(Pong, payload), stop);
                    if (++pongs == 5)
                    {
                        await socket.SendAsync(RawWebSocketServer.Frame(Text, "alive"u8), stop);
                    }
                }
            }
        });
        Connect(new WebSocketTransport(new WebSocketServerParameters(alive.Url) { KeepAlive = TimeSpan.FromMilliseconds(200) }));
        Assert.Equal("alive", await NextText(null));

        await using var dead = new RawWebSocketServer(async (socket, stop) =>
        {
            while (await socket.ReceiveAsync(new byte[256], stop) > 0)
            {
            }
        });
        Connect(new WebSocketTransport(new WebSocketServerParameters(dead.Url) { KeepAlive = TimeSpan.FromMilliseconds(200) }));
        Assert.Empty(await Rest());
        Assert.Equal("HUB2110", (await Transport.Closed.WaitAsync(Patience)).Error!.Definition.Code);
    }

    [Fact(DisplayName = "X-003 After a long silence a call goes over the same socket: what the library would take for a loss is turned off")]
    public async Task Silence_is_no_loss()
    {
        // The library counts silence by messages and replaces the socket when it lasts; shortened from a minute to 1 s it does so in front of our eyes.
        var sockets = 0;
        await Listen(async socket =>
        {
            Interlocked.Increment(ref sockets);
            while (await socket.NextText() is { } text)
            {
                await socket.Text(text);
            }
        });
        using (var untamed = new WebsocketClient(SocketUrl(Server.Url), NullLogger<WebsocketClient>.Instance, Dial) { ReconnectTimeout = TimeSpan.FromSeconds(1) })
        {
            await untamed.StartOrFail();
            await Until(() => Volatile.Read(ref sockets) >= 2);
        }

        // Ours has no such clock, and nothing else by which the library would act alone.
        using (var tamed = WebSocketTransport.Client(SocketUrl(Server.Url), Patience, Dial))
        {
            Assert.Null(tamed.ReconnectTimeout);
            Assert.Null(tamed.ErrorReconnectTimeout);
            Assert.Null(tamed.LostReconnectTimeout);
            Assert.False(tamed.IsReconnectionEnabled);
        }

        // The same 150 s that the scenario names only where a run may last (tests/README.md).
        var silence = Environment.GetEnvironmentVariable("HUB_LONG") == "1" ? TimeSpan.FromSeconds(150) : TimeSpan.FromSeconds(4);
        var before = Volatile.Read(ref sockets);
        Connect(new WebSocketTransport(Parameters));
        await Ask(1);
        await NextText(null);
        await Task.Delay(silence);
        await Ask(2);
        Assert.Contains("\"id\":2", await NextText(null), StringComparison.Ordinal);
        Assert.Equal(before + 1, Volatile.Read(ref sockets));

        static async Task<System.Net.WebSockets.WebSocket> Dial(Uri url, CancellationToken cancel)
        {
            var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol("mcp");
            await socket.ConnectAsync(url, cancel);
            return socket;
        }
    }
}
