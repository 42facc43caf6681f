using McpHub.Protocol.Errors;
using McpHub.Transports.Framing;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Sse;

/// <summary>The GET whose response is everything that the server says.</summary>
/// <param name="connection">The connection it belongs to.</param>
/// <param name="server">The server.</param>
/// <param name="stepped">Tells the stage that a step ended.</param>
/// <param name="named">Tells the stage where messages go; called once.</param>
internal sealed class SseStreamExchange(HttpConnection connection, SseServerParameters server, Action<HttpExchange> stepped, Action<Uri> named) : HttpExchange(connection, stepped)
{
    private bool _named;
    private long _lastRead = connection.Time.GetTimestamp();

    /// <summary>Why the stream ended; set before its end is reported.</summary>
    public HubError? Failure { get; private set; }

    /// <summary>How long nothing has come.</summary>
    public TimeSpan Silence => Connection.Time.GetElapsedTime(Volatile.Read(ref _lastRead));

    protected override async ValueTask OpenAsync()
    {
        using var request = Connection.Request(HttpMethod.Get);
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        var response = await Connection.SendAsync(request, Aborted).ConfigureAwait(false);
        Hold(response);
        if (!response.IsSuccessStatusCode)
        {
            Fail(HttpFailures.Status(Connection.ServerName, response, [], Connection.Time.GetUtcNow()) with { Delivery = Delivery.NotSent });
        }
        else if (HttpFailures.Header(response.Content.Headers, "Content-Type")?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) != true)
        {
            Fail(HttpFailures.Violation(Connection.ServerName, "it answered GET with something other than text/event-stream", Delivery.NotSent));
        }
        else
        {
            await BeginEventsAsync().ConfigureAwait(false);
        }
    }

    protected override void OnRead() => Volatile.Write(ref _lastRead, Connection.Time.GetTimestamp());

    protected override void OnEvent(SseEvent found)
    {
        if (found.Name != "endpoint")
        {
            base.OnEvent(found);
        }
        else if (_named)
        {
            Emit(new InboundEvent.Rejected(HttpFailures.Violation(Connection.ServerName, "it sent a second endpoint event, which is ignored")));
        }
        else if (SseEndpoint.Resolve(server, found.Data, out var endpoint) is { } unusable)
        {
            Fail(unusable);
        }
        else
        {
            _named = true;
            named(endpoint);
        }
    }

    protected override void OnMessage(byte[] utf8) => Emit(new InboundEvent.Frame(utf8));

    protected override void OnStreamEnd() => Fail(Lost("the server ended the event stream"));

    protected override void OnTooLarge() => Fail(HttpFailures.Make(Connection.ServerName, HubErrors.FrameTooLarge, Delivery.Answered, ("limit", HttpConnection.MaxFrameBytes)));

    protected override void OnFailure(Exception failure)
    {
        if (!Aborted.IsCancellationRequested)
        {
            Fail(_named ? Lost(failure.Message) : HttpFailures.Broken(Connection.ServerName, failure, sent: false));
        }
    }

    private HubError Lost(string reason) => HttpFailures.Make(Connection.ServerName, _named ? HubErrors.ConnectionLost : HubErrors.ConnectFailed, Delivery.NotSent, ("reason", reason));

    private void Fail(HubError error)
    {
        Failure ??= error;
        End();
    }
}
