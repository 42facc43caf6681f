using System.Reflection;
using McpHub.Protocol.Revisions;
using McpHub.Protocol.Wire;

namespace McpHub.Actors;

/// <summary>What the hub calls itself on both faces (contract 1, CS-09; contract 3.9).</summary>
internal static class HubIdentity
{
    public static string Version { get; } =
        (typeof(HubIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    /// <summary>The <c>Implementation</c> object.</summary>
    public static ReadOnlyMemory<byte> Implementation { get; } = (byte[])[.. "{\"name\":\"hub\",\"version\":"u8, .. JsonText.Quote(Version), (byte)'}'];

    /// <summary>
    /// The members that every modern request of the hub carries in <c>_meta</c> (2026-07-28, basic, "_meta"), without braces.
    /// </summary>
    public static ReadOnlyMemory<byte> ModernMetaMembers(string revision, ReadOnlyMemory<byte> clientInfo, ReadOnlyMemory<byte> capabilities) => (byte[])
        [.. "\""u8, .. Ascii(MetaKeys.ProtocolVersion), .. "\":\""u8, .. Ascii(revision), .. "\",\""u8, .. Ascii(MetaKeys.ClientCapabilities), .. "\":"u8, .. capabilities.Span, .. ",\""u8,
            .. Ascii(MetaKeys.ClientInfo), .. "\":"u8, .. (clientInfo.IsEmpty ? Implementation : clientInfo).Span];

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
