using McpHub.Actors.Bridging;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Subscriptions;

/// <summary><c>notifications/resources/updated</c> for clients.</summary>
internal static class UpdatedNotification
{
    /// <param name="uri">The URI as the client knows it.</param>
    /// <param name="notification">What the server said; <c>null</c> = the hub itself says it.</param>
    public static Envelope ForClient(string uri, Envelope? notification)
    {
        if (notification is null)
        {
            return Scan(FrameWriter.Notification(MethodNames.ResourcesUpdated, [.. "{\"uri\":"u8, .. JsonText.Quote(uri), (byte)'}']));
        }

        var splicer = new EnvelopeSplicer(notification);
        RequestEdits.RemoveReserved(splicer, MemberOf.ParamsMeta);
        if (notification.Text(MemberOf.Params, "uri"u8) != uri)
        {
            splicer.Set(MemberOf.Params, "uri", JsonText.Quote(uri));
        }

        return splicer.IsUnchanged ? notification : Scan(FrameWriter.Notification(MethodNames.ResourcesUpdated, splicer.ToPart(MemberOf.Params).Span));
    }

    private static Envelope Scan(byte[] frame) =>
        EnvelopeScanner.TryScan(frame, ScanLimits.FromServer, out var envelope, out var error) ? envelope : throw new InvalidOperationException(error.Message);
}
