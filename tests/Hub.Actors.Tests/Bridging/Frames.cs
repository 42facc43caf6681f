using System.Text;
using McpHub.Actors.Bridging;
using McpHub.Actors.Routing;
using McpHub.Actors.Servers;
using McpHub.Actors.Sessions;
using McpHub.Protocol.Wire;
using Envelope = McpHub.Protocol.Wire.Envelope;

namespace McpHub.Actors.Tests.Bridging;

/// <summary>Frames, routes and peers of both eras in few words.</summary>
internal static class Frames
{
    public const string ServerInfoKey = "\"io.modelcontextprotocol/serverInfo\":";

    public static IEnumerable<(Era Client, Era Server)> Cells { get; } =
        [(Era.Legacy, Era.Legacy), (Era.Legacy, Era.Modern), (Era.Modern, Era.Legacy), (Era.Modern, Era.Modern)];

    public static string HubIdentityText { get; } = Encoding.UTF8.GetString(HubIdentity.Implementation.Span);

    public static string NewestOf(Era era) => era == Era.Legacy ? "2025-11-25" : "2026-07-28";

    public static Envelope Scan(string frame)
    {
        Assert.True(EnvelopeScanner.TryScan(Encoding.UTF8.GetBytes(frame), ScanLimits.FromServer, out var envelope, out var error), error?.Message);
        return envelope;
    }

    public static Envelope Request(string method, string parameters) => Scan($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""");

    public static Envelope Result(string result) => Scan($$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}""");

    public static Envelope Error(string error) => Scan($$"""{"jsonrpc":"2.0","id":1,"error":{{error}}}""");

    public static RelayRequest Relay(Era client, string method = "tools/call", string parameters = """{"name":"t"}""", string? revision = null) =>
        new(Request(method, parameters), client, revision ?? NewestOf(client), Streams: true);

    public static CallRoute Route(string original = "\"t\"", bool wraps = false) =>
        new(new ServerDefinition("s"), new SessionRef("s", 8), Encoding.UTF8.GetBytes(original)) { WrapsOutput = wraps };

    public static PeerInfo Peer(Era era) => new(era, NewestOf(era), TransportKind.Channel, "{}"u8.ToArray());

    public static string Text(this ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static string SentParams(Era client, Era server, string method, string parameters, string original = "\"t\"", string token = "", CallRoute? route = null) =>
        Bridge.Between(client, server).RequestParams(Request(method, parameters), route ?? Route(original), Peer(server), Encoding.UTF8.GetBytes(token)).Text();

    public static RelayAnswer Answered(Era client, Era server, Envelope answer, RelayRequest? request = null, CallRoute? route = null) =>
        Bridge.Between(client, server).Answer(request ?? Relay(client), route ?? Route(), Peer(server), answer);
}
