using System.Buffers;
using McpHub.Protocol.Wire;

namespace McpHub.Transports.Stdio;

/// <summary>
/// Writes messages to a server's standard input: whole lines only, and while one write is under way the next one is collected, so that many small messages
/// cost one write. No write ever gets a call's token: a cancelled write can leave half a line. Thread-safe.
/// </summary>
/// <param name="capacity">Messages that may wait.</param>
internal sealed class LineWriter(int capacity) : OutboundWriter, IThreadPoolWorkItem
{
    /// <summary>How much may wait. With the write under way it is all that is held for a server that has stopped reading.</summary>
    internal const int MaxCollectedBytes = 1024 * 1024;

    /// <summary>
    /// Where a write takes no further message: what a pipe holds by default. More would only wait in it, and a message in a write can't be taken back
    /// when the server has stopped reading.
    /// </summary>
    internal const int WriteBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<(OutboundFrame.Message Message, int Length)> _collected = [];
    private ArrayBufferWriter<byte> _lines = new();
    private Stream? _stdin;
    private Action? _onRoom;
    private Action<Exception?>? _onEnd;
    private long _collectedBytes;
    private bool _busy;
    private bool _over;
    private bool _awaitsRoom;

    /// <summary>Begins to write.</summary>
    /// <param name="stdin">Where to.</param>
    /// <param name="onRoom">After <see cref="HasRoom"/> was false: there is room again.</param>
    /// <param name="onEnd">Called once: everything was written after <see cref="Complete"/>, or a write failed.</param>
    public void Start(Stream stdin, Action onRoom, Action<Exception?> onEnd)
    {
        lock (_gate)
        {
            (_stdin, _onRoom, _onEnd, _busy) = (stdin, onRoom, onEnd, true);
        }

        Begin();
    }

    public override bool TryWrite(OutboundFrame frame)
    {
        if (frame is not OutboundFrame.Message message)
        {
            return true;
        }

        lock (_gate)
        {
            if (_over || IsFull)
            {
                return false;
            }

            // Its length now: one that is taken back is empty.
            var length = message.Utf8.Length;
            _collected.Enqueue((message, length));
            _collectedBytes += length;
            if (_busy || _stdin is null)
            {
                return true;
            }

            _busy = true;
        }

        Begin();
        return true;
    }

    /// <summary>Whether one more would be taken.</summary>
    public bool HasRoom()
    {
        lock (_gate)
        {
            return !(_awaitsRoom = IsFull);
        }
    }

    public override void Complete()
    {
        lock (_gate)
        {
            if (_over)
            {
                return;
            }

            _over = true;
            if (_busy || _stdin is null)
            {
                return;
            }

            _busy = true;
        }

        Begin();
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAllAsync();

    private bool IsFull => _collected.Count >= capacity || _collectedBytes >= MaxCollectedBytes;

    // On the caller's own queue: as a rule its thread does it when it has nothing else to say, and all it said until then goes into one write.
    private void Begin() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    private async Task WriteAllAsync()
    {
        try
        {
            while (Collect())
            {
                await _stdin!.WriteAsync(_lines.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
                await _stdin.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
        {
            lock (_gate)
            {
                _over = true;   // and busy for ever
            }

            _onEnd!(failure);
        }
    }

    // The lines of the next write; false if there is nothing to write.
    private bool Collect()
    {
        // One huge message must not keep its buffer for the life of the connection.
        if (_lines.Capacity > 2 * MaxCollectedBytes)
        {
            _lines = new ArrayBufferWriter<byte>();
        }
        else
        {
            _lines.ResetWrittenCount();
        }

        while (TryTake(_lines.WrittenCount, out var message))
        {
            if (message.TryBegin())
            {
                _lines.Write(LineBreaks.Remove(message.Utf8).Span);
                _lines.Write("\n"u8);
            }
        }

        return _lines.WrittenCount > 0;
    }

    private bool TryTake(int collected, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OutboundFrame.Message? message)
    {
        var (hasRoom, hasEnded) = (false, false);
        message = null;
        lock (_gate)
        {
            if (!_collected.TryPeek(out var first))
            {
                _busy = collected > 0;
                hasEnded = _over && !_busy;
            }
            else if (collected == 0 || collected + first.Length < WriteBytes)
            {
                _collected.Dequeue();
                message = first.Message;
                _collectedBytes -= first.Length;
                hasRoom = _awaitsRoom && !IsFull;
                _awaitsRoom &= !hasRoom;
            }
        }

        if (hasRoom)
        {
            _onRoom!();
        }
        else if (hasEnded)
        {
            _onEnd!(null);
        }

        return message is not null;
    }
}
