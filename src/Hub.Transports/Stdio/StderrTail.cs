using McpHub.Transports.Credentials;
using McpHub.Transports.Framing;

namespace McpHub.Transports.Stdio;

/// <summary>
/// The last lines a server wrote to standard error, bounded in lines and bytes. Standard error is drained as long as the process lives, because a full pipe
/// blocks the server; its text is never taken for a failure (2025-11-25, transports, "stdio"). Values of secret-looking configured variables are masked.
/// </summary>
internal sealed class StderrTail
{
    public const int MaxBytes = 64 * 1024;
    public const int MaxLines = 200;
    public const int MaxLineBytes = 4096;
    public const int LinesInErrors = 10;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _lines = new();
    private readonly byte[] _line = new byte[MaxLineBytes];
    private readonly string[] _secrets;
    private int _lineLength;
    private int _bytes;

    public StderrTail(IReadOnlyDictionary<string, string?> configured) =>
        _secrets = Secrets.Of(configured);

    /// <summary>Reads to the end. Returns normally also when the stream is closed under it.</summary>
    public async Task DrainAsync(Stream stderr)
    {
        var buffer = new byte[4096];
        while (true)
        {
            int count;
            try
            {
                count = await stderr.ReadAsync(buffer).ConfigureAwait(false);
            }
            catch (Exception closed) when (closed is IOException or ObjectDisposedException or OperationCanceledException)
            {
                return; // The owner closed the pipe of a process that is gone while a descendant kept it open.
            }

            if (count == 0)
            {
                return;
            }

            Append(buffer.AsSpan(0, count));
        }
    }

    public void Append(ReadOnlySpan<byte> chunk)
    {
        lock (_gate)
        {
            while (!chunk.IsEmpty)
            {
                var lf = chunk.IndexOf((byte)'\n');
                var piece = lf < 0 ? chunk : chunk[..lf];
                piece = piece[..Math.Min(piece.Length, MaxLineBytes - _lineLength)];
                piece.CopyTo(_line.AsSpan(_lineLength));
                _lineLength += piece.Length;
                if (lf < 0)
                {
                    return;
                }

                EndLine();
                chunk = chunk[(lf + 1)..];
            }
        }
    }

    /// <summary>The last lines, oldest first, an unfinished one included.</summary>
    public IReadOnlyList<string> Last(int count = LinesInErrors)
    {
        List<byte[]> raw;
        lock (_gate)
        {
            raw = [.. _lines];
            if (_lineLength > 0)
            {
                raw.Add(_line[.._lineLength]);
            }
        }

        return [.. raw.Select(Show).Where(line => line.Length > 0).TakeLast(count)];
    }

    private void EndLine()
    {
        var line = _line[.._lineLength];
        _lineLength = 0;
        _lines.Enqueue(line);
        _bytes += line.Length;
        while (_lines.Count > MaxLines || _bytes > MaxBytes)
        {
            _bytes -= _lines.Dequeue().Length;
        }
    }

    private string Show(byte[] line) => Secrets.Mask(PlainText.Of(line, MaxLineBytes), _secrets).TrimEnd();
}
