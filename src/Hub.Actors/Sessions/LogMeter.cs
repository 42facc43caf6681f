using System.Globalization;
using System.Text;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Sessions;

/// <summary>Bounds the log messages of one request (contract 3.6 "log flood") and counts what is left out.</summary>
internal sealed class LogMeter
{
    public const int MaxPerSecond = 100;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private TimeSpan _since;
    private int _taken;
    private int _dropped;

    /// <summary>Whether one more may pass now; if not, it is counted.</summary>
    public bool TryTake(TimeSpan now)
    {
        if (_taken == 0 || now - _since >= Window)
        {
            (_since, _taken) = (now, 0);
        }

        if (_taken == MaxPerSecond)
        {
            _dropped++;
            return false;
        }

        _taken++;
        return true;
    }

    public void Drop() => _dropped++;

    /// <summary>A message that says how many were left out since the last one; <c>null</c> if none were.</summary>
    /// <param name="floor">What the client takes: it takes this one.</param>
    public Envelope? TakeReport(LoggingLevel floor)
    {
        if (_dropped == 0)
        {
            return null;
        }

        var level = floor > LoggingLevel.Warning ? floor : LoggingLevel.Warning;
        var text = JsonText.Quote(string.Create(CultureInfo.InvariantCulture, $"{_dropped} messages dropped"));
        _dropped = 0;
        var frame = FrameWriter.Notification(MethodNames.Message,
            [.. "{\"level\":"u8, .. LoggingLevels.Token(level).Span, .. ",\"logger\":\"hub\",\"data\":"u8, .. text, (byte)'}']);
        return EnvelopeScanner.TryScan(frame, ScanLimits.FromServer, out var report, out _) ? report : throw new InvalidOperationException(Encoding.UTF8.GetString(frame));
    }
}
