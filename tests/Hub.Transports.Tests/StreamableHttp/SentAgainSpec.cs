using System.Text;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using McpHub.Protocol.Revisions;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Tests.StreamableHttp;

/// <summary>A session that sends a request again as soon as it hears that the first one ended: the stage may not have put that one away.</summary>
public sealed class SentAgainSpec() : Akka.TestKit.Xunit2.TestKit("akka.loglevel = WARNING")
{
    [Fact]
    public async Task A_request_may_have_the_number_of_one_that_has_just_ended()
    {
        await using var server = await ScriptedHttpServer.StartAsync((http, _) => http.Json("""{"jsonrpc":"2.0","id":7,"result":{}}"""));
        await using var transport = new StreamableHttpTransport(new StreamableHttpParameters(server.Url));
        var receiver = new Again();
        var materializer = Sys.Materializer();
        var inbound = transport.InboundTo(receiver).RunWith(Sink.Ignore<NotUsed>(), materializer);
        receiver.Writer = Source.Maybe<OutboundFrame>().RunWith(transport.DirectOutbound(16), materializer);

        Assert.True(receiver.Write());
        await receiver.Second.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(2, server.Requests.Count);
        Assert.False(inbound.IsCompleted);
        Assert.False(transport.Closed.IsCompleted);
    }

    private sealed class Again : IFrameReceiver
    {
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _answers;

        public OutboundWriter? Writer { get; set; }

        public Task Second => _second.Task;

        public bool Write() => Writer!.TryWrite(new OutboundFrame.Message(Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":7,"method":"tools/call"}"""), 7, MethodNames.ToolsCall, []));

        public bool TryReceive(IReadOnlyList<InboundEvent> events, bool isLast) => true;

        public void ReceiveAnswer(ReadOnlyMemory<byte> utf8, long exchange)
        {
            if (Interlocked.Increment(ref _answers) > 1)
            {
                _second.TrySetResult();
                return;
            }

            try
            {
                Assert.True(Write());
            }
            catch (Exception failed)
            {
                _second.TrySetException(failed);
            }
        }

        public void OnRoom(Action then) => then();
    }
}
