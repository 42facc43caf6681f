using System.Globalization;
using System.Text;
using McpHub.Protocol.Wire;

namespace McpHub.Protocol.Tests.Wire;

internal static class OracleComparison
{
    /// <summary>What differs between scanner and oracle for this frame; <c>null</c> if they agree.</summary>
    public static string? Difference(byte[] frame, ScanLimits limits, out bool accepted)
    {
        var oracle = MessageOracle.Judge(frame, limits);
        accepted = EnvelopeScanner.TryScan(frame, limits, out var envelope, out var error);
        if (accepted != (oracle.Faults.Count == 0))
        {
            return accepted ? $"accepted in spite of {string.Join(' ', oracle.Faults)}" : $"refused without reason: {error}";
        }

        if (!accepted)
        {
            return Explains(oracle.Faults, error, frame) ? null : $"refused with {error.Code} {error.Message}, not for one of {string.Join(' ', oracle.Faults)}";
        }

        var members = envelope.Members.ToArray().Select(member => $"{member.Of} {Text(member.Name)}={Text(member.Value)}").ToList();
        return envelope.Kind != oracle.Kind ? $"kind {envelope.Kind}, not {oracle.Kind}"
            : envelope.Method != oracle.Method ? $"method {envelope.Method}, not {oracle.Method}"
            : Text(envelope.Id) != oracle.Id ? $"id {Text(envelope.Id)}, not {oracle.Id}"
            : !members.Order(StringComparer.Ordinal).SequenceEqual(oracle.Members.Order(StringComparer.Ordinal)) ? "members differ"
            : !Enum.GetNames<MemberOf>().All(of => Of(members, of).SequenceEqual(Of(oracle.Members, of))) ? "the order of members differs"
            : null;

        string Text(ByteRange range) => Encoding.UTF8.GetString(envelope.Bytes(range).Span);
        static IEnumerable<string> Of(IEnumerable<string> all, string of) => all.Where(member => member.StartsWith(of + " ", StringComparison.Ordinal));
    }

    private static bool Explains(IReadOnlyList<string> faults, ScanError error, byte[] frame)
    {
        if (error.Code == -32700)
        {
            return faults.Contains(MessageOracle.Syntax) && error.Id.IsEmpty;
        }

        // The root's kind and an exceeded limit end the scan before its syntax is known to be wrong.
        var early = frame.AsSpan().TrimStart(" \t\r\n"u8) is not [(byte)'{', ..] || frame.AsSpan().IndexOf((byte)'{') < 0
            || error.Message.Contains("nested deeper", StringComparison.Ordinal) || error.Message.Contains("more than", StringComparison.Ordinal);
        return faults.Contains(error.Code.ToString(CultureInfo.InvariantCulture)) || (error.Code == -32600 && early && (faults.Contains(MessageOracle.Syntax) || faults.Contains(MessageOracle.Limit)));
    }
}
