using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using McpHub.Actors.Bridging;
using McpHub.Actors.Servers;
using McpHub.Protocol.Revisions;

namespace McpHub.Actors.Routing;

/// <summary>How the hub introduces itself: the results of <c>initialize</c> and <c>server/discover</c> (contract 3.5 and 3.9).</summary>
internal static class Introduction
{
    /// <summary>Most bytes of instructions, all servers together.</summary>
    public const int MaxInstructionBytes = 16 * 1024;

    private const int DiscoverTtlMs = 60_000;

    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Initialize(RoutingTable table, string? requestedRevision, out string negotiated)
    {
        // A revision that the hub does not speak is answered with one that it does (2025-11-25, lifecycle, "Version Negotiation").
        var revision = ProtocolRevision.IsLegacy(requestedRevision) ? requestedRevision! : ProtocolRevision.NewestLegacy;
        negotiated = revision;
        return Write(json =>
        {
            json.WriteString("protocolVersion"u8, revision);
            WriteCapabilities(json, table);
            json.WritePropertyName("serverInfo"u8);
            json.WriteRawValue(HubIdentity.Implementation.Span, skipInputValidation: true);
            WriteInstructions(json, table);
        });
    }

    public static ReadOnlyMemory<byte> Discover(RoutingTable table) => Write(json =>
    {
        json.WriteString("resultType"u8, "complete"u8);
        json.WriteStartArray("supportedVersions"u8);
        foreach (var revision in ProtocolRevision.Modern)
        {
            json.WriteStringValue(revision);
        }

        json.WriteEndArray();
        WriteCapabilities(json, table);
        WriteInstructions(json, table);
        json.WriteNumber("ttlMs"u8, table.Servers.Any(IsUnknown) ? 0 : DiscoverTtlMs);
        json.WriteString("cacheScope"u8, "public"u8);
        json.WritePropertyName("_meta"u8);
        json.WriteRawValue(Projections.ResultMeta.Span, skipInputValidation: true);
    });

    // The last known peer counts, so that what is declared does not depend on who is up this second. A configured server that was never reached may turn out to
    // have anything: a legacy client asks for capabilities once, so the kinds of lists are declared for it, which the hub can serve in any case.
    private static void WriteCapabilities(Utf8JsonWriter json, RoutingTable table)
    {
        var anyUnknown = table.Servers.Any(IsUnknown);
        bool Any(Func<Sessions.PeerInfo, bool> has) => table.Servers.Any(entry => entry.Peer is { } peer && has(peer));

        json.WriteStartObject("capabilities"u8);
        if (Any(peer => peer.HasCompletions))
        {
            json.WriteStartObject("completions"u8);
            json.WriteEndObject();
        }

        if (Any(peer => peer.HasLogging))
        {
            json.WriteStartObject("logging"u8);
            json.WriteEndObject();
        }

        WriteList("prompts", anyUnknown || Any(peer => peer.HasPrompts));
        WriteList("resources", anyUnknown || Any(peer => peer.HasResources));
        WriteList("tools", anyUnknown || Any(peer => peer.HasTools));
        json.WriteEndObject();

        void WriteList(string name, bool isDeclared)
        {
            if (isDeclared)
            {
                json.WriteStartObject(name);
                json.WriteBoolean("listChanged"u8, true);
                if (name == "resources" && Any(peer => peer.CanSubscribe))
                {
                    json.WriteBoolean("subscribe"u8, true);
                }

                json.WriteEndObject();
            }
        }
    }

    private static bool IsUnknown(ServerEntry entry) =>
        entry.Peer is null && entry.State.Phase is not (ServerPhase.Disabled or ServerPhase.Misconfigured or ServerPhase.Stopped);

    private static void WriteInstructions(Utf8JsonWriter json, RoutingTable table)
    {
        var text = new StringBuilder();
        foreach (var entry in table.Servers)
        {
            if (!string.IsNullOrWhiteSpace(entry.Peer?.Instructions))
            {
                text.Append(text.Length > 0 ? "\n\n" : "").Append("## ").Append(entry.Definition.Id).Append("\n\n").Append(entry.Peer.Instructions.Trim());
            }
        }

        if (text.Length > 0)
        {
            json.WriteString("instructions"u8, Cut(text.ToString()));
        }
    }

    private static ReadOnlySpan<byte> Cut(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = Math.Min(bytes.Length, MaxInstructionBytes);
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return bytes.AsSpan(0, length);
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
