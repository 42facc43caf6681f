using System.Text;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.TestKit.Xunit2;
using McpHub.Protocol.Revisions;
using McpHub.Transports.Tests.StreamableHttp;

namespace McpHub.Transports.Tests;

/// <summary>A running transport between a server of the test and the test itself, which plays the session.</summary>
public abstract class TransportSpec : TestKit, IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly List<IAsyncDisposable> _toDispose = [];
    private readonly Queue<InboundEvent> _events = [];
    private ISinkQueue<FrameBatch> _inbound = null!;
    private ISourceQueueWithComplete<OutboundFrame> _outbound = null!;

    protected TransportSpec(string config = "akka.loglevel = WARNING")
        : base(config)
    {
    }

    protected ITransport Transport { get; private set; } = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync()
    {
        _outbound?.Complete();
        _toDispose.Reverse();
        foreach (var item in _toDispose)
        {
            await item.DisposeAsync();
        }
    }

    /// <summary>Is disposed after the test, in reverse order.</summary>
    protected T Using<T>(T item)
        where T : IAsyncDisposable
    {
        _toDispose.Add(item);
        return item;
    }

    protected void Connect(ITransport transport, int inboundBuffer = 1)
    {
        Transport = Using(transport);
        var materializer = Sys.Materializer();
        _inbound = Transport.Inbound.RunWith(Sink.Queue<FrameBatch>().WithAttributes(Attributes.CreateInputBuffer(1, inboundBuffer)), materializer);
        _outbound = Source.Queue<OutboundFrame>(1024, OverflowStrategy.Backpressure).To(Transport.Outbound).Run(materializer);
    }

    /// <summary>Ends both graphs of the connection as their owner does, closes it and forgets it.</summary>
    protected async Task Disconnect()
    {
        EndOutbound();
        await Transport.DisposeAsync().AsTask().WaitAsync(Patience);
        await Rest();
        _toDispose.Remove(Transport);
        (Transport, _inbound, _outbound) = (null!, null!, null!);
    }

    protected Task Say(OutboundFrame frame) => _outbound.OfferAsync(frame);

    protected Task Ask(long exchange, string method = MethodNames.ToolsCall, params (string Name, string Value)[] headers) => Say(Request(exchange, method, headers));

    protected static OutboundFrame.Message Request(long exchange, string method = MethodNames.ToolsCall, params (string Name, string Value)[] headers) =>
        new(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{exchange}},"method":"{{method}}","params":{} }"""), exchange, method,
            [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))]);

    protected Task Notify(string method, params (string Name, string Value)[] headers) =>
        Say(new OutboundFrame.Message(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","method":"{{method}}"}"""), null, method, [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))]));

    protected void EndOutbound() => _outbound.Complete();

    protected async Task<InboundEvent> Next()
    {
        while (_events.Count == 0)
        {
            var batch = await _inbound.PullAsync().WaitAsync(Patience);
            Assert.True(batch.HasValue, "Inbound ended");
            foreach (var happened in batch.Value.Events)
            {
                _events.Enqueue(happened);
            }
        }

        return _events.Dequeue();
    }

    protected async Task<T> Next<T>()
        where T : InboundEvent => Assert.IsType<T>(await Next());

    protected async Task<string> NextText(long? exchange)
    {
        var frame = await Next<InboundEvent.Frame>();
        Assert.Equal(exchange, frame.Exchange);
        return Encoding.UTF8.GetString(frame.Utf8.Span);
    }

    protected async Task<InboundEvent.ExchangeEnded> Ended(long exchange)
    {
        var ended = await Next<InboundEvent.ExchangeEnded>();
        Assert.Equal(exchange, ended.Exchange);
        return ended;
    }

    /// <summary>The rest of Inbound, to its end.</summary>
    protected async Task<List<InboundEvent>> Rest()
    {
        List<InboundEvent> rest = [.. _events];
        _events.Clear();
        while (await _inbound.PullAsync().WaitAsync(Patience) is { HasValue: true } batch)
        {
            rest.AddRange(batch.Value.Events);
        }

        return rest;
    }

    protected static string Answer(long exchange) => $$"""{"jsonrpc":"2.0","id":{{exchange}},"result":{} }""";

    protected static async Task Until(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "the condition did not come true");
            await Task.Delay(5);
        }
    }

    protected static string IdOf(SeenRequest request) => request.Text.Split("\"id\":")[1].Split(',')[0];
}
