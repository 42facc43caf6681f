using System.Buffers;
using System.Text;

namespace McpHub.Transports.Framing;

/// <summary>What <see cref="SseFraming.Read"/> found.</summary>
internal enum SseStatus
{
    Event,
    NeedMore,

    /// <summary>The event, or one of its lines, is past the limit. Nothing can be read any more.</summary>
    TooLarge,
}

/// <param name="Name">The event's type; empty if the stream gave none.</param>
/// <param name="Data">The data lines, joined by LF. Empty for a keep-alive or priming event.</param>
internal readonly record struct SseEvent(string Name, byte[] Data)
{
    /// <summary>Whether it carries a message: no type or "message", and data (2025-11-25, transports, "Sending Messages to the Server" 6: a priming event has none).</summary>
    public bool IsMessage => Data.Length != 0 && (Name.Length == 0 || Name == "message");
}

/// <summary>
/// Server-sent events of one stream (WHATWG HTML 9.2.6), incrementally and bounded. Bytes are read into <see cref="GetMemory"/>, so that
/// an event is copied once, into the array that leaves. Any cut of a stream gives the same events.
/// </summary>
internal sealed class SseFraming(int maxEventBytes) : IDisposable
{
    private const int MinRead = 2048;
    private const int MaxRead = 64 * 1024;
    private const int Small = 16 * 1024;
    private const int MaxNameBytes = 256;
    private const int MaxIdBytes = 1024;
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    private byte[] _buffer = [];
    private int _data;
    private int _dataLength = -1;   // -1: no data line yet, which is not the same as an empty one
    private int _line;              // where the current line begins
    private int _looked;            // up to where it was searched
    private int _end;
    private bool _afterCr;
    private bool _bomDecided;
    private bool _tooLarge;
    private string _name = "";
    private string? _id;

    /// <summary>The id in force after the last whole event; <c>null</c> if the stream gave none.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>What the stream's last <c>retry</c> field asked for.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <summary>Room for the next read.</summary>
    public Memory<byte> GetMemory()
    {
        if (_buffer.Length - _end < MinRead)
        {
            MakeRoom();
        }

        return _buffer.AsMemory(_end, Math.Min(_buffer.Length - _end, MaxRead));
    }

    /// <summary>Says how much of <see cref="GetMemory"/> was filled.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>Takes the next event out of what was read.</summary>
    public SseStatus Read(out SseEvent found)
    {
        found = default;
        while (!_tooLarge)
        {
            if (!SkipBom() || !SkipLfOfCrLf())
            {
                break;
            }

            var at = _buffer.AsSpan(_looked, _end - _looked).IndexOfAny(LineEnds);
            var (start, length) = (_line, (at < 0 ? _end : _looked + at) - _line);
            // A line as long as "data: " and the largest event is the longest that can mean anything.
            if (length > maxEventBytes + 6)
            {
                _tooLarge = true;
                break;
            }

            if (at < 0)
            {
                _looked = _end;
                break;
            }

            _afterCr = _buffer[_looked + at] == '\r';
            _line = _looked = _looked + at + 1;
            if (length != 0)
            {
                Field(start, length);
            }
            else if (Dispatch(out found))
            {
                return SseStatus.Event;
            }
        }

        if (_tooLarge)
        {
            return SseStatus.TooLarge;
        }

        Rewind();
        return SseStatus.NeedMore;
    }

    public void Dispose()
    {
        Replace([]);
        _line = _looked = _end = 0;
    }

    // One leading BOM is not part of the stream.
    private bool SkipBom()
    {
        if (_bomDecided)
        {
            return true;
        }

        ReadOnlySpan<byte> bom = [0xEF, 0xBB, 0xBF];
        var begin = _buffer.AsSpan(0, Math.Min(_end, bom.Length));
        if (!bom.StartsWith(begin))
        {
            _bomDecided = true;
        }
        else if (begin.Length == bom.Length)
        {
            _bomDecided = true;
            _line = _looked = bom.Length;
        }

        return _bomDecided;
    }

    // CR alone ends a line, so an LF behind it is known to belong to it only when it comes.
    private bool SkipLfOfCrLf()
    {
        if (!_afterCr)
        {
            return true;
        }

        if (_line == _end)
        {
            return false;
        }

        _afterCr = false;
        if (_buffer[_line] == '\n')
        {
            _looked = ++_line;
        }

        return true;
    }

    // field = name [ ":" [ SP ] value ], a line that begins with ":" is a comment
    private void Field(int start, int length)
    {
        var line = _buffer.AsSpan(start, length);
        var colon = line.IndexOf((byte)':');
        var name = colon < 0 ? line : line[..colon];
        var skipped = colon < 0 ? length : colon + 1;
        if (skipped < length && line[skipped] == ' ')
        {
            skipped++;
        }

        if (name.SequenceEqual("data"u8))
        {
            Data(start + skipped, length - skipped);
            return;
        }

        var value = line[skipped..];
        if (name.SequenceEqual("event"u8))
        {
            _name = value.SequenceEqual("message"u8) ? "message" : Encoding.UTF8.GetString(value[..Math.Min(value.Length, MaxNameBytes)]);
        }
        else if (name.SequenceEqual("id"u8))
        {
            if (value.Length <= MaxIdBytes && !value.Contains((byte)0))
            {
                _id = Encoding.UTF8.GetString(value);
            }
        }
        else if (name.SequenceEqual("retry"u8) && value.Length is > 0 and <= 9 && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            var milliseconds = 0;
            foreach (var digit in value)
            {
                milliseconds = (milliseconds * 10) + digit - '0';
            }

            Retry = TimeSpan.FromMilliseconds(milliseconds);
        }
    }

    // A further data line moves down behind the one before it: the data of an event is one run of bytes in the buffer.
    private void Data(int start, int length)
    {
        if (_dataLength < 0)
        {
            (_data, _dataLength) = (start, length);
        }
        else
        {
            var end = _data + _dataLength;
            _buffer[end] = (byte)'\n';
            Buffer.BlockCopy(_buffer, start, _buffer, end + 1, length);
            _dataLength += 1 + length;
        }

        _tooLarge = _dataLength > maxEventBytes;
    }

    private bool Dispatch(out SseEvent found)
    {
        LastEventId = _id;
        var any = _dataLength >= 0;
        found = any ? new SseEvent(_name, _buffer.AsSpan(_data, _dataLength).ToArray()) : default;
        (_name, _dataLength) = ("", -1);
        return any;
    }

    private void Rewind()
    {
        if (_line != _end || _dataLength >= 0 || !_bomDecided)
        {
            return;
        }

        _line = _looked = _end = 0;
        if (_buffer.Length > Small * 4)
        {
            Replace([]);    // a quiet stream keeps no buffer of its largest event
        }
    }

    private void MakeRoom()
    {
        var kept = Math.Max(_dataLength, 0);
        var rest = _end - _line;
        var target = kept + rest >= _buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(Math.Max(Small, 2 * (kept + rest))) : _buffer;
        if (kept > 0)
        {
            Buffer.BlockCopy(_buffer, _data, target, 0, kept);    // otherwise _data is of an event long gone
        }

        Buffer.BlockCopy(_buffer, _line, target, kept, rest);
        (_data, _looked, _line, _end) = (0, kept + _looked - _line, kept, kept + rest);
        Replace(target);
    }

    private void Replace(byte[] buffer)
    {
        if (!ReferenceEquals(buffer, _buffer) && _buffer.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = buffer;
    }
}
