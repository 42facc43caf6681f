using System.Text;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

internal static class Scan
{
    public static Envelope Accepted(string frame, ScanLimits? limits = null) => Accepted(Encoding.UTF8.GetBytes(frame), limits);

    public static Envelope Accepted(byte[] frame, ScanLimits? limits = null)
    {
        Assert.True(EnvelopeScanner.TryScan(frame, limits ?? ScanLimits.FromServer, out var envelope, out var error), error?.ToString());
        return envelope;
    }

    public static ScanError Refused(string frame, ScanLimits? limits = null) => Refused(Encoding.UTF8.GetBytes(frame), limits);

    public static ScanError Refused(byte[] frame, ScanLimits? limits = null)
    {
        Assert.False(EnvelopeScanner.TryScan(frame, limits ?? ScanLimits.FromServer, out _, out var error));
        return error;
    }
}
