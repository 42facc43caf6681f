using McpHub.Protocol.Model;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Embedding;

/// <summary>From an error answer of a server to its exception.</summary>
internal static class PeerErrors
{
    public static PeerException From(Envelope error, string serverId)
    {
        var data = error.Find(MemberOf.Error, "data"u8);
        return new PeerException(
            (int)Math.Clamp(error.Integer(MemberOf.Error, "code"u8) ?? 0, int.MinValue, int.MaxValue),
            error.Text(MemberOf.Error, "message"u8) ?? "",
            data.Exists ? McpJson.ParseToken(error.Bytes(data), serverId) : null,
            serverId);
    }
}
