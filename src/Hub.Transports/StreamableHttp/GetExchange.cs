using McpHub.Protocol.Errors;

namespace McpHub.Transports.StreamableHttp;

/// <summary>The stream on which a legacy server speaks unasked (2025-11-25, transports, "Listening for Messages from the Server").</summary>
/// <param name="connection">The connection it belongs to.</param>
/// <param name="lastEventId">The last event seen on the stream before it.</param>
/// <param name="stepped">Tells the stage that a step ended.</param>
internal sealed class GetExchange(HttpConnection connection, string? lastEventId, Action<HttpExchange> stepped) : HttpExchange(connection, stepped)
{
    /// <summary>The server said that it offers no such stream.</summary>
    public bool NotOffered { get; private set; }

    /// <summary>Whether a message came.</summary>
    public bool Productive { get; private set; }

    public long Started { get; } = connection.Time.GetTimestamp();

    /// <summary>Where to go on.</summary>
    public string? LastEventId => Sse?.LastEventId ?? lastEventId;

    /// <summary>How long the server asked to wait before the next one.</summary>
    public TimeSpan? Retry => Sse?.Retry;

    protected override async ValueTask OpenAsync()
    {
        using var request = Connection.SessionRequest(HttpMethod.Get);
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        if (lastEventId is not null && HttpHeaderNames.IsValue(lastEventId))
        {
            request.Headers.TryAddWithoutValidation(HttpHeaderNames.LastEventId, lastEventId);
        }

        var response = await Connection.SendAsync(request, Aborted).ConfigureAwait(false);
        Hold(response);
        if (response.StatusCode == System.Net.HttpStatusCode.MethodNotAllowed)
        {
            NotOffered = true;
            End();
        }
        else if (!response.IsSuccessStatusCode)
        {
            Refuse(HttpFailures.Status(Connection.ServerName, response, [], Connection.Time.GetUtcNow()));
        }
        else if (HttpFailures.Header(response.Content.Headers, "Content-Type")?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) != true)
        {
            Refuse(HttpFailures.Violation(Connection.ServerName, "it answered GET with something other than text/event-stream"));
        }
        else
        {
            await BeginEventsAsync().ConfigureAwait(false);
        }
    }

    protected override void OnMessage(byte[] utf8)
    {
        Productive = true;
        Emit(new InboundEvent.Frame(utf8));
    }

    protected override void OnStreamEnd()
    {
    }

    protected override void OnTooLarge() => Refuse(HttpFailures.Make(Connection.ServerName, HubErrors.FrameTooLarge, Delivery.Answered, ("limit", HttpConnection.MaxFrameBytes)));

    protected override void OnFailure(Exception failure)
    {
        if (!Aborted.IsCancellationRequested)
        {
            Refuse(HttpFailures.Make(Connection.ServerName, HubErrors.ConnectionLost, Delivery.NotSent, ("reason", failure.Message)));
        }
    }

    private void Refuse(HubError error)
    {
        Emit(new InboundEvent.Rejected(error));
        End();
    }
}
