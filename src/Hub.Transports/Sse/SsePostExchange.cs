using McpHub.Protocol.Errors;
using McpHub.Transports.StreamableHttp;

namespace McpHub.Transports.Sse;

/// <summary>One message of the hub: a POST to the endpoint. Its answer comes on the stream; here only a refusal does, and ends that one request (contract 2, 2-5).</summary>
internal sealed class SsePostExchange(HttpConnection connection, Uri endpoint, OutboundFrame.Message message, Action<HttpExchange> stepped) : HttpExchange(connection, stepped)
{
    private const int MaxErrorText = 4096;

    private readonly FrameContent _content = new(message.Utf8);

    public OutboundFrame.Message Message => message;

    public long Started { get; } = connection.Time.GetTimestamp();

    public override void Dispose()
    {
        _content.Dispose();
        base.Dispose();
    }

    protected override async ValueTask OpenAsync()
    {
        using var request = Connection.Request(HttpMethod.Post, endpoint);
        request.Content = _content;
        var response = await Connection.SendAsync(request, Aborted).ConfigureAwait(false);
        Hold(response);
        if (!response.IsSuccessStatusCode)
        {
            var stream = await response.Content.ReadAsStreamAsync(Aborted).ConfigureAwait(false);
            var text = new byte[MaxErrorText];
            var length = await stream.ReadAtLeastAsync(text, MaxErrorText, throwOnEndOfStream: false, Aborted).ConfigureAwait(false);
            Refuse(HttpFailures.Status(Connection.ServerName, response, text.AsSpan(0, length), Connection.Time.GetUtcNow()));
        }

        End();
    }

    protected override void OnMessage(byte[] utf8)
    {
    }

    protected override void OnStreamEnd()
    {
    }

    protected override void OnTooLarge()
    {
    }

    protected override void OnFailure(Exception failure)
    {
        if (!Aborted.IsCancellationRequested)
        {
            Refuse(HttpFailures.Broken(Connection.ServerName, failure, _content.Sent));
        }
    }

    private void Refuse(HubError error) => Emit(new InboundEvent.Rejected(error, message.Exchange));
}
