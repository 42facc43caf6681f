using System.Globalization;
using System.Text;

namespace McpHub.Testing.Http;

/// <summary>Reads the requests of one HTTP/1.1 connection. Strict enough for the clients of a test; it is no server for the world.</summary>
internal sealed class HttpReader(Stream stream)
{
    private const int MaxBytes = 64 * 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private Task<bool>? _filling;

    /// <summary>The next request; <c>null</c> at the end of the connection.</summary>
    public async Task<HttpRequestHead?> ReadAsync()
    {
        var head = await UntilAsync("\r\n\r\n"u8.ToArray()).ConfigureAwait(false);
        if (head is null)
        {
            return null;
        }

        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
        }

        var body = headers.TryGetValue("Content-Length", out var length) ? await TakeAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture)).ConfigureAwait(false)
            : headers.ContainsKey("Transfer-Encoding") ? await ChunksAsync().ConfigureAwait(false)
            : [];
        return body is null ? null : new HttpRequestHead(lines[0][..lines[0].IndexOf(' ', StringComparison.Ordinal)], headers, body);
    }

    /// <summary>Reads ahead while a request is answered. False: the client is gone.</summary>
    public Task<bool> FillAsync() => _filling ??= FillOnceAsync();

    private async Task<bool> FillOnceAsync()
    {
        if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                Array.Copy(_buffer, _start, _buffer, 0, _end - _start);
                (_start, _end) = (0, _end - _start);
            }
            else if (_buffer.Length >= MaxBytes)
            {
                return false;
            }
            else
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        try
        {
            var count = await stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
            _end += count;
            return count > 0;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task<bool> MoreAsync()
    {
        var more = await FillAsync().ConfigureAwait(false);
        _filling = null;
        return more;
    }

    private async Task<string?> UntilAsync(byte[] mark)
    {
        int at;
        while ((at = _buffer.AsSpan(_start, _end - _start).IndexOf(mark)) < 0)
        {
            if (!await MoreAsync().ConfigureAwait(false))
            {
                return null;
            }
        }

        var text = Encoding.Latin1.GetString(_buffer, _start, at);
        _start += at + mark.Length;
        return text;
    }

    private async Task<byte[]?> TakeAsync(int count)
    {
        while (_end - _start < count)
        {
            if (!await MoreAsync().ConfigureAwait(false))
            {
                return null;
            }
        }

        var taken = _buffer.AsSpan(_start, count).ToArray();
        _start += count;
        return taken;
    }

    private async Task<byte[]?> ChunksAsync()
    {
        var line = "\r\n"u8.ToArray();
        using var body = new MemoryStream();
        while (await UntilAsync(line).ConfigureAwait(false) is { } size)
        {
            var count = int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var chunk = await TakeAsync(count).ConfigureAwait(false);
            if (chunk is null || await UntilAsync(line).ConfigureAwait(false) is null)
            {
                return null;
            }

            body.Write(chunk);
            if (count == 0)
            {
                return body.ToArray();
            }
        }

        return null;
    }
}
