using Akka.Event;
using McpHub.Protocol.Errors;
using McpHub.Protocol.Model;
using McpHub.Protocol.Revisions;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Embedding;

/// <summary>
/// What a session's logging callback and message handler get: in order, one at a time, on the thread pool, so that both may call the session (contract 1, CS-07 and CS-08).
/// Bounded: what finds no place is lost and counted. Thread-safe.
/// </summary>
internal sealed class MessageLane(Func<LoggingMessage, ValueTask>? logging, Func<SessionMessage, ValueTask>? handler)
{
    /// <summary>Most messages that wait, and most bytes in them.</summary>
    public const int MaxMessages = 1024;

    /// <inheritdoc cref="MaxMessages"/>
    public const int MaxBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<Item> _waiting = new();
    private volatile ILoggingAdapter _log = NoLogger.Instance;
    private int _bytes;
    private int _lost;
    private bool _isRunning;

    private readonly record struct Item(string ServerId, Envelope? Notification, HubError? Diagnostic, Exception? Cause)
    {
        public int Bytes => Notification?.Frame.Length ?? 0;
    }

    public void LogTo(ILoggingAdapter log) => _log = log;

    public void Add(string serverId, Envelope notification)
    {
        if (handler is not null || (logging is not null && notification.Method == MethodNames.Message))
        {
            Add(new Item(serverId, notification, null, null));
        }
    }

    public void Add(HubError diagnostic, Exception? cause = null)
    {
        if (handler is not null)
        {
            Add(new Item(diagnostic.ServerId ?? "", null, diagnostic, cause));
        }
    }

    private void Add(in Item item)
    {
        lock (_lock)
        {
            if (_waiting.Count == MaxMessages || (_waiting.Count > 0 && _bytes + item.Bytes > MaxBytes))
            {
                _lost++;
                return;
            }

            _waiting.Enqueue(item);
            _bytes += item.Bytes;
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        // It ends by itself when nothing waits: nobody has to dispose it.
        _ = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        while (TryTake(out var item, out var lost))
        {
            if (lost > 0)
            {
                var error = HubErrors.MessagesLost.With(("server", item.ServerId), ("count", lost));
                _log.Warning("Server {0}: {1}", item.ServerId, error.Message);
                await HandleAsync(new ConnectionDiagnostic { ServerId = item.ServerId, Error = HubException.From(error) }).ConfigureAwait(false);
            }

            if (item.Diagnostic is { } diagnostic)
            {
                await HandleAsync(new ConnectionDiagnostic { ServerId = item.ServerId, Error = HubException.From(diagnostic, item.Cause) }).ConfigureAwait(false);
            }
            else
            {
                await RunAsync(item.ServerId, item.Notification!).ConfigureAwait(false);
            }
        }
    }

    private bool TryTake(out Item item, out int lost)
    {
        lock (_lock)
        {
            _isRunning = _waiting.TryDequeue(out item);
            _bytes -= item.Bytes;
            (lost, _lost) = _isRunning ? (_lost, 0) : (0, _lost);
            return _isRunning;
        }
    }

    private async Task RunAsync(string serverId, Envelope notification)
    {
        if (logging is not null && notification.Method == MethodNames.Message)
        {
            try
            {
                await logging(McpJson.Parse<LoggingMessage>(notification.Bytes(notification.Params), serverId) with { ServerId = serverId }).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                // The user's code, or a log message that is none: neither may keep the handler from running.
                _log.Warning(failure, "Server {0}: the logging callback failed", serverId);
            }
        }

        if (handler is not null)
        {
            await HandleAsync(ToMessage(serverId, notification)).ConfigureAwait(false);
        }
    }

    private static SessionMessage ToMessage(string serverId, Envelope notification)
    {
        try
        {
            return new ServerNotification
            {
                ServerId = serverId,
                Method = notification.Method!,
                Params = notification.Params.Exists ? McpJson.ParseToken(notification.Bytes(notification.Params), serverId) : null,
            };
        }
        catch (HubException unreadable)
        {
            return new ConnectionDiagnostic { ServerId = serverId, Error = unreadable };
        }
    }

    private async Task HandleAsync(SessionMessage message)
    {
        if (handler is null)
        {
            return;
        }

        try
        {
            await handler(message).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _log.Warning(failure, "Server {0}: the message handler failed", message.ServerId);
        }
    }
}
