using System.Net.WebSockets;
using Socket = System.Net.WebSockets.WebSocket;

namespace McpHub.Transports.WebSocket;

/// <summary>What a <see cref="GuardedWebSocket"/> asks of its connection and tells it. Called from the reading side, one call at a time.</summary>
internal interface IWebSocketGuard
{
    /// <summary>Completes when the next message may be read: the back-pressure of the connection.</summary>
    ValueTask RoomAsync(CancellationToken cancel);

    /// <summary>A message passed the limit; its rest will be dropped.</summary>
    void OnTooLarge();

    /// <summary>Nothing more is read.</summary>
    /// <param name="failure">What broke; <c>null</c> if the server closed.</param>
    void OnEnded(Exception? failure);
}

/// <summary>
/// The socket as Websocket.Client sees it. The library reads without limit and without pause and takes every message for binary once it makes no strings of them;
/// so limit, back-pressure and the type of a message are here, and so is the end, which it does not report in every state.
/// </summary>
internal sealed class GuardedWebSocket(ClientWebSocket inner, int maxMessageBytes, IWebSocketGuard guard) : Socket
{
    private const int DroppedLimits = 4;
    private static readonly TimeSpan _closeLimit = TimeSpan.FromSeconds(2);

    private long _length;
    private bool _inMessage;
    private bool _tooLarge;
    private bool _closeReceived;

    /// <summary>The type of the message that was read last.</summary>
    public WebSocketMessageType LastType { get; private set; }

    /// <summary>The message that was read last is not to be used: it passed the limit.</summary>
    public bool LastDropped { get; private set; }

    public override WebSocketCloseStatus? CloseStatus => inner.CloseStatus;

    public override string? CloseStatusDescription => inner.CloseStatusDescription;

    public override string? SubProtocol => inner.SubProtocol;

    // After our own close the server may still end what it was saying; the library would stop reading.
    public override WebSocketState State => inner.State == WebSocketState.CloseSent && !_closeReceived ? WebSocketState.Open : inner.State;

    public override void Abort() => inner.Abort();

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        inner.CloseAsync(closeStatus, statusDescription, cancellationToken);

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        inner.State is WebSocketState.Open or WebSocketState.CloseReceived ? inner.CloseOutputAsync(closeStatus, statusDescription, cancellationToken) : Task.CompletedTask;

    public override void Dispose() => inner.Dispose();

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await ReceiveAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
        return new WebSocketReceiveResult(result.Count, result.MessageType, result.EndOfMessage);
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await ReceiveGuardedAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            guard.OnEnded(failure);
            throw;
        }
    }

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        inner.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        inner.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    private async ValueTask<ValueWebSocketReceiveResult> ReceiveGuardedAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        if (!_inMessage)
        {
            await guard.RoomAsync(cancel).ConfigureAwait(false);
        }

        while (true)
        {
            var result = await inner.ReceiveAsync(buffer, cancel).ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                _closeReceived = true;
                await ReplyToCloseAsync().ConfigureAwait(false);
                guard.OnEnded(null);
                return result;
            }

            _inMessage = !result.EndOfMessage;
            _length += result.Count;
            if (_length > maxMessageBytes && !_tooLarge)
            {
                _tooLarge = true;
                guard.OnTooLarge();
            }

            if (_length > DroppedLimits * (long)maxMessageBytes)
            {
                inner.Abort();
                throw new WebSocketException(WebSocketError.HeaderError, "a message did not end");
            }

            if (result.EndOfMessage)
            {
                (LastType, LastDropped) = (result.MessageType, _tooLarge);
                (_length, _tooLarge) = (0, false);
                return LastDropped ? new ValueWebSocketReceiveResult(0, result.MessageType, endOfMessage: true) : result;
            }

            if (!_tooLarge)
            {
                return result;
            }
        }
    }

    // Here and not by the library, which does it after the end was reported, when the socket may be gone.
    private async Task ReplyToCloseAsync()
    {
        using var limit = new CancellationTokenSource(_closeLimit);
        try
        {
            await CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            inner.Abort();
        }
    }
}
